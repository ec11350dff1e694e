import { describe, expect, test } from 'vitest';
import { NOW, rpcWorld } from '../../test/doubles/rpc-world.ts';
import { capacityChannel, DEAD, WINS } from '../core/capacity/channel.fixture.ts';
import { fromSat, msat, share } from '../core/units.ts';
import { revenueCapacityReport } from './revenue-capacity-report.ts';

const ask = async (world = rpcWorld()) =>
  revenueCapacityReport.answer.parse(
    await revenueCapacityReport.run({}, world.context, { check: false }),
  );

describe('revenue-capacity-report', () => {
  test('the shape of the Python plugin, and what it left out', async () => {
    expect(await ask()).toEqual({
      timestamp: NOW / 1000,
      mempool_recommendation: 'PROCEED: 10 sat/vB: block space is not dear',
      feerate_sat_per_vbyte: 10,
      feerate_is_old: false,
      channels: 4,
      winners: [
        {
          scid: '800001x1x0',
          peer_id: expect.stringMatching(/^02/),
          roi: 50,
          marginal_roi: 30,
          classification: 'profitable',
          capacity: 4_000_000,
          our_balance: 1_000_000,
          flow_ratio: 0.9,
          turnover: 0.525,
          peer_supports_splice: true,
        },
      ],
      losers: [
        {
          scid: '800002x1x0',
          peer_id: expect.stringMatching(/^02/),
          roi: -100,
          marginal_roi: 0,
          classification: 'zombie',
          capacity: 4_000_000,
          our_balance: 3_000_000,
          reason: 'FIRE SALE (ZOMBIE)',
          action: 'CLOSE',
          because: 'the defibrillator has tried it and nobody came; silent for 40 days',
          idle_days: 40,
          attempts: 2,
        },
        expect.objectContaining({
          scid: '800003x1x0',
          reason: 'STAGNANT (NEEDS DEFIBRILLATOR)',
          classification: 'stagnant_candidate',
          action: 'DEFIBRILLATE',
          attempts: 0,
        }),
      ],
      pairs: [
        {
          close: '800002x1x0',
          into: '800001x1x0',
          how: 'splice',
          payback: {
            verdict: 'days',
            days: 46,
            date: '2026-02-21',
            cost_sats: 4600,
            monthly_gain_sats: 3000,
            break_even_sat_per_vbyte: 79.347,
          },
        },
      ],
      recommendations: [
        expect.stringMatching(/^CLOSE 800002x1x0: FIRE SALE: .* goes to 800001x1x0$/),
        expect.stringMatching(/^SPLICE_IN 800001x1x0: STRATEGIC REDEPLOYMENT: .*in 46 days/),
        expect.stringMatching(/^DEFIBRILLATE 800003x1x0: STAGNANT ALERT: .*0 of 2 attempts/),
      ],
    });
  });

  test('for people: winners and losers as rows, and what to do above them', async () => {
    const answer = await revenueCapacityReport.run({ format: 'table' }, rpcWorld().context, {
      check: false,
    });
    const lines = String(Object(answer).result).split('\n');
    expect(lines[0]).toBe('Mempool: PROCEED: 10 sat/vB: block space is not dear');
    expect(lines[1]).toBe('4 channels judged: 1 deserve more capital, 2 hold it in vain');
    expect(lines.at(-3)).toMatch(/^800001x1x0 +winner +profitable .* 0.525$/);
    expect(lines.at(-2)).toMatch(/^800002x1x0 +FIRE SALE \(ZOMBIE\) +zombie /);
  });

  test('unknown feerate, unknown splicing: left out, not made up', async () => {
    const world = rpcWorld();
    world.capacity.satPerVbyte = undefined;
    world.capacity.channels = [
      capacityChannel(1, { ...WINS, splices: undefined }),
      capacityChannel(2, { ...DEAD, idleDays: undefined }),
    ];
    const answer = await ask(world);
    expect(answer).toMatchObject({
      mempool_recommendation: expect.stringMatching(/^UNKNOWN: /),
      losers: [{ reason: 'STAGNANT (ZOMBIE)' }],
      pairs: [{ payback: { verdict: 'unknown', because: 'the feerate is not known' } }],
    });
    const text = JSON.stringify(answer);
    for (const absent of ['feerate_sat', 'peer_supports', 'idle_days', 'cost_sats'])
      expect(text).not.toContain(absent);
  });

  test('a node without anything to say answers with empty lists', async () => {
    const world = rpcWorld();
    world.capacity.channels = [];
    expect(await ask(world)).toMatchObject({
      winners: [],
      losers: [],
      pairs: [],
      recommendations: [],
    });
  });

  test('what is gained is rounded down and what is paid up', async () => {
    const world = rpcWorld();
    world.capacity.satPerVbyte = 10.0001;
    world.capacity.channels = [
      capacityChannel(1, { ...WINS, monthNet: msat(3_999_999n) }),
      capacityChannel(2, {
        ...DEAD,
        monthNet: msat(1n),
        share: share(0.5),
        toUs: fromSat(2_000_000),
      }),
    ];
    expect(await ask(world)).toMatchObject({
      pairs: [{ payback: { monthly_gain_sats: 1999, cost_sats: 4601 } }],
    });
  });
});
