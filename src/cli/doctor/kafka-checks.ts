import { type KafkaFacts, lookAtKafka, tryKafka } from '../../buffer/index.js';
import type { Settings } from '../../config.js';
import { oneLine } from '../cli-error.js';
import { clockFinding } from './clock.js';
import { counted, fail, type Finding, ok, warn } from './finding.js';
import { topicFindings } from './topic-checks.js';

/** Everything about the cluster, its topics and the group. */
export async function kafkaFindings(settings: Settings['kafka']): Promise<Finding[]> {
  const facts = await lookAtKafka(settings).catch((error: unknown) => oneLine(error));
  if (typeof facts === 'string') return [fail('kafka', facts, 'start a broker there, or correct KAFKA_BROKERS')];
  return [
    ...brokerFindings(facts, settings),
    ...facts.topics.flatMap((topic) => topicFindings(topic, facts, settings)),
    ...leaderFindings(facts),
    groupFinding(facts, settings),
    ...(await trialFindings(facts, settings)),
  ];
}

/** docs/decisions/0020. Told by the version of DescribeLogDirs, which is new with the release. */
const FORGETFUL = { describeLogDirs: 5, release: '4.3' };
const FORGETS = 'Kafka 4.3 and 4.4 may forget the end of a transaction when they are killed';

/** The first release whose Fetch request has this version. */
const RELEASES: readonly (readonly [number, string])[] = [
  [18, '4.1'],
  [17, '3.9'],
  [16, '3.7'],
  [15, '3.5'],
  [13, '3.1'],
  [12, '2.7'],
  [11, '2.3'],
  [8, '2.0'],
  [4, '0.11'],
];

/** What the brokers themselves say. */
export function brokerFindings(
  { brokers, versions, brokerSettings }: Pick<KafkaFacts, 'brokers' | 'versions' | 'brokerSettings'>,
  settings: Settings['kafka'],
): Finding[] {
  const { fetch, describeLogDirs } = versions;
  const isForgetful = describeLogDirs !== null && describeLogDirs >= FORGETFUL.describeLogDirs;
  const known = RELEASES.find(([version]) => fetch !== null && fetch >= version)?.[1];
  const release = isForgetful ? FORGETFUL.release : known;
  const many = counted(brokers, 'broker');
  const isOld = fetch !== null && release === undefined;
  const version = release === undefined ? '' : `, Kafka ${release} or newer`;
  return [
    isOld
      ? fail('kafka', `${many}, older than Kafka 0.11`, 'update Kafka: there are no transactions before 0.11')
      : brokers < 3
        ? warn('kafka', `${many}${version}: a lost disk takes accepted lines with it`, 'run three brokers')
        : ok('kafka', `${many}${version}`),
    ...(isForgetful ? [warn('kafka markers', FORGETS, 'run 4.2, or a release in which KAFKA-20734 is fixed')] : []),
    ...(brokerSettings === null
      ? [warn('kafka settings', 'may not be read by this user', 'allow DescribeConfigs on the cluster')]
      : [sessionFinding(brokerSettings, settings)]),
  ];
}

function sessionFinding(broker: ReadonlyMap<string, string>, { sessionTimeoutMs }: Settings['kafka']): Finding {
  const [least, most] = ['group.min.session.timeout.ms', 'group.max.session.timeout.ms'].map((name) =>
    Number(broker.get(name) ?? Number.NaN),
  );
  const isOutside = sessionTimeoutMs < (least ?? 0) || sessionTimeoutMs > (most ?? Infinity);
  const found = `DOCSTREAM_SESSION_TIMEOUT_MS is ${sessionTimeoutMs}, the brokers allow ${least} to ${most}`;
  return isOutside
    ? fail('kafka settings', found, 'set one within these bounds, or no instance can join the group')
    : ok('kafka settings', found);
}

/** Without a leader of those that Kafka keeps for itself, some groups or transactions stand still. */
function leaderFindings({ leaderless }: Pick<KafkaFacts, 'leaderless'>): Finding[] {
  return leaderless.map(({ name, partitions }) => {
    const what = `${counted(partitions, 'partition')} ${partitions === 1 ? 'has' : 'have'} no leader`;
    const judge = name.startsWith('__') ? fail : warn;
    return judge(`topic ${name}`, what, 'start the brokers that have them');
  });
}

function groupFinding({ group, topics }: KafkaFacts, { groupId }: Settings['kafka']): Finding {
  const check = `group ${groupId}`;
  const partitions = topics[0]?.partitions ?? [];
  const told = partitions.flatMap(({ start, end, committed }, partition) => {
    return start === null || end === null ? [] : [{ partition, start, end, committed }];
  });
  const lag = told.reduce((sum, { start, end, committed }) => sum + end - Math.max(committed ?? start, start), 0);
  const gone = told.find(({ start, end, committed }) => committed !== null && (committed < start || committed > end));
  const found = `${group.state}, ${counted(group.members, 'member')}, lag ${lag}`;
  if (gone !== undefined) {
    const what = `partition ${gone.partition} no longer has the records at the group's position`;
    return fail(check, what, 'docs/ARCHITECTURE.md says what to do about a stopped partition');
  }
  if (group.state === 'Stable') return ok(check, found);
  return group.members === 0
    ? warn(check, `${found}: nothing processes`, 'start an instance whose DOCSTREAM_ROLES has processing')
    : warn(check, found, 'look again in some seconds; if it stays so, look at the logs of the instances');
}

async function trialFindings({ brokers }: KafkaFacts, settings: Settings['kafka']): Promise<Finding[]> {
  try {
    const aheadMs = await tryKafka(settings, Math.min(3, brokers));
    return [ok('kafka transaction', 'one record written, acknowledged and committed'), clockFinding('kafka', aheadMs)];
  } catch (error) {
    const remedy =
      'allow this user to create and delete topics and to write with transactional ids, and see that enough brokers are up for transaction.state.log.min.isr';
    return [fail('kafka transaction', oneLine(error), remedy)];
  }
}
