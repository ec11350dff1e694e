import { z } from 'zod';
import type { UnixMs } from '../core/units.ts';
import { type BackupFault, BackupRefused, type Backups } from '../ports/backup.ts';
import { BadRequest } from '../ports/errors.ts';
import { defineMethod } from './method.ts';
import { filePath } from './parameters.ts';
import { bytes } from './wording.ts';

/** Not what was asked for is wrong, but what the machine could do. */
const OF_THE_MACHINE = ['disk_full', 'busy', 'not_verified', 'failed', 'permission'] as const;
type MachineFault = (typeof OF_THE_MACHINE)[number];
const ofTheMachine = (fault: BackupFault): MachineFault | undefined =>
  OF_THE_MACHINE.find((one) => one === fault);

const answer = z.strictObject({
  status: z.enum(['written', 'would', 'failed']),
  message: z.string(),
  reason: z.enum(OF_THE_MACHINE).optional().describe('of failed: no copy was made'),
  path: z.string().optional(),
  bytes: z.int().optional(),
  ms: z.int().optional().describe('how long it took'),
});
type Answer = z.input<typeof answer>;

/** A copy of the memory that can be put back (SPEC 7.10). */
export const revenueBackup = defineMethod({
  name: 'revenue-backup',
  description: 'Copies the database into one file while it is in use, and verifies the copy.',
  longDescription:
    'Without a path the copy goes into the folder backups beside the database, named after the moment. No file is ever overwritten. The copy is of one moment, whatever is written meanwhile; it bears its name only after SQLite found every page sound and the plugin could open it. To restore: stop the plugin, move the database and its -wal and -shm files away, put the copy in its place, start the plugin.',
  effect: 'acts',
  examples: [
    'lightning-cli revenue-backup',
    'lightning-cli revenue-backup /mnt/backup/revenue-ops-monday.db',
    'lightning-cli check revenue-backup /mnt/backup/revenue-ops-monday.db',
  ],
  params: {
    path: filePath('the file to write; one named after the moment unless given').optional(),
  },
  answer,
  handle: async ({ path }, { backups, clock }, { check }): Promise<Answer> => {
    const from = clock.now();
    try {
      if (check) return would(backups, path, from);
      const written = await backups.write(path, from);
      return {
        status: 'written',
        message: `${written.path}: ${bytes(written.bytes)}, verified`,
        path: written.path,
        bytes: written.bytes,
        ms: clock.now() - from,
      };
    } catch (error) {
      if (!(error instanceof BackupRefused)) throw error;
      return refusal(error, path);
    }
  },
});

function would(backups: Backups, path: string | undefined, at: UnixMs): Answer {
  const target = backups.target(path, at);
  return { status: 'would', message: `${target} would be written`, path: target };
}

/** A named path that will not do is a fault of the call; the rest is no fault of the caller's. */
function refusal({ fault, message }: BackupRefused, path: string | undefined): Answer {
  const reason = ofTheMachine(fault);
  if (path !== undefined && (reason === undefined || reason === 'permission'))
    throw new BadRequest('path', message);
  return { status: 'failed', message, reason: reason ?? 'failed' };
}
