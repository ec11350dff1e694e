import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { BOBS, CLOSED, FIRST, rpcWorld, SECOND } from '../../test/doubles/rpc-world.ts';
import { revenueRebalanceDebug } from './revenue-rebalance-debug.ts';

const ask = (params: unknown, world = rpcWorld()) =>
  revenueRebalanceDebug.run(params, world.context, { check: false });
const rows = z.looseObject({ channels: z.array(z.looseObject({})) });

describe('revenue-rebalance-debug without a channel', () => {
  test('a row a channel: the plans first, then who refuses what, with how many each code refuses', async () => {
    const answer = rows.parse(await ask([]));
    expect(answer).toMatchObject({ total: 3, plans: 1, codes: { sink: 2 } });
    expect(answer.channels.map((row) => [row.short_channel_id, row.verdict, row.code])).toEqual([
      [FIRST.scid, 'plan', undefined],
      [SECOND.scid, 'refused', 'sink'],
      [BOBS.scid, 'refused', 'sink'],
    ]);
  });

  test('target, lack, excess and the value at the cap are of one piece', async () => {
    const { channels } = rows.parse(await ask([]));
    const [plan] = channels;
    expect(plan).toMatchObject({
      target_msat: 500_000_000n,
      lack_msat: 400_000_000n,
      excess_msat: 0n,
      gives_msat: 0n,
      price_ppm: 1000,
      inbound_estimate_ppm: 200,
      plan: { sources: [BOBS.scid], amount_msat: 400_000_000n },
    });
    const numbers = z
      .object({
        plan: z.looseObject({
          income_msat: z.bigint(),
          loss_msat: z.bigint(),
          hold_msat: z.bigint(),
          ev_at_cap_msat: z.bigint(),
          ev_expected_msat: z.bigint(),
        }),
      })
      .parse(plan).plan;
    const { income_msat: income, loss_msat: loss } = numbers;
    expect(numbers.ev_at_cap_msat).toBe(income - loss - numbers.hold_msat);
    // 400 000 sat at the 200 ppm that are expected cost 80 sat.
    expect(numbers.ev_expected_msat).toBe(income - loss - 80_000n);
    expect(channels[2]).toMatchObject({ excess_msat: 7_500_000_000n, gives_msat: 7_500_000_000n });
  });

  test('readiness, caps with limit and use, holds and due diagnostics stand beside', async () => {
    expect(await ask({ limit: 1 })).toMatchObject({
      rebalancing: { ready: false, because: 'sling is not there' },
      budget: { daily: { limit_msat: 5_000_000n, used_msat: 47_000n } },
      funds: { confirmed_onchain_msat: 2_000_000_000n },
      holds: [{ id: 9, unknown: true }],
      diagnostics: [{ short_channel_id: SECOND.scid, verdict: 'refused', code: 'no_source' }],
      total: 3,
      channels: [{ short_channel_id: FIRST.scid }],
    });
  });
});

describe('revenue-rebalance-debug of one channel', () => {
  test('every gate in its order, its record, and every channel that might give', async () => {
    const answer = z
      .looseObject({ gates: z.array(z.looseObject({ rule: z.string(), verdict: z.string() })) })
      .parse(await ask([FIRST.scid]));
    expect(answer.gates.map(({ rule }) => rule).slice(0, 3)).toEqual([
      'futility',
      'unknown',
      'not_eligible',
    ]);
    expect(answer.gates.every(({ verdict }) => verdict === 'passes')).toBe(true);
    expect(answer).toMatchObject({
      channel_id: FIRST.id,
      channel: { verdict: 'plan' },
      history: { failures: 0, finished: 0, sells_msat_per_hour: 10_000_000n },
      sources: [
        { short_channel_id: BOBS.scid, chosen: true, code: undefined },
        { short_channel_id: SECOND.scid, chosen: false, code: 'same_peer' },
      ],
    });
  });

  test('a refused one names the gate, and the later gates are still shown', async () => {
    const answer = z
      .looseObject({ gates: z.array(z.looseObject({ rule: z.string(), verdict: z.string() })) })
      .parse(await ask({ channel: BOBS.alias }));
    expect(answer.gates.find(({ rule }) => rule === 'sink')?.verdict).toBe('refuses');
    expect(answer.gates.at(-1)?.rule).toBe('no_other_peer');
    expect(answer).toMatchObject({ channel: { verdict: 'refused', code: 'sink' } });
  });

  test('one that is left out of everything says why instead of showing rules that were not asked', async () => {
    const world = rpcWorld();
    const preview = await world.rebalance.preview();
    const locked = new Map([
      [FIRST.id, 'a lock: flapping peer'],
      [BOBS.id, 'its balance is not known'],
    ]);
    const channels = preview.channels.filter(({ channelId }) => channelId !== BOBS.id);
    const rebalance = world.rebalance;
    rebalance.preview = async () => ({ ...preview, locked, channels, verdicts: [] });
    expect(await ask([FIRST.scid], world)).toMatchObject({
      channel: { verdict: 'locked', because: 'a lock: flapping peer' },
      gates: [],
    });
    expect(await ask([BOBS.scid], world)).toMatchObject({
      channel: undefined,
      because: 'its balance is not known',
      sources: [],
    });
  });

  test('a closed channel has nothing to show; one nobody knows is refused', async () => {
    expect(await ask([CLOSED.scid])).toMatchObject({
      because: 'it is not open, or not enough is known of it',
      gates: [],
    });
    await expect(ask(['1x1x1'])).rejects.toMatchObject({ field: 'channel' });
  });
});
