/** How much is measured. The full sizes are those that the bars are set for. */
export const FULL = {
  calmMsMax: 10_000,
  single: { connections: 50, bodies: 2_000, warmupSeconds: 3, seconds: 10 },
  latency: { warmup: 500, requests: 3_000 },
  bulk: { lines: 200_000, warmupLines: 20_000 },
  processing: { lines: 200_000, yardstickSecondsMax: 15 },
  rest: { warmup: 20, samples: 300, pauseMs: 20 },
  // Spare: of load besides what is measured under it, since programs take their time to start and to warm up.
  load: {
    ...{ preloadLines: 100_000, warmup: 20, seconds: 30, spareSeconds: 8, pagesPerSecond: 20, share: 0.8 },
    watch: { warmup: 2, samples: 200, pauseMs: 20, seconds: 15, share: 0.5 },
  },
  pages: { lines: 200_000, warmup: 20, samples: 100 },
  lookup: { smallLines: 10_000, largeLines: 10_000_000, warmup: 20, samples: 300 },
  memory: { earlyLines: 500_000, lateLines: 5_000_000, requestLines: 20_000, lagLinesMax: 60_000 },
  // Garbage of the start is collected within the first minute.
  idle: { settleSeconds: 60, seconds: 30 },
  peers: { lines: 40_000 },
};

/** For every day: everything in less than two minutes, at sizes that say whether it works rather than how fast it is. */
export const QUICK = {
  calmMsMax: 500,
  single: { connections: 50, bodies: 500, warmupSeconds: 1, seconds: 1 },
  latency: { warmup: 50, requests: 250 },
  bulk: { lines: 20_000, warmupLines: 4_000 },
  processing: { lines: 9_000, yardstickSecondsMax: 1 },
  rest: { warmup: 5, samples: 30, pauseMs: 10 },
  load: {
    ...{ preloadLines: 5_000, warmup: 5, seconds: 2, spareSeconds: 4, pagesPerSecond: 20, share: 0.8 },
    watch: { warmup: 1, samples: 10, pauseMs: 10, seconds: 1, share: 0.5 },
  },
  pages: { lines: 5_000, warmup: 2, samples: 10 },
  lookup: { smallLines: 1_000, largeLines: 8_000, warmup: 5, samples: 20 },
  memory: { earlyLines: 5_000, lateLines: 15_000, requestLines: 2_500, lagLinesMax: 5_000 },
  idle: { settleSeconds: 1, seconds: 2 },
  peers: { lines: 3_000 },
};
