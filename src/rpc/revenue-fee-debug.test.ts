import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { FIRST, rpcWorld, SECOND } from '../../test/doubles/rpc-world.ts';
import { revenueFeeDebug } from './revenue-fee-debug.ts';

const ask = (params: unknown, world = rpcWorld()) =>
  revenueFeeDebug.run(params, world.context, { check: false });
const board = async (params: unknown) =>
  z
    .looseObject({ total: z.int(), channels: z.array(z.looseObject({ channel_id: z.string() })) })
    .parse(await ask(params));

describe('revenue-fee-debug without a channel', () => {
  test('every row has price, share, flow, what it earned and why', async () => {
    const { channels } = await board([]);
    // 158 500 sat of ours less 10 000 reserve, of 980 000 that can move.
    expect(channels.find((row) => row.channel_id === FIRST.id)).toMatchObject({
      short_channel_id: FIRST.scid,
      fee_ppm: 165,
      share: 0.1515,
      flow: 'balanced',
      earned_msat: 0n,
      because: 'anchor: at 160 ppm I expect more',
    });
  });

  test('what earned most comes first, and the limit cuts after that', async () => {
    const all = await board([]);
    expect(all.channels.map((row) => row.channel_id)).toEqual([SECOND.id, FIRST.id]);
    expect(all.channels[0]).toMatchObject({ earned_msat: 1_234_000n });
    const one = await board({ limit: 1 });
    expect(one.total).toBe(2);
    expect(one.channels.map((row) => row.channel_id)).toEqual([SECOND.id]);
  });

  test('a channel nothing was decided about has no reason instead of an invented one', async () => {
    const { channels } = await board([]);
    const second = channels.find((row) => row.channel_id === SECOND.id);
    expect(second).toBeDefined();
    expect(second?.because).toBeUndefined();
  });

  test('the whole node and the latest changes with the reason of their decision', async () => {
    expect(await board([])).toMatchObject({
      forwards: 12,
      earned_msat: 1_234_567n,
      changes: [
        {
          id: 17,
          short_channel_id: FIRST.scid,
          old_fee_ppm: 150,
          new_fee_ppm: 165,
          by: 'price',
          because: 'anchor: at 160 ppm I expect more',
        },
      ],
    });
  });
});

test('revenue-fee-debug of one channel: its row, its learners and what the rules say now', async () => {
  expect(await ask([SECOND.scid])).toMatchObject({
    channel_id: SECOND.id,
    short_channel_id: SECOND.scid,
    state: { sent_ppm: 165, earned_msat: 1_234_000n },
    learners: { ladder: { rung_ppm: 160 } },
    preview: { kind: 'hold', fee_ppm: 165, bound_by: 'anchor' },
  });
});
