import { area, curveMonotoneX } from 'd3-shape';
import type { PipelineView } from '../pipeline-source.js';
import { axisOf, round } from './axis.js';
import { reasonLabel } from './letter-filters.js';
import { type Fault, faultsOf } from './pipeline-faults.js';

/** What the parts of the pipeline page show. */
export interface PipelineModel {
  pipeline: PipelineView;
  faults: readonly Fault[];
  /** Of all partitions together; null while that of one is not known. */
  lag: number | null;
  /** How full the queue looks, in percent: a scale on which ten times as much is a fifth more. */
  queue: number;
  kafka: EngineState;
  store: EngineState;
  consumer: EngineState | null;
  /** How fast the connections between the stages move. */
  paces: { in: Pace; out: Pace };
  sparks: { in: string; out: string };
  partitions: readonly (PipelineView['partitions'][number] & { share: number })[];
  batches: PipelineView['batches'];
  reasons: readonly { label: string; count: number; href: string }[];
}

interface EngineState {
  state: string;
  isGood: boolean;
}

type Pace = 'still' | 'slow' | 'fast';

const BATCHES = 20;
const FAST_PER_SECOND = 200;
const SPARK_POINTS = 120;
/** Fewer are a dot. */
const SPARK_POINTS_MIN = 4;

/** @param reasons open dead letters by reason. @param rates events per second, oldest first. */
export function pipelineModel(
  pipeline: PipelineView,
  reasons: ReadonlyMap<string, number>,
  rates: readonly { in: number; out: number }[],
): PipelineModel {
  const { partitions, engines } = pipeline;
  const lag = partitions.reduce<number | null>(
    (sum, one) => (sum === null || one.lag === null ? null : sum + one.lag),
    0,
  );
  const longest = Math.max(1, ...partitions.map((partition) => partition.lag ?? 0));
  const consumer = engines['consumer'];
  return {
    ...{ pipeline, lag, queue: lag === null || lag <= 0 ? 0 : Math.min(100, round(20 * Math.log10(lag + 1))) },
    faults: faultsOf(pipeline),
    kafka: stateOf(engines['kafka']?.state),
    store: stateOf(engines['store']?.state),
    consumer: consumer === undefined ? null : stateOf(consumer.state),
    paces: { in: paceOf(pipeline.rates.eventsInPerSecond), out: paceOf(pipeline.rates.eventsOutPerSecond) },
    sparks: { in: sparkOf(rates.map((rate) => rate.in)), out: sparkOf(rates.map((rate) => rate.out)) },
    partitions: partitions.map((partition) => ({ ...partition, share: round(((partition.lag ?? 0) / longest) * 100) })),
    batches: pipeline.batches.slice(0, BATCHES),
    reasons: Array.from(reasons, ([reason, count]) => {
      return {
        label: reasonLabel(reason),
        count,
        href: `/dashboard/dead-letters?reason=${encodeURIComponent(reason)}`,
      };
    }).sort((a, b) => b.count - a.count),
  };
}

function stateOf(state = 'not known'): EngineState {
  return { state, isGood: state === 'up' || state === 'running' || state === 'ok' };
}

function paceOf(perSecond: number | null): Pace {
  if (perSecond === null || perSecond <= 0) return 'still';
  return perSecond < FAST_PER_SECOND ? 'slow' : 'fast';
}

/** A filled line in a view box of 120 by 100; it grows from the right. */
function sparkOf(values: readonly number[]): string {
  if (values.length < SPARK_POINTS_MIN) return '';
  const axis = axisOf(values, 100);
  const first = SPARK_POINTS - values.length;
  const draw = area<number>()
    .x((_, index) => first + index)
    .y0(100)
    .y1((value) => axis.place(value))
    .curve(curveMonotoneX)
    .digits(1);
  return draw(values as number[]) ?? '';
}
