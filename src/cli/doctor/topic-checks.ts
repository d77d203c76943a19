import type { KafkaFacts, TopicFacts } from '../../buffer/index.js';
import type { Settings } from '../../config.js';
import { counted, fail, type Finding, ok, warn } from './finding.js';

const DAY_MS = 24 * 3_600_000;
/** What was accepted must outlast any outage of the store. */
const RETENTION_DAYS_MIN = 7;

/** What is wrong with a topic, worst first, or one line that says that nothing is. */
export function topicFindings(topic: TopicFacts, { brokers }: KafkaFacts, settings: Settings['kafka']): Finding[] {
  const check = `topic ${topic.name}`;
  if (!topic.exists) return [fail(check, 'does not exist', 'start docstream, which creates it')];
  const found = [...partitionFindings(check, topic, settings), ...replicaFindings(check, topic, brokers)];
  if (topic.settings === null) {
    found.push(warn(check, 'its settings may not be read by this user', 'allow DescribeConfigs on it'));
  } else {
    found.push(...settingFindings(check, topic, topic.settings, settings));
  }
  if (found.length > 0) return found.sort((a, b) => Number(b.level === 'FAIL') - Number(a.level === 'FAIL'));
  const [first] = topic.partitions;
  const retentionMs = Number(topic.settings?.get('retention.ms') ?? -1);
  const kept = retentionMs < 0 ? 'for ever' : `for ${Math.round(retentionMs / DAY_MS)} days`;
  const partitions = counted(topic.partitions.length, 'partition');
  return [ok(check, `${partitions}, ${counted(first?.replicas ?? 0, 'replica')}, records kept ${kept}`)];
}

function partitionFindings(check: string, topic: TopicFacts, { ingestionTopic }: Settings['kafka']): Finding[] {
  const count = topic.partitions.length;
  const leaderless = topic.partitions.filter(({ hasLeader }) => !hasLeader).length;
  return [
    ...(leaderless > 0
      ? [fail(check, `${leaderless} of ${count} partitions have no leader`, 'start the brokers that have them')]
      : []),
    ...(topic.name === ingestionTopic && count < topic.planned.partitions
      ? [
          warn(
            check,
            `has ${count} partitions, DOCSTREAM_PARTITIONS asks for ${topic.planned.partitions}, which counts only at creation`,
            `kafka-topics.sh --alter --topic ${topic.name} --partitions ${topic.planned.partitions}`,
          ),
        ]
      : []),
  ];
}

function replicaFindings(check: string, topic: TopicFacts, brokers: number): Finding[] {
  const replicas = Math.min(...topic.partitions.map((partition) => partition.replicas));
  const behind = topic.partitions.filter((partition) => partition.inSync < partition.replicas).length;
  const found: Finding[] = [];
  if (replicas < Math.min(3, brokers)) {
    const remedy = 'give it three with kafka-reassign-partitions.sh';
    found.push(warn(check, `${counted(replicas, 'replica')} on ${counted(brokers, 'broker')}`, remedy));
  }
  if (behind > 0) {
    found.push(
      warn(check, `${behind} partitions lack an in-sync replica`, 'see that every broker is up and keeps pace'),
    );
  }
  const inSyncMin = Number(topic.settings?.get('min.insync.replicas') ?? 1);
  const advice = (value: number) => alter(topic.name, 'min.insync.replicas', value);
  if (inSyncMin > replicas) {
    const what = `min.insync.replicas is ${inSyncMin} of ${replicas} replicas, so nothing can be written`;
    found.push(fail(check, what, advice(Math.max(1, replicas - 1))));
  } else if (inSyncMin === replicas && replicas > 1) {
    const what = `min.insync.replicas is ${inSyncMin} of ${replicas} replicas, so one broker's stop stops all posts`;
    found.push(warn(check, what, advice(replicas - 1)));
  } else if (inSyncMin < 2 && replicas > 2) {
    const what = 'min.insync.replicas is 1, so what one broker alone has counts as acknowledged';
    found.push(warn(check, what, advice(2)));
  }
  return found;
}

function settingFindings(
  check: string,
  topic: TopicFacts,
  has: ReadonlyMap<string, string>,
  settings: Settings['kafka'],
): Finding[] {
  const found: Finding[] = [];
  const number = (name: string) => Number(has.get(name) ?? Number.NaN);
  const policy = has.get('cleanup.policy') ?? 'delete';
  if (policy !== 'delete') {
    const what = `cleanup.policy is ${policy}, so older records of an invoice are removed for its newest`;
    found.push(fail(check, what, alter(topic.name, 'cleanup.policy', 'delete')));
  }
  const bytesMin = Math.max(settings.messageBytesMax, Number(topic.planned.settings.get('max.message.bytes') ?? 0));
  if (number('max.message.bytes') < bytesMin) {
    const what = `max.message.bytes is ${has.get('max.message.bytes')}, docstream writes messages of up to ${bytesMin}`;
    found.push(fail(check, what, alter(topic.name, 'max.message.bytes', bytesMin)));
  }
  const retentionMs = number('retention.ms');
  if (topic.name === settings.ingestionTopic && retentionMs >= 0 && retentionMs < RETENTION_DAYS_MIN * DAY_MS) {
    const hours = Math.floor(retentionMs / 3_600_000);
    const what = `retention.ms is ${retentionMs} (${hours} hours): what waits longer for processing is lost`;
    found.push(fail(check, what, alter(topic.name, 'retention.ms', topic.planned.settings.get('retention.ms') ?? -1)));
  }
  if (topic.name === settings.ingestionTopic && number('retention.bytes') >= 0) {
    const what = `retention.bytes is ${has.get('retention.bytes')}: what exceeds it is lost, processed or not`;
    found.push(warn(check, what, alter(topic.name, 'retention.bytes', -1)));
  }
  if (has.get('unclean.leader.election.enable') === 'true') {
    const what = 'unclean.leader.election.enable is true, so acknowledged records can be lost';
    found.push(warn(check, what, alter(topic.name, 'unclean.leader.election.enable', 'false')));
  }
  return found;
}

function alter(topic: string, setting: string, value: string | number): string {
  return `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${setting}=${value}`;
}
