import type { UnixMs } from '../../src/core/units.ts';
import type { BackupRefused, Backups } from '../../src/ports/backup.ts';

/** Copies without a disk; `refusal` is what stands in the way. */
export class BackupsDouble implements Backups {
  readonly written: string[] = [];
  refusal: BackupRefused | undefined;

  target(path: string | undefined, at: UnixMs): string {
    if (this.refusal) throw this.refusal;
    return path ?? `/backups/${at}.db`;
  }

  async write(path: string | undefined, at: UnixMs) {
    const target = this.target(path, at);
    this.written.push(target);
    return { path: target, bytes: 4096 };
  }
}
