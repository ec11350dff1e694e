import { describe, expect, test } from 'vitest';
import { BackupsDouble } from '../../test/doubles/backups-double.ts';
import { NOW, rpcWorld } from '../../test/doubles/rpc-world.ts';
import { BackupRefused } from '../ports/backup.ts';
import { revenueBackup } from './revenue-backup.ts';

const REAL = { check: false };
const PATH = '/mnt/backup/monday.db';

function world(refusal?: BackupRefused) {
  const backups = new BackupsDouble();
  backups.refusal = refusal;
  return { backups, ...rpcWorld({ backups }) };
}

describe('revenue-backup', () => {
  test('says where the copy is, and how large', async () => {
    const { context, backups } = world();
    const answer = await revenueBackup.run([PATH], context, REAL);
    expect(revenueBackup.answer.parse(answer)).toEqual({
      status: 'written',
      message: `${PATH}: 4.0 KiB, verified`,
      path: PATH,
      bytes: 4096,
      ms: 0,
    });
    await revenueBackup.run({}, context, REAL);
    expect(backups.written).toEqual([PATH, `/backups/${NOW}.db`]);
  });

  test('check says where it would be, and writes nothing', async () => {
    const { context, backups } = world();
    expect(await revenueBackup.run({ path: PATH }, context, { check: true })).toMatchObject({
      status: 'would',
      path: PATH,
    });
    expect(backups.written).toEqual([]);
  });

  test.each(['exists', 'folder', 'no_folder', 'unfit', 'permission'] as const)(
    'a path that will not do is the caller’s to mend: %s',
    async (fault) => {
      const { context } = world(new BackupRefused(fault, 'it will not do'));
      const refused = { field: 'path', message: 'path: it will not do' };
      await expect(revenueBackup.run([PATH], context, REAL)).rejects.toMatchObject(refused);
      await expect(revenueBackup.run([PATH], context, { check: true })).rejects.toMatchObject(
        refused,
      );
    },
  );

  test.each(['disk_full', 'busy', 'not_verified', 'failed', 'permission'] as const)(
    'what the machine cannot do is an answer with its reason: %s',
    async (fault) => {
      const { context } = world(new BackupRefused(fault, 'it cannot be done'));
      const answer = await revenueBackup.run([], context, REAL);
      expect(revenueBackup.answer.parse(answer)).toEqual({
        status: 'failed',
        message: 'it cannot be done',
        reason: fault,
      });
    },
  );

  test('a defect is no refusal', async () => {
    const { context } = rpcWorld({
      backups: {
        target: () => '',
        write: async () => {
          throw new TypeError('a defect');
        },
      },
    });
    await expect(revenueBackup.run([], context, REAL)).rejects.toThrow(TypeError);
  });
});
