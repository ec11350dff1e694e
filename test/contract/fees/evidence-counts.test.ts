/**
 * What the ancestors measured and then lost on the way to the price: an argument dropped, a factor only logged, an
 * option registered and never read, a function without a caller. Here each of them moves the price of a whole cycle.
 */

import { describe, expect, test } from 'vitest';
import type { OptionValue } from '../../../src/config/option-rows.ts';
import type { OptionKey } from '../../../src/config/snapshot.ts';
import { fromSat, HOUR_MS, msat, ppm } from '../../../src/core/units.ts';
import type { Forward } from '../../../src/ports/node.ts';
import type { openStore } from '../../../src/sqlite/open-store.ts';
import { givePolicy } from '../../doubles/give-policy.ts';
import { channelId, nodeId, peerChannel, scid } from '../../doubles/peer-channel.ts';
import { opened, pricedLife, START, sold } from '../../doubles/priced-life.ts';

const SAMPLE_MS = 420_000;
describe('what was measured arrives at the price', () => {
  test('original 4.6 (the fee loop dropped the opener): amnesty for the channel the peer opened, and only for it', async () => {
    const empty = { toUs: fromSat(50_000), ...opened(5) };
    const { cycle, said } = pricedLife({
      channels: [
        peerChannel(1, { opener: 'remote', ...empty }),
        peerChannel(2, { opener: 'local', ...empty }),
      ],
    });
    await cycle();
    expect(said(1, 'scarcity')).toMatchObject({ verdict: 'passes', value: 1 });
    expect(said(2, 'scarcity')?.value).toBeGreaterThan(2);
  });

  test('original 2.8 / 4.2: slow settlement counts, and only for the peer it was measured at', async () => {
    const channels = [peerChannel(1, opened(5)), peerChannel(2, opened(5))];
    const { store, cycle, said } = pricedLife({ channels });
    const rows = Array.from({ length: 12 }, (_, i) =>
      sold(i + 1, START - i * 60_000, { seconds: 20 }),
    );
    store.forwards.storeEvents(rows, START);
    await cycle();
    expect(said(1, 'hold')?.value).not.toBe(1.2);
    expect(said(2, 'hold')).toMatchObject({ verdict: 'applies', value: 1.2 });
  });

  test('original 1.1 (hive options registered and never read): the fee of the option is what a hive peer gets', async () => {
    const { node, store, cycle } = pricedLife({
      channels: [peerChannel(1, opened(5))],
      options: new Map<OptionKey, OptionValue>([['hive_fee_ppm', 25]]),
    });
    givePolicy(store, { peerId: nodeId(1) }, { strategy: 'hive' }, START);
    await cycle();
    expect(node.log.at(-1)).toBe('set 25');
  });

  test('original headline 2 (no caller ever started a probe): a channel idle for a week gets one, and it ends', async () => {
    const { node, store, cycle } = pricedLife({ channels: [peerChannel(1, opened(40))] });
    await cycle();
    await cycle();
    expect(node.channels[0]?.ours?.ppm).toBe(0);
    for (let i = 0; i < 97; i++) await cycle();
    expect(node.channels[0]?.ours?.ppm).toBeGreaterThan(0);
    expect(store.fees.state(channelId(1))?.probesEnded).toHaveLength(1);
  });
});

describe('who pays and how much counts', () => {
  test('original HIGH-01 (a dust flood raised the price): slots count by the value in them', async () => {
    const eight = (amount: bigint) =>
      Array.from({ length: 8 }, (_, i) => ({
        direction: 'in' as const,
        id: BigInt(i),
        amount: msat(amount),
        paymentHash: 'ab',
        expiry: undefined,
      }));
    const channels = [
      peerChannel(1, { htlcs: eight(1000n), ...opened(5) }),
      peerChannel(2, { htlcs: eight(100_000_000n), ...opened(5) }),
    ];
    const { node, cycle } = pricedLife({ channels });
    for (let i = 0; i < 4; i++) await cycle();
    expect(node.channels[0]?.ours?.ppm).toBe(100);
    expect(node.channels[1]?.ours?.ppm).toBeGreaterThan(110);
  });

  test('original 4.9: a peer that almost only fails teaches half of what another does', async () => {
    const channels = Array.from({ length: 14 }, (_, i) => peerChannel(i + 1, opened(5)));
    const { store, clock, cycle } = pricedLife({ channels });
    // Peers 1 to 11 settle one of two hundred, peer 12 nothing of a thousand.
    const history = Array.from({ length: 12 }, (_, i) => i + 1).flatMap((peer) =>
      Array.from({ length: peer === 12 ? 1000 : 200 }, (_, id): Forward => {
        const settled = peer < 12 && id === 0;
        const index = peer * 1000 + id;
        return {
          ...sold(index, START - HOUR_MS),
          inChannel: String(scid(peer)),
          status: settled ? 'settled' : 'failed',
        };
      }),
    );
    store.forwards.storePage('updated', history, 20_000, START);
    await cycle();
    const now = clock.now();
    store.forwards.storeEvents(
      [
        { ...sold(90_001, now + 1000), inChannel: String(scid(1)), outChannel: String(scid(13)) },
        { ...sold(90_002, now + 1000), inChannel: String(scid(12)), outChannel: String(scid(14)) },
      ],
      now,
    );
    await cycle();
    const learned = (n: number) =>
      store.fees.state(channelId(n))?.ladder.sales.reduce((sum, count) => sum + count, 0) ?? 0;
    expect(learned(13)).toBeGreaterThan(0.9);
    expect(learned(14)).toBeCloseTo(learned(13) / 2, 2);
  });
});

describe('the mempool reflex', () => {
  /** Twelve quiet samples of 20 sat/vB and then one of 80. */
  async function spiked(store?: ReturnType<typeof openStore>) {
    const life = pricedLife({ channels: [peerChannel(1, opened(5))], ...(store && { store }) });
    const sample = (satPerVbyte: number) => {
      life.node.chainFees = async () => ({ satPerVbyte });
      life.clock.move(SAMPLE_MS);
      return life.parts.chain.run();
    };
    return { ...life, sample };
  }

  test('original §7 (85eef68: the multiplier was logged and not applied): a spike triples the floor on the node, and it decays', async () => {
    const { node, cycle, sample, parts } = await spiked();
    for (let i = 0; i < 12; i++) expect(await sample(20)).toBe(false);
    expect(await sample(80)).toBe(true);
    await cycle(0);
    expect(node.channels[0]?.ours?.ppm).toBe(80 * 3 * 3);
    await sample(20);
    expect(parts.chain.view().intensity).toBeCloseTo(0.85, 12);
  });

  test('original 4.3 (a restart hid the spike behind itself): the samples outlive it, and a spike is not its own baseline', async () => {
    const before = await spiked();
    for (let i = 0; i < 12; i++) await before.sample(20);
    const after = await spiked(before.store);
    after.clock.move(12 * SAMPLE_MS);
    expect(after.parts.chain.view().satPerVbyte).toBe(20);
    expect(await after.sample(80)).toBe(true);
    expect(after.parts.chain.view().intensity).toBe(1);
  });

  test('original 1.3 (vegas_decay_rate copied at start): another decay counts at the next sample', async () => {
    const { sample, parts } = await spiked();
    for (let i = 0; i < 12; i++) await sample(20);
    await sample(80);
    parts.config.set('vegas_decay_rate', '0.5');
    await sample(20);
    expect(parts.chain.view().intensity).toBe(0.5);
  });
});

describe('one cycle, one law', () => {
  test('original CRITICAL-02 (torn config read): a change between two channels of a cycle rules neither', async () => {
    const channels = [1, 2, 3].map((n) =>
      peerChannel(n, {
        ...opened(5),
        ours: { base: msat(0n), ppm: ppm(9000), htlcMin: msat(1n), htlcMax: fromSat(900_000) },
      }),
    );
    const { node, store, parts, cycle } = pricedLife({ channels });
    const set = node.setChannel.bind(node);
    node.setChannel = (order) => {
      parts.config.set('max_fee_ppm', '70');
      node.setChannel = set;
      return set(order);
    };
    await cycle();
    const last = [1, 2, 3].map((n) => store.journal.latest(channelId(n), 1)[0]);
    expect(last.map((decision) => decision?.configVersion)).toEqual([0, 0, 0]);
    expect(node.channels.every(({ ours }) => ours !== undefined && ours.ppm > 70)).toBe(true);
    await cycle();
    expect(store.journal.latest(channelId(1), 1)[0]?.configVersion).toBe(1);
  });
});

test('lessons 1.3 (a dry run burned cool-downs): in observe no token goes, nothing counts as sent, no probe begins', async () => {
  const options = new Map<OptionKey, OptionValue>([['authority', 'observe']]);
  const { node, store, cycle } = pricedLife({ channels: [peerChannel(1, opened(40))], options });
  for (let i = 0; i < 3; i++) await cycle();
  expect(node.log).toEqual(['look', 'look', 'look']);
  expect(store.journal.latest(channelId(1), 1)[0]).toMatchObject({ outcome: 'would', number: 0 });
  const state = store.fees.state(channelId(1));
  expect(state).toMatchObject({ probe: undefined, ruledBy: 'price', sends: [] });
  expect(state?.gossip.tokens).toBe(2);
  expect(store.fees.changes({ limit: 1 })).toEqual([]);
});

describe('what happened while we were not there', () => {
  test('original 4.9: a disconnect while the plugin was down is noted at the first look', async () => {
    const { node, store, clock, cycle } = pricedLife({ channels: [peerChannel(1, opened(5))] });
    node.change(channelId(1), { connected: false });
    await cycle();
    const events = store.peers.connections(START, clock.now()).get(nodeId(1));
    expect(events?.at(-1)).toEqual({ at: clock.now(), connected: false });
    expect(node.log).toEqual(['look']);
  });

  test('original 4.4 (last_update rewritten on restart): a climber goes on with the window it was in', async () => {
    const options = new Map<OptionKey, OptionValue>([['fee_learner', 'hill-climbing']]);
    const channels = [peerChannel(1, opened(5))];
    const { store, cycle, clock } = pricedLife({ channels, options });
    for (let i = 0; i < 5; i++) await cycle();
    const before = store.fees.state(channelId(1))?.climber.current;
    expect(before?.hours).toBeGreaterThan(1);
    const reborn = pricedLife({ channels, options, store });
    reborn.clock.move(clock.now() - START);
    await reborn.cycle();
    await reborn.cycle();
    const after = store.fees.state(channelId(1))?.climber.current;
    expect(after?.hours).toBeGreaterThan(before?.hours ?? Number.POSITIVE_INFINITY);
  });
});
