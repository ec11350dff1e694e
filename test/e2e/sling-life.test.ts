/** sling beside the real plugin in the simulated market: what somebody else orders shows in the node's own records. */
import { expect, test } from 'vitest';
import { DAY_MS, unixMs } from '../../src/core/units.ts';
import { asRecord } from '../../src/sim/embedded-node/json-text.ts';
import { Life } from './harness.ts';

async function rows(life: Life, method: string, list: string): Promise<Record<string, unknown>[]> {
  const found = (await life.call(method))[list];
  return Array.isArray(found) ? found.map((row) => asRecord(row) ?? {}) : [];
}

/** Orders `sat` into the emptiest connected channel from all others, at any price. */
async function ordered(life: Life, sat: number): Promise<string> {
  const open = life.market.channels().filter(({ isPrivate }) => !isPrivate);
  const [destination, ...sources] = open.toSorted(
    (a, b) => a.toUs / a.capacity - b.toUs / b.capacity,
  );
  if (destination === undefined) throw new Error('the market has channels');
  await life.call('sling-once', {
    scid: destination.scid,
    direction: 'pull',
    amount: sat / 2,
    onceamount: sat,
    maxppm: 5000,
    candidates: sources.map(({ scid }) => scid),
  });
  return destination.channelId;
}

const circulars = async (life: Life): Promise<Record<string, unknown>[]> =>
  (await rows(life, 'listchannelmoves', 'channelmoves')).filter(
    ({ primary_tag }) => primary_tag === 'invoice',
  );

test('a job moves money into its channel, at a cost that every record agrees on', async () => {
  await using life = await Life.start({ seed: 11, channels: 14, sling: 'healthy' });
  const into = await ordered(life, 100_000);
  await life.hours(24);
  const moves = await circulars(life);
  const credits = moves.filter(({ account_id }) => account_id === into);
  expect(credits.map(({ credit_msat }) => credit_msat)).toEqual([50_000_000, 50_000_000]);
  const fees = moves.reduce((sum, { fees_msat }) => sum + Number(fees_msat), 0);
  expect(fees).toBeGreaterThan(0);
  const paid = (await rows(life, 'listsendpays', 'payments')).filter(
    ({ status }) => status === 'complete',
  );
  const sent = paid.map((row) => Number(row.amount_sent_msat) - Number(row.amount_msat));
  expect(sent.reduce((a, b) => a + b, 0)).toBe(fees);
  const income = await rows(life, 'bkpr-listincome', 'income_events');
  const booked = income.filter(({ tag }) => tag === 'rebalance_fee');
  expect(booked.reduce((sum, { debit_msat }) => sum + Number(debit_msat), 0)).toBe(fees);
  life.market.audit();
});

test('sling works on while the plugin is dead, as far as time is let pass, and it is in the records', async () => {
  await using life = await Life.start({ seed: 11, channels: 14, sling: 'healthy' });
  await ordered(life, 100_000);
  void life.killAt({ call: 1, phase: 'before' });
  expect(await life.survives(24)).toBe(false);
  const before = await circulars(life);
  life.node.advance(unixMs(life.now + DAY_MS));
  const after = await circulars(life);
  expect(after.length).toBeGreaterThan(before.length);
  await life.restartPlugin();
  await life.hours(1);
  expect(await circulars(life)).toEqual(after);
  life.market.audit();
});
