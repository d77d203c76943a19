import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from '../../engines/engines-file.js';

/** How far a load has come: every chunk below `chunks` was acknowledged by the instance at `url`, for these data. */
export interface LoadProgress {
  url: string;
  /** What the instance calls its data; null: it does not say. */
  installation: string | null;
  chunks: number;
  accepted: number;
  rejected: number;
}

/**
 * Remembers in the data folder how far the load of a content has come, so that a load that was killed goes on where it
 * stopped. Losing it costs time only: what is sent twice is stored once.
 */
export class LoadState {
  private readonly file: string;

  constructor(
    private readonly dataDir: string,
    hash: string,
  ) {
    this.file = join(dataDir, 'loads', `${hash}.json`);
  }

  /** What an earlier load of the same content to the same instance, with the same data, has left; null when there is nothing. */
  read({ url, installation }: Pick<LoadProgress, 'url' | 'installation'>): LoadProgress | null {
    try {
      const found = JSON.parse(readFileSync(this.file, 'utf8')) as Partial<LoadProgress>;
      const counts = [found.chunks, found.accepted, found.rejected];
      const isSame = found.url === url && found.installation === installation;
      return isSame && counts.every(isCount) ? (found as LoadProgress) : null;
    } catch {
      return null;
    }
  }

  /** Written as a whole: a reader sees the old state or the new one. */
  write(progress: LoadProgress): void {
    mkdirSync(join(this.dataDir, 'loads'), { recursive: true });
    writeAtomically(this.file, progress);
  }

  remove(): void {
    rmSync(this.file, { force: true });
  }
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
