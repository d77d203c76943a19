import { setTimeout as pause } from 'node:timers/promises';

/** Longer than the session: the group gives the partitions of a frozen app to others. */
const STALE_MS = { min: 8_000, max: 11_000 };
const CLOCK_ERRORS_MS = [-86_400_000, -3_600_000, -20_000, 20_000, 3_600_000, 86_400_000];
const LOADED_MS_MAX = 15_000;
const SHORT_MS = { min: 1_500, max: 6_000 };

/** Each does its harm, mends it and resolves; all that is random in it comes from `luck`. */
export const FAULTS = {
  'app-kill': async ({ world, luck }) => {
    luck.pick(world.apps).signal('SIGKILL');
  },
  'app-stop': async ({ world, luck, complain }) => {
    const app = luck.pick(world.apps);
    await stopApp(app, complain, () => app.stop());
    app.start();
  },
  'app-freeze': async ({ world, luck }) => {
    const app = luck.pick(world.apps);
    app.signal('SIGSTOP');
    await wait(luck, STALE_MS);
    app.signal('SIGCONT');
  },
  'clock-jump': async ({ world, luck }) => {
    const app = luck.pick(world.apps);
    // What is not loaded yet would be ended by the signal.
    if (!(await app.lives(LOADED_MS_MAX))) return;
    app.setClock(luck.pick(CLOCK_ERRORS_MS));
    await wait(luck, STALE_MS);
    app.setClock(0);
  },
  rebalance: async ({ world, luck, complain }) => {
    const app = await world.addApp(`app-${world.storeProxies.length + 1}`);
    app.start();
    await wait(luck, STALE_MS);
    await stopApp(app, complain, () => world.removeApp(app));
  },
  'kafka-kill': (run) => killEngine(run, 'kafka'),
  'store-kill': (run) => killEngine(run, 'store'),
  'kafka-freeze': (run) => freezeEngine(run, 'kafka'),
  'store-freeze': (run) => freezeEngine(run, 'store'),
  'kafka-cut': ({ world }) => world.kafkaProxy.cut(),
  'store-cut': ({ world, luck }) => luck.pick(world.storeProxies).cut(),
  'kafka-slow': (run) => during(run, run.world.kafkaProxy, (proxy) => proxy.delay(run.luck.between(20, 150))),
  'store-slow': (run) => during(run, storeProxy(run), (proxy) => proxy.delay(run.luck.between(20, 150))),
  'kafka-throttle': (run) =>
    during(run, run.world.kafkaProxy, (proxy) => proxy.throttle(run.luck.between(20, 200) * 1_000)),
  'store-throttle': (run) => during(run, storeProxy(run), (proxy) => proxy.throttle(run.luck.between(20, 200) * 1_000)),
  'kafka-gone': (run) => during(run, run.world.kafkaProxy, (proxy) => proxy.refuse()),
  'store-gone': (run) => during(run, storeProxy(run), (proxy) => proxy.refuse()),
  'kafka-silent': (run) => during(run, run.world.kafkaProxy, (proxy) => proxy.hang()),
  'store-silent': (run) => during(run, storeProxy(run), (proxy) => proxy.hang()),
};

/**
 * Makes faults until the time is over: each at least once if there is time for it, in a seeded order, now and then a
 * second one in the midst of the first. Resolves with how often each was made.
 */
export async function makeFaults({ world, luck, names, untilMs, say, complain }) {
  const counts = Object.fromEntries(names.map((name) => [name, 0]));
  let deck = [];
  const next = () => {
    if (deck.length === 0) deck = luck.shuffled(names);
    return deck.pop();
  };
  const isOver = () => performance.now() > untilMs;
  while (!isOver()) {
    const first = next();
    const running = [first, ...(luck.chance(0.25) ? [next()].filter((name) => !collide(name, first)) : [])];
    await Promise.all(
      running.map(async (name, index) => {
        if (index > 0) await wait(luck, { min: 200, max: 1_500 });
        say(name);
        counts[name] += 1;
        await FAULTS[name]({ world, luck, complain });
      }),
    );
    await wait(luck, { min: 500, max: 3_000 });
  }
  return counts;
}

/** Two that do their harm to the same thing would undo each other. */
function collide(one, other) {
  const victim = (name) => name.split('-')[0].replace(/rebalance|clock/, 'app');
  return victim(one) === victim(other);
}

/** One that is still being loaded does not hear signals yet: whether it ends well is no question then. */
async function stopApp(app, complain, stop) {
  const lives = await app.lives(LOADED_MS_MAX);
  const code = await stop();
  if (lives && code !== 0) complain(`${app.name} ended with ${code} after SIGTERM`);
}

async function killEngine({ world, luck }, kind) {
  world.signalEngine(kind, 'SIGKILL');
  await wait(luck, { min: 0, max: 3_000 });
  await world.startEngine(kind);
}

async function freezeEngine({ world, luck }, kind) {
  world.signalEngine(kind, 'SIGSTOP');
  await wait(luck, SHORT_MS);
  world.signalEngine(kind, 'SIGCONT');
}

async function during({ luck }, proxy, harm) {
  harm(proxy);
  await wait(luck, SHORT_MS);
  proxy.heal();
}

const storeProxy = ({ world, luck }) => luck.pick(world.storeProxies);
const wait = (luck, { min, max }) => pause(luck.between(min, max));
