import { expect, it } from 'vitest';
import { channelId, nodeId } from '../../test/doubles/peer-channel.ts';
import { DAY_MS, fromSat, msat, type NodeId, ppm, unixMs } from '../core/units.ts';
import { NodeRefused, RetryLater } from '../ports/errors.ts';
import { InboundPrices } from './inbound-prices.ts';

const AT = unixMs(1_790_000_000_000);
const CHUNK = fromSat(500_000);

/** Every peer asks 5 sat and 100 ppm on its channel, the network 50 ppm. */
function world() {
  const w = {
    asked: [] as NodeId[],
    medians: 0,
    error: undefined as Error | undefined,
    refuses: undefined as NodeId | undefined,
  };
  const prices = new InboundPrices(
    {
      inboundFees: async (peerId) => {
        w.asked.push(peerId);
        if (w.error) throw w.error;
        if (peerId === w.refuses) throw new NodeRefused('unknown node', -1);
        return new Map([[channelId(1), { base: msat(5_000n), ppm: ppm(100) }]]);
      },
      networkMedianPpm: async () => {
        w.medians += 1;
        return 50;
      },
    },
    () => undefined,
  );
  return { w, prices };
}
const silent = (n: number) => ({ peerId: nodeId(n), told: undefined });
const peers = (count: number) => Array.from({ length: count }, (_, i) => silent(i + 1));

it('base and rate of the last hop and the usual price of the rest', async () => {
  const { prices } = world();
  await prices.ask([silent(1)], AT);
  expect(prices.ppm(nodeId(1), channelId(1), CHUNK, undefined)).toBe(160);
  expect(prices.ppm(nodeId(1), channelId(2), CHUNK, undefined)).toBeUndefined();
  expect(prices.ppm(nodeId(2), channelId(1), CHUNK, undefined)).toBeUndefined();
  expect(prices.ppm(nodeId(1), channelId(1), msat(0n), undefined)).toBeUndefined();
});

it('what the peer told with the channel stands before gossip, and saves the question', async () => {
  const { w, prices } = world();
  const told = { base: msat(0n), ppm: ppm(30) };
  await prices.ask([{ peerId: nodeId(1), told }], AT);
  expect(w.asked).toEqual([]);
  expect(w.medians).toBe(1);
  expect(prices.ppm(nodeId(1), channelId(1), CHUNK, told)).toBe(80);
  await prices.ask([silent(1)], AT);
  expect(prices.ppm(nodeId(1), channelId(1), CHUNK, told)).toBe(80);
  expect(prices.ppm(nodeId(1), channelId(1), CHUNK, undefined)).toBe(160);
});

it('where nobody lacks, nothing is asked', async () => {
  const { w, prices } = world();
  await prices.ask([], AT);
  expect(w.medians).toBe(0);
});

it('a few peers at a time, each once a day, so that all have their turn', async () => {
  const { w, prices } = world();
  for (let turn = 0; turn < 5; turn++) await prices.ask(peers(50), AT);
  expect(w.asked).toHaveLength(50);
  expect(new Set(w.asked).size).toBe(50);
  expect(w.medians).toBe(1);
  await prices.ask([silent(1)], unixMs(AT + DAY_MS - 1));
  expect(w.asked).toHaveLength(50);
  await prices.ask([silent(1)], unixMs(AT + DAY_MS));
  expect(w.asked).toHaveLength(51);
});

it('after the clock was set back it is asked again', async () => {
  const { w, prices } = world();
  await prices.ask([silent(1)], AT);
  await prices.ask([silent(1)], unixMs(AT - DAY_MS));
  expect(w.asked).toHaveLength(2);
});

it('a peer that gossip does not know keeps nobody waiting; a silent node is asked again', async () => {
  const { w, prices } = world();
  w.refuses = nodeId(1);
  await prices.ask(peers(2), AT);
  expect(prices.ppm(nodeId(1), channelId(1), CHUNK, undefined)).toBeUndefined();
  expect(prices.ppm(nodeId(2), channelId(1), CHUNK, undefined)).toBe(160);
  w.error = new RetryLater('no answer');
  await prices.ask([silent(3)], AT);
  expect(prices.ppm(nodeId(3), channelId(1), CHUNK, undefined)).toBeUndefined();
  w.error = undefined;
  await prices.ask([silent(3)], AT);
  expect(prices.ppm(nodeId(3), channelId(1), CHUNK, undefined)).toBe(160);
});

it('a defect of ours is not taken for silence', async () => {
  const { w, prices } = world();
  w.error = new TypeError('x');
  await expect(prices.ask([silent(1)], AT)).rejects.toThrow(TypeError);
});
