import { readFileSync } from 'node:fs';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { keysInFile } from '../config-keys.js';
import { SETTINGS, type Settings } from '../config.js';
import { ApiKeys } from './api-keys.js';

/** A change is taken when two looks in a row find the same, so that none meets a file that is being written. */
const LOOK_MS = 1_000;

/**
 * Keys are rotated without a restart: takes what `DOCSTREAM_API_KEYS_FILE` holds within two to three seconds of a
 * change. A file that is gone, empty or broken changes nothing and is told in the log once, without its content. Looks
 * are used instead of the system's notices, which do not come from every kind of volume.
 */
@Injectable()
export class KeysFile implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(KeysFile.name);
  private readonly file: string | null;
  private timer: NodeJS.Timeout | null = null;
  /** What is in force, and what the last look found: null when it could not be read. */
  private taken: string | undefined;
  private seen: string | null | undefined;
  private complaint = '';

  constructor(
    @Inject(SETTINGS) settings: Settings,
    private readonly keys: ApiKeys,
  ) {
    this.file = settings.access.apiKeysFile;
  }

  onApplicationBootstrap(): void {
    const { file } = this;
    if (file === null) return;
    this.timer = setInterval(() => {
      this.look(textOf(file));
    }, LOOK_MS).unref();
  }

  onModuleDestroy(): void {
    if (this.timer !== null) clearInterval(this.timer);
  }

  private look(text: string | null): void {
    const isSettled = text === this.seen;
    this.seen = text;
    if (!isSettled || text === this.taken) return;
    if (text === null) return this.complain('DOCSTREAM_API_KEYS_FILE must name a file that can be read');
    try {
      const keys = keysInFile(text);
      this.keys.replace(keys);
      if (this.taken !== undefined || this.complaint !== '')
        this.logger.log(`API keys were read again: ${keys.length}`);
      this.taken = text;
      this.complaint = '';
    } catch (error) {
      this.complain((error as Error).message);
    }
  }

  private complain(message: string): void {
    if (message === this.complaint) return;
    this.complaint = message;
    this.logger.error(`the API keys stay as they were: ${message}`);
  }
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
