import { describe, expect, test } from 'vitest';
import { channelNamed, stateAs } from '../core/fees/channel.fixture.ts';
import type { ChannelFeeState } from '../core/fees/types.ts';
import { fromSat, msat, unixMs } from '../core/units.ts';
import type { Forward } from '../ports/node.ts';
import { BargainWatch } from './bargain-watch.ts';

const [IN, OUT] = [channelNamed('1'), channelNamed('2')];
const NAMES = new Map([
  ['1x1x1', IN],
  ['2x2x2', OUT],
]);

function watching(states: readonly ChannelFeeState[], capacity = fromSat(1_000_000)) {
  const byId = new Map(states.map((state) => [state.channelId, state]));
  const due: string[] = [];
  const watch = new BargainWatch({
    resolve: (name) => NAMES.get(name),
    state: (channelId) => byId.get(channelId),
    capacity: (channelId) => (channelId === OUT ? capacity : undefined),
    due: (reason) => due.push(reason),
  });
  const forward = (sat: number, change: Partial<Forward> = {}) =>
    watch.onForward({
      createdIndex: 1,
      updatedIndex: 1,
      inChannel: '1x1x1',
      inHtlcId: 1n,
      outChannel: '2x2x2',
      inMsat: fromSat(sat),
      outMsat: fromSat(sat),
      feeMsat: msat(0n),
      status: 'settled',
      failReason: undefined,
      paymentHash: undefined,
      receivedAt: unixMs(0),
      resolvedAt: unixMs(1),
      ...change,
    });
  return { due, forward, byId };
}
const under = (ruledBy: ChannelFeeState['ruledBy'], channelId = OUT, since = 5) =>
  stateAs({
    channelId,
    ruledBy,
    probe: ruledBy === 'probe' ? { since: unixMs(since) } : undefined,
  });

describe('between two fee cycles', () => {
  test('every fiftieth of capacity that leaves by a fire sale asks for a look', () => {
    const { due, forward } = watching([under('fire-sale')]);
    forward(19_999);
    expect(due).toEqual([]);
    forward(1);
    expect(due).toEqual(['a fire sale sells']);
    forward(19_999);
    expect(due).toHaveLength(1);
    forward(50_000);
    expect(due).toHaveLength(2);
  });

  test('dust, failures and what enters by it cannot make us busy', () => {
    const { due, forward } = watching([under('fire-sale')]);
    for (let i = 0; i < 100; i++) forward(1);
    forward(900_000, { status: 'failed' });
    forward(900_000, { inChannel: '2x2x2', outChannel: '1x1x1' });
    forward(900_000, { outMsat: undefined });
    forward(900_000, { outChannel: '9x9x9' });
    expect(due).toEqual([]);
  });

  test.each([
    ['out', OUT],
    ['in', IN],
  ] as const)('the first forward %s ends a probe, and asks once a probe', (_, channelId) => {
    const { due, forward, byId } = watching([under('probe', channelId)]);
    forward(1);
    forward(1);
    expect(due).toEqual(['a probe brought a forward']);
    byId.set(channelId, under('probe', channelId, 77));
    forward(1);
    expect(due).toHaveLength(2);
  });

  test('an ordinary price asks for nothing, and what was counted is forgotten', () => {
    const { due, forward, byId } = watching([under('fire-sale')]);
    forward(19_000);
    byId.set(OUT, under('price'));
    forward(900_000);
    byId.set(OUT, under('fire-sale'));
    forward(19_000);
    expect(due).toEqual([]);
  });
});
