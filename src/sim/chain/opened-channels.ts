/** The chain of a node whose channels are there already: each was opened by a transaction of its own time. */
import { blockOf } from '../../core/books/age.ts';
import { DAY_MS, fromSat, laterBy, type UnixMs } from '../../core/units.ts';
import type { Market, SimChannel } from '../market/market.ts';
import { ChainLife, type ChainMoment } from './chain-life.ts';
import { sizeOf } from './sizes.ts';

/** What is left in the wallet afterwards: 5 000 000 sat, one confirmed output. */
const START_WALLET = fromSat(5_000_000);
/** Channels we opened within so much time were opened together, as far as one transaction is meant to hold. */
const TOGETHER_MS = 7 * DAY_MS;
const MOST_TOGETHER = 3;

export function chainOf(market: Market): ChainLife {
  const moment = (at: UnixMs, height: number): ChainMoment => ({
    at,
    height,
    satPerVbyte: market.satPerVbyte(),
  });
  const life = new ChainLife(String(market.seed), () => moment(market.now(), market.blockHeight()));
  const groups = grouped(market.channels());
  const oldest = groups[0]?.[0];
  const began = laterBy(oldest?.openedAt ?? market.now(), -DAY_MS);
  const below = oldest === undefined ? market.blockHeight() : blockOf(oldest.scid) - 1;
  const price = BigInt(Math.ceil(market.satPerVbyte())) * 1000n;
  const needed = groups
    .filter(([one]) => one?.opener === 'local')
    .reduce((sum, group) => sum + capacityOf(group) + sizeOf('open', group.length) * price, 0n);
  life.deposit(needed + START_WALLET, moment(began, below));
  for (const group of groups) {
    const [one] = group;
    if (one === undefined) continue;
    const at = moment(one.openedAt, blockOf(one.scid));
    if (one.opener === 'local') life.open(group, at);
    else life.openedByPeer(one, at);
  }
  return life;
}

const capacityOf = (group: readonly SimChannel[]): bigint =>
  group.reduce((sum, { capacity }) => sum + BigInt(capacity), 0n);

/** In order of time; what peers opened stands alone. */
function grouped(channels: readonly SimChannel[]): readonly (readonly SimChannel[])[] {
  const groups: SimChannel[][] = [];
  let open: SimChannel[] | undefined;
  for (const channel of channels.toSorted((a, b) => a.openedAt - b.openedAt || a.index - b.index)) {
    const since = open?.[0]?.openedAt ?? Number.NEGATIVE_INFINITY;
    const isOurs = channel.opener === 'local';
    if (isOurs && open && open.length < MOST_TOGETHER && channel.openedAt - since < TOGETHER_MS) {
      open.push(channel);
      continue;
    }
    const group = [channel];
    groups.push(group);
    if (isOurs) open = group;
  }
  return groups;
}
