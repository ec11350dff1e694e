import { expect, test } from 'vitest';
import { ManualClock } from '../../test/doubles/manual-clock.ts';
import { nodeId, peerChannel } from '../../test/doubles/peer-channel.ts';
import { resolve } from '../config/resolve.ts';
import type { ConfigSnapshot } from '../config/snapshot.ts';
import { inCanary } from '../core/fees/canary.ts';
import { DYNAMIC, type Policy } from '../core/policy/policy.ts';
import { type NodeId, share, unixMs } from '../core/units.ts';
import type { PeerChannel } from '../ports/node.ts';
import { clbossWishes } from './clboss-wishes.ts';
import type { Authority } from './services.ts';

const CONFIG = resolve(new Map(), { version: 0, values: new Map() }).snapshot;

type Asked = {
  readonly channels?: readonly PeerChannel[];
  /** What lightningd shows when it is asked now. */
  readonly fresh?: readonly PeerChannel[];
  readonly leftOut?: number;
  readonly policies?: ReadonlyMap<number, Partial<Policy>>;
  readonly authority?: Authority;
  readonly config?: Partial<ConfigSnapshot>;
  readonly held?: readonly NodeId[];
};
function wishes(asked: Asked) {
  const { channels = [peerChannel(1)], policies = new Map(), authority = 'full' } = asked;
  return clbossWishes(
    {
      node: {
        peerChannels: async () => asked.fresh ?? channels,
        leftOut: () => asked.leftOut ?? 0,
      },
      channels: () => channels,
      known: { get: () => undefined },
      rulings: () => (facts) => {
        const index = Number.parseInt(facts.channelId, 16);
        return { policy: { ...DYNAMIC, ...policies.get(index) }, subject: undefined };
      },
      authority: () => authority,
      config: () => ({ ...CONFIG, ...asked.config }),
      clock: new ManualClock(unixMs(1_790_000_000_000)),
    },
    new Set(asked.held),
  );
}
const wantedOf = async (asked: Asked) => (await wishes(asked)).wanted;
const of = (n: number, ...tags: string[]) => new Map([[nodeId(n), tags]]);

test('at fees it is the fees, at full rebalancing as well, in observe and without clboss_enabled nothing', async () => {
  expect(await wantedOf({ authority: 'fees' })).toEqual(of(1, 'lnfee'));
  expect(await wantedOf({ authority: 'full' })).toEqual(of(1, 'lnfee', 'balance'));
  expect(await wantedOf({ authority: 'observe' })).toEqual(new Map());
  expect(await wantedOf({ config: { clboss_enabled: false } })).toEqual(new Map());
});

test.each<[string, Partial<Policy>, readonly string[]]>([
  ['passive gives the peer back', { strategy: 'passive' }, []],
  ['a pinned price is ours', { strategy: 'static' }, ['lnfee', 'balance']],
  ['of the hive: clboss cannot ask 0 ppm', { strategy: 'hive' }, ['lnfee', 'balance']],
  ['not rebalanced', { mode: 'disabled' }, ['lnfee']],
  ['only drained', { mode: 'source_only' }, ['lnfee', 'balance']],
])('%s', async (_, policy, tags) => {
  const wanted = await wantedOf({ policies: new Map([[1, policy]]) });
  expect(wanted.get(nodeId(1)) ?? []).toEqual(tags);
});

test('an unannounced channel is priced, and moved only when its policy says so', async () => {
  const channels = [peerChannel(1, { isPrivate: true })];
  expect(await wantedOf({ channels })).toEqual(of(1, 'lnfee'));
  const policies = new Map([[1, { mode: 'enabled' as const }]]);
  expect(await wantedOf({ channels, policies })).toEqual(of(1, 'lnfee', 'balance'));
});

test('a peer stays ours while one of its channels is', async () => {
  const channels = [peerChannel(1), peerChannel(2, { peerId: nodeId(1) })];
  const policies = new Map([[1, { strategy: 'passive' as const }]]);
  expect(await wantedOf({ channels, policies })).toEqual(of(1, 'lnfee', 'balance'));
});

test('a channel that is closing or not yet open is nobody’s to price', async () => {
  const states = ['CHANNELD_AWAITING_LOCKIN', 'CHANNELD_SHUTTING_DOWN', 'ONCHAIN'] as const;
  const channels = states.map((state, n) => peerChannel(n, { state }));
  expect(await wantedOf({ channels })).toEqual(new Map());
});

test('of a canary only the channels that are priced', async () => {
  const channels = Array.from({ length: 40 }, (_, n) => peerChannel(n));
  const wanted = await wantedOf({ channels, authority: 'fees', config: { canary_share: 0.25 } });
  const among = channels.filter(({ channelId: id }) => inCanary(id, share(0.25)));
  expect(among.length).toBeGreaterThan(2);
  expect(among.length).toBeLessThan(30);
  expect([...wanted.keys()]).toEqual(among.map(({ peerId }) => peerId));
});

test('a peer is let go as closed only when lightningd, asked again, shows no channel and left none out', async () => {
  const held = [nodeId(1), nodeId(2)];
  const both = [peerChannel(1), peerChannel(2)];
  const closed = await wishes({ held, channels: [peerChannel(1)] });
  expect([closed.wanted.has(nodeId(2)), closed.unseen.size]).toEqual([false, 0]);
  const late = await wishes({ held, channels: [peerChannel(1)], fresh: both });
  expect(late.wanted.has(nodeId(2))).toBe(true);
  const unreadable = await wishes({ held, channels: [peerChannel(1)], leftOut: 1 });
  expect(unreadable.unseen).toEqual(new Set([nodeId(2)]));
});

test('before the first look lightningd is asked', async () => {
  expect(await wantedOf({ channels: [], fresh: [peerChannel(1)], authority: 'fees' })).toEqual(
    of(1, 'lnfee'),
  );
});
