/** A copy of the whole memory in one file, taken while it is in use (SPEC 7.10). */
import type { UnixMs } from '../core/units.ts';

/** What stands in the way of a copy. The first five are about the path that was named. */
export type BackupFault =
  | 'exists'
  | 'folder'
  | 'no_folder'
  | 'permission'
  | 'unfit'
  | 'disk_full'
  | 'busy'
  | 'not_verified'
  | 'failed';

/** No copy was made, and nothing half made is left. The message is a sentence for the operator. */
export class BackupRefused extends Error {
  override name = 'BackupRefused';
  readonly fault: BackupFault;
  constructor(fault: BackupFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

export type BackupFile = {
  readonly path: string;
  readonly bytes: number;
};

export interface Backups {
  /**
   * Where the copy would be written: `path`, which must be absolute, or a name made of the moment `at` in the folder
   * `backups` beside the database. Writes nothing. Throws BackupRefused.
   */
  target(path: string | undefined, at: UnixMs): string;
  /** Writes and verifies the copy. Never overwrites a file. Throws BackupRefused. */
  write(path: string | undefined, at: UnixMs): Promise<BackupFile>;
}
