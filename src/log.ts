import { isatty } from 'node:tty';
import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import type { Settings } from './config.js';

const LEVELS: LogLevel[] = ['error', 'warn', 'log', 'debug'];

/** Nest's own logger, for people or for machines, at the configured level. It is never given a record's content. */
export function createLogger({ level, format }: Settings['log']): ConsoleLogger {
  const names = ['error', 'warn', 'info', 'debug'];
  const logLevels = LEVELS.slice(0, names.indexOf(level) + 1);
  return new ConsoleLogger({ logLevels, json: format === 'json', colors: isatty(1), prefix: 'docstream' });
}
