/** SPEC 7.6: what is missing between our books and the node's, and stays missing, locks rebalancing. Through the wired parts. */
import { expect, test } from 'vitest';
import { DAY_MS, fromSat, HOUR_MS, msat, unixMs } from '../../../src/core/units.ts';
import { revenueDoctor } from '../../../src/rpc/revenue-doctor.ts';
import { revenueStatus } from '../../../src/rpc/revenue-status.ts';
import { BookedLife } from '../../doubles/booked-life.ts';
import { idOf } from '../../doubles/recorded-node.ts';

const START = unixMs(20_000 * DAY_MS + HOUR_MS);

/** Lives so many days with a forward each; on the second the node loses `lost` msat by something it cannot name. */
async function lived(days: number, lost: bigint): Promise<BookedLife> {
  const life = new BookedLife(START);
  const { node, clock } = life;
  for (const n of [1, 2]) node.opened(n, fromSat(1_000_000), 'local', START);
  for (let day = 0; day < days; day += 1) {
    const at = clock.now();
    node.passed({ in: 2, out: 1, amount: 1_000_000n, fee: 700n, at });
    if (day === 1 && lost > 0n)
      node.moves.push({
        ...{
          index: node.moves.length + 1,
          channelId: idOf(1),
          credit: msat(0n),
          debit: msat(lost),
        },
        ...{ fees: msat(0n), at, tag: 'journal_entry', paymentHash: undefined },
      });
    clock.move(DAY_MS);
    await life.turn();
  }
  life.parts.rebalancing.protections.run();
  return life;
}
const locks = (life: BookedLife) =>
  life.store.locks
    .active(life.clock.now())
    .filter(({ reason }) => reason.startsWith('unexplained books'));
const asked = (life: BookedLife) =>
  revenueStatus.run({}, life.context, { check: false }) as Promise<{ books: object }>;

test('books that agree lock nothing, and status tells how far they are', async () => {
  const life = await lived(4, 0n);
  expect(locks(life)).toEqual([]);
  expect((await asked(life)).books).toMatchObject({
    closed_until: '2024-10-07',
    unexplained_sats: 0,
    odd_transactions: 0,
  });
});

test('2000 sat that went by nothing the node can name lock it from the second day on', async () => {
  expect(locks(await lived(2, 2_000_000n))).toEqual([]);
  const life = await lived(3, 2_000_000n);
  expect(locks(life)).toMatchObject([
    { scope: 'rebalance', reason: expect.stringContaining('2000 sat more in ours') },
  ]);
  expect((await asked(life)).books).toMatchObject({ unexplained_sats: -2000 });
  const text = JSON.stringify(await revenueDoctor.run({}, life.context, { check: false }));
  expect(text).toContain("-2000 sat between our books and the node's own records");
});
