import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ConsumerBoard } from '../../buffer/index.js';
import type { Settings } from '../../config.js';
import { threadProgram } from '../../places.js';
import type { BatchMeter } from '../../store/index.js';
import { type FromThread, STOP } from './messages.js';

/** Where what the thread says is shown. */
interface Shown {
  board: ConsumerBoard;
  meter: BatchMeter;
}

/** As much as pays: more makes a load no faster, and takes 65 MB more. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 16 };

/** Whether an instance with these settings processes in a thread of its own, so that nothing else waits for a fold. */
export function hasProcessingThread({ roles, processing }: Settings): boolean {
  return processing.hasThread && roles.includes('processing') && roles.length > 1;
}

/**
 * Processing in a thread of its own. It shares nothing with the main one but the brokers and the store, as a process
 * with the role `processing` would, and says here how it stands. Should it end by itself, the process ends, as it would
 * of the same error without a thread: what a thread leaves behind is what a kill leaves behind.
 */
export class ProcessingThread {
  private isStopping = false;

  private constructor(private readonly worker: Worker) {}

  /** Resolves once its consumer has joined the group; rejects with what kept it from that. Topics and indexes must be there. */
  static async start(settings: Settings, shown: Shown): Promise<ProcessingThread> {
    const options = { workerData: settings, name: 'processing', resourceLimits: RESOURCE_LIMITS };
    const worker = new Worker(threadProgram, options);
    const thread = new ProcessingThread(worker);
    try {
      await new Promise<void>((resolve, reject) => {
        worker.once('error', reject);
        worker.once('exit', (code) => reject(ended(code)));
        worker.on('message', (message: FromThread) => {
          if (message.kind === 'running') resolve();
          else if (message.kind === 'failed') reject(Object.assign(message.error, message.marks));
          else show(message, shown);
        });
      });
    } catch (error) {
      await worker.terminate();
      throw error;
    }
    let hasFailed = false;
    worker.on('error', (error) => {
      hasFailed = true;
      throw error;
    });
    // Node takes the last messages of a thread as it tells of its exit, and throws what a listener of them throws after that.
    worker.on('exit', (code) => {
      if (!thread.isStopping && !hasFailed) throw ended(code);
    });
    return thread;
  }

  /** Takes nothing more, finishes or leaves what is in hand, leaves the group. */
  async stop(): Promise<void> {
    this.isStopping = true;
    const exit = once(this.worker, 'exit');
    this.worker.postMessage(STOP);
    await exit;
  }
}

function ended(code: number): Error {
  return new Error(`the thread that processes has ended (${code})`);
}

function show(message: FromThread, { board, meter }: Shown): void {
  if (message.kind === 'consumer') board.show(message.status);
  if (message.kind === 'batch') meter.count(message.batch);
}
