/** SPEC 7.4: every price has reasons, and the reasons still lead to it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { channelAnswer, decisionAnswer } from '../../src/rpc/explanation.ts';
import { decisions, type JournalRow } from './answers.ts';
import { Life, readDatabase } from './harness.ts';

const trail = z.array(
  z.object({
    rule: z.string().min(1),
    verdict: z.enum(['applies', 'passes']),
    because: z.string().min(8),
  }),
);
/** Every answer's amounts come as exact integers of either kind. */
const asBigint = z.union([z.bigint(), z.int().transform(BigInt)]);
const channelOnTheWire = channelAnswer.extend({
  capacity_msat: asBigint.optional(),
  spendable_msat: asBigint.optional(),
});
const textOf = (answer: Record<string, unknown>): string => JSON.stringify(answer);

describe('after three days', () => {
  let life: Life;
  let journal: readonly JournalRow[];
  beforeAll(async () => {
    life = await Life.start({ seed: 11, channels: 12, historyDays: 10 });
    await life.days(3);
    journal = decisions(life.database).filter(({ kind }) => kind === 'fee');
  });
  afterAll(() => life.destroy());

  test('every change of a price has a decision, and its trail says why in sentences', () => {
    const changes = readDatabase(life.database, (db) =>
      db.prepare(`SELECT to_ppm, decision_id FROM fee_change WHERE "by" <> 'outside'`).all(),
    );
    expect(changes.length).toBe(life.sets.length);
    expect(changes.length).toBeGreaterThan(20);
    const byId = new Map(journal.map((row) => [row.id, row]));
    for (const change of changes) {
      const decision = byId.get(Number(change.decision_id));
      expect(decision?.number).toBe(Number(change.to_ppm));
      const steps = trail.parse(JSON.parse(decision?.trail ?? 'null'));
      expect(steps.some(({ verdict }) => verdict === 'applies')).toBe(true);
    }
  });

  test('no entry of the journal is without reason and binding', () => {
    expect(journal.length).toBeGreaterThan(50);
    for (const row of journal) {
      expect(row.binding).not.toBe('');
      expect(trail.parse(JSON.parse(row.trail))).not.toEqual([]);
    }
  });

  test('revenue-explain replays every acted decision to the same number', async () => {
    const acted = journal.filter(({ outcome }) => outcome === 'done');
    for (const { id, number } of acted) {
      const answer = decisionAnswer.parse(
        await life.call('revenue-explain', { subject: String(id), json: true }),
      );
      expect(answer.number).toBe(number);
      expect(answer.replay, `decision ${id}`).toMatchObject({ same: true, number });
      expect(answer.why).not.toEqual([]);
    }
  });

  test('revenue-explain of a channel, by any of its names, as data', async () => {
    for (const { scid, aliasLocal, channelId, peerId } of life.market.channels()) {
      const answer = channelOnTheWire.parse(
        await life.call('revenue-explain', { subject: scid, json: true }),
      );
      expect(answer).toMatchObject({ channel_id: channelId, peer_id: peerId, open: true });
      expect(answer.decision?.replay).toMatchObject({ same: true });
      for (const name of [aliasLocal, channelId, scid.replaceAll('x', ':')])
        expect(
          channelOnTheWire.parse(await life.call('revenue-explain', { subject: name, json: true })),
        ).toEqual(answer);
    }
  });

  test('for people it is text that names the price and says when next', async () => {
    const { scid, ours } = life.channel(0);
    const text = textOf(await life.call('revenue-explain', [scid]));
    expect(text).toContain(`${ours.ppm} ppm`);
    expect(text).toMatch(/next/i);
    const [first] = journal;
    expect(textOf(await life.call('revenue-explain', [first?.id]))).toContain(
      'Replayed: its inputs give the same number again',
    );
  });

  test('what does not exist is refused, naming the field', async () => {
    for (const subject of ['999999999', '1x1x1', 'nonsense', '02'.padEnd(66, 'a')])
      await expect(life.call('revenue-explain', [subject])).rejects.toMatchObject({
        code: -32602,
        message: expect.stringContaining('subject'),
      });
  });
});
