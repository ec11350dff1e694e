/**
 * Gossip discipline (SPEC 3.8): a channel_update costs every node of the network, so a price is sent only when it
 * is really another one, and at most 4 times a day. What is not sent stays the target; nothing restarts.
 */
import { type Band, DAY_MS, HOUR_MS, type UnixMs } from '../units.ts';
import { percent, plain } from '../wording.ts';
import type { ChannelFeeState, FeeMarket, FeeObservation, Step } from './types.ts';
import { isEpisode, type Wish } from './verdict.ts';

/** SPEC 3.8: 4 a day refill a bucket of 2, and never more than 4 in any 24 h. */
const PER_DAY = 4;
const BURST = 2;
const TOKEN_MS = DAY_MS / PER_DAY;
/** SPEC 3.8: more than 5 % of the last broadcast and at least 1 ppm. */
const DEADBAND = 0.05;
const LEAST_PPM = 1;
/** Its own token and the one to leave with. */
const ENTRY_TOKENS = 2;
/** SPEC, words: nothing is sent until the peer has been back 10 minutes. */
const SETTLED_MS = HOUR_MS / 6;

export type GossipVerdict = {
  readonly kind: 'send' | 'equal' | 'near' | 'wait';
  /** Why the number is not on the node; undefined: the wish's own binding stands. */
  readonly binding: string | undefined;
  readonly step: Step;
};

/** Tokens at a moment, refilled continuously; negative after commands. */
export function tokensAt({ gossip }: ChannelFeeState, at: UnixMs): number {
  const refilled = gossip.tokens + Math.max(0, at - gossip.at) / TOKEN_MS;
  return Math.min(BURST, refilled);
}

/** Channel updates of ours in the last 24 h. */
export const updatesOfLastDay = ({ sends }: ChannelFeeState, at: UnixMs): number =>
  sends.filter((send) => send.gossip && send.at > at - DAY_MS).length;

/** Whether a change is worth a message: > 5 % of what the node has and ≥ 1 ppm. */
export function isWorthSending(from: number, to: number): boolean {
  const change = Math.abs(to - from);
  return change > from * DEADBAND && change >= LEAST_PPM;
}

/** The least whole move of a price that would be sent, ppm. */
export const leastMove = (from: number): number =>
  Math.max(LEAST_PPM, Math.floor(from * DEADBAND) + 1);

/** The peer is away, or has not been back for 10 minutes; undefined: it is settled. */
function peerAway(seen: FeeObservation): string | undefined {
  if (!seen.connected) return 'the peer is away';
  if (seen.connectedForMs === undefined) return 'it is not known how long the peer has been back';
  if (seen.connectedForMs < SETTLED_MS)
    return `the peer has been back for ${plain(seen.connectedForMs / 60_000, 0)} min, not 10`;
  return undefined;
}

/**
 * cl-hive writes 0 ppm on all its channels when it starts, those of neophytes and of peers with the operator's own
 * policy included (SPEC 8). That is no price to learn from and nobody to yield to: ours returns.
 */
export const isZeroedByHive = ({ fleet, onNode }: FeeObservation): boolean =>
  fleet === true && onNode.ppm === 0 && onNode.base === 0n;

const nodeCapReached = (market: FeeMarket): boolean =>
  !(market.gossipSentToday < market.gossipMaxPerDay);

/** Why rules 1 to 3 cannot be entered now; undefined: they can, and can be left again. */
export function entryBarred(
  seen: FeeObservation,
  state: ChannelFeeState,
  market: FeeMarket,
): string | undefined {
  const away = peerAway(seen);
  if (away !== undefined || !seen.announced) return away;
  if (nodeCapReached(market)) return `the node sent ${market.gossipSentToday} updates today`;
  const tokens = tokensAt(state, seen.at);
  if (tokens < ENTRY_TOKENS) return `entering needs 2 gossip tokens, there are ${plain(tokens)}`;
  if (updatesOfLastDay(state, seen.at) + ENTRY_TOKENS > PER_DAY)
    return 'entering and leaving would be more than 4 updates in a day';
  return undefined;
}

const same = (wish: Wish, { onNode }: FeeObservation): boolean =>
  wish.ppm === onNode.ppm &&
  wish.base === onNode.base &&
  (wish.htlcMax === undefined || wish.htlcMax === onNode.htlcMax);

/** Whether the wish is sent now. */
export function gossip(
  seen: FeeObservation,
  state: ChannelFeeState,
  market: FeeMarket,
  wish: Wish,
  band: Band,
): GossipVerdict {
  const from = seen.onNode.ppm;
  const change = `${from} → ${wish.ppm} ppm`;
  if (same(wish, seen)) return keep('equal', undefined, `the node has ${from} ppm already`);
  const away = peerAway(seen);
  if (away !== undefined) return keep('wait', 'gossip: peer away', `${change} waits: ${away}`);
  const moved = wish.rule !== state.ruledBy;
  if (wish.rule === 'policy') return send(`${change}: a policy is always sent`);
  if (moved && state.ruledBy !== 'price')
    return send(`${change}: leaving ${state.ruledBy} never waits`);
  if (moved) return send(`${change}: entering ${wish.rule}`);
  const due = dueAtOnce(seen, wish, band);
  if (due === undefined && !isWorthSending(from, wish.ppm))
    return keep(
      'near',
      'gossip: deadband',
      `${change} is ${percent(Math.abs(wish.ppm - from) / Math.max(1, from))}, not more than 5 %`,
    );
  const why = due ?? `${percent(Math.abs(wish.ppm - from) / Math.max(1, from))} is worth a message`;
  return afford(seen, state, market, wish, { change, why, due: due !== undefined });
}

/** Why the 5 % do not matter; undefined: they do. */
function dueAtOnce({ onNode }: FeeObservation, wish: Wish, band: Band): string | undefined {
  if (isEpisode(wish.rule)) return `the price of ${wish.rule} is another`;
  if (onNode.base !== wish.base) return `the base fee is ${onNode.base} msat, not ${wish.base}`;
  if (onNode.ppm < band.floor) return `the node asks less than the floor of ${band.floor} ppm`;
  if (onNode.ppm > band.ceiling)
    return `the node asks more than the ceiling of ${band.ceiling} ppm`;
  return undefined;
}

type Reason = { readonly change: string; readonly why: string; readonly due: boolean };

/** Node-wide cap, 4 in 24 h, and the bucket, of which learning never takes the last token. */
function afford(
  seen: FeeObservation,
  state: ChannelFeeState,
  market: FeeMarket,
  wish: Wish,
  { change, why, due }: Reason,
): GossipVerdict {
  if (!seen.announced) return send(`${change}: ${why}; unannounced, no token`);
  // A price that nobody decided does not stay for a day because others were set; the channel's own four bound it.
  if (nodeCapReached(market) && !isZeroedByHive(seen))
    return keep(
      'wait',
      'gossip: node cap',
      `${change} waits: ${market.gossipSentToday} of ${market.gossipMaxPerDay} updates of the node are used today`,
    );
  const today = updatesOfLastDay(state, seen.at);
  if (today >= PER_DAY)
    return keep('wait', 'gossip: day', `${change} waits: ${today} updates in the last 24 h`);
  const tokens = tokensAt(state, seen.at);
  const needed = !due && wish.learning === true ? ENTRY_TOKENS : 1;
  if (tokens < needed)
    return keep(
      'wait',
      'gossip: token',
      `${change} waits: ${plain(tokens)} tokens, ${needed === 1 ? 'one is needed' : 'learning never takes the last'}`,
    );
  return send(`${change}: ${why}, ${plain(tokens)} tokens`);
}

const send = (because: string): GossipVerdict => ({
  kind: 'send',
  binding: undefined,
  step: { rule: 'gossip', verdict: 'applies', because },
});

const keep = (
  kind: 'equal' | 'near' | 'wait',
  binding: string | undefined,
  because: string,
): GossipVerdict => ({ kind, binding, step: { rule: 'gossip', verdict: 'passes', because } });
