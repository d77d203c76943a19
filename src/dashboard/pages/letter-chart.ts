import { axisOf } from './axis.js';
import { formatCount, formatDay } from './helpers.js';

/** Of one day: one count for each reason. */
export interface LetterDay {
  day: string;
  counts: number[];
  total: number;
}

/** One stacked bar for each day of the last month that has dead letters, in an SVG view box of `width` by `height`. */
export interface LetterChart {
  width: number;
  height: number;
  barWidth: number;
  /** Oldest first; the parts are the reasons in their order, from zero up. */
  bars: { x: number; place: number; title: string; parts: { y: number; height: number; series: number }[] }[];
  ticks: { label: string; y: number }[];
  labels: string[];
  legend: { label: string; series: number }[];
}

const DAYS_MIN = 14;
const DAYS_MAX = 31;
const DAY_MS = 86_400_000;
const HEIGHT = 100;
/** Between two bars, of a bar's place. */
const GAP = 0.25;
/** Reasons beyond these share the last colour. */
const SERIES_MAX = 4;

/** Days, newest first, with one count for each of the labels. Days without dead letters keep their place between those that have some. */
export function letterChart(days: readonly LetterDay[], labels: readonly string[]): LetterChart | null {
  const last = days[0]?.day;
  if (last === undefined) return null;
  const newestMs = Date.parse(last);
  const shown = days.filter(({ day }) => newestMs - Date.parse(day) < DAYS_MAX * DAY_MS).reverse();
  // A few days are shown among those around them: one bar by itself would fill the plot.
  const firstMs = Math.min(Date.parse(shown[0]?.day ?? last), newestMs - (DAYS_MIN - 1) * DAY_MS);
  const axis = axisOf(
    shown.map(({ total }) => total),
    HEIGHT,
    true,
  );
  const scale = HEIGHT / axis.max;
  const width = (newestMs - firstMs) / DAY_MS + 1;
  const bars = shown.map(({ day, counts, total }) => {
    let below = 0;
    const parts = counts.flatMap((count, index) => {
      below += count;
      const part = { y: HEIGHT - below * scale, height: count * scale, series: Math.min(index, SERIES_MAX - 1) };
      return count === 0 ? [] : [part];
    });
    const told = counts.flatMap((count, index) =>
      count === 0 ? [] : [`${labels[index] ?? ''} ${formatCount(count)}`],
    );
    const place = (Date.parse(day) - firstMs) / DAY_MS;
    return { x: place + GAP / 2, place, title: `${formatDay(day)}: ${formatCount(total)} (${told.join(', ')})`, parts };
  });
  const ends = [new Date(firstMs).toISOString().slice(0, 10), last];
  return {
    ...{ width, height: HEIGHT, barWidth: 1 - GAP, bars },
    ticks: axis.ticks.map((tick) => ({ label: formatCount(tick), y: axis.place(tick) })),
    labels: ends.map(formatDay),
    legend: labels.slice(0, SERIES_MAX).map((label, series) => {
      return { label: series === SERIES_MAX - 1 && labels.length > SERIES_MAX ? 'Others' : label, series };
    }),
  };
}
