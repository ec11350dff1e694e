/**
 * The on-chain side of a simulated node: what opened its channels, what a test opens, splices, closes and withdraws,
 * and the rows lightningd would record of it (facts/cln.md, recorded on v26.06.6). A market has no block chain: these
 * are records and a wallet, a channel that is closed here goes on in the market until that closes it too.
 */
import { type ChannelId, type Msat, msat, type NodeId, type UnixMs } from '../../core/units.ts';
import type { ChainAccount, ChainMove } from '../../ports/chain-records.ts';
import { fundingTxid } from '../embedded-node/identity.ts';
import { hashFrom } from '../identities.ts';
import type { SimChannel } from '../market/market.ts';
import { type Coin, Coins } from './coins.ts';
import { sizeOf } from './sizes.ts';

/** Seen from outside: the row, and the peer lightningd names beside it. */
export type ChainRow = ChainMove & { readonly peerId: NodeId | undefined };
/** What a transaction really cost, whatever its rows say; `channelId` undefined: the wallet. */
export type ChainFee = {
  readonly txid: string;
  readonly channelId: ChannelId | undefined;
  readonly amount: Msat;
  readonly at: UnixMs;
};
export type ChainMoment = {
  readonly at: UnixMs;
  readonly height: number;
  readonly satPerVbyte: number;
};
type Funded = Pick<SimChannel, 'channelId' | 'peerId' | 'opener' | 'capacity' | 'toUs'>;
type Funding = { readonly txid: string; readonly vout: number; readonly capacity: bigint };

const WALLET: ChainAccount = { kind: 'wallet' };
const EXTERNAL: ChainAccount = { kind: 'external' };
const ANCHOR = 330_000n;
const wholeSat = (amount: bigint): bigint => amount - (amount % 1000n);
const ours = (channel: Funded): bigint => wholeSat(BigInt(Math.floor(channel.toUs)));
const accountOf = ({ channelId }: Funded): ChainAccount => ({ kind: 'channel', channelId });

export class ChainLife {
  readonly rows: ChainRow[] = [];
  readonly fees: ChainFee[] = [];
  readonly coins = new Coins();
  readonly #name: string;
  readonly #now: () => ChainMoment;
  readonly #fundings = new Map<ChannelId, Funding>();
  /** Our delayed output of a unilateral close, until it is swept. */
  readonly #delayed = new Map<ChannelId, Coin>();
  #transactions = 0;

  /** `name`: lives of the same name have the same transactions. */
  constructor(name: string, now: () => ChainMoment) {
    this.#name = name;
    this.#now = now;
  }

  /** Where a channel is anchored; undefined: nothing of it is known on the chain. */
  funding(channelId: ChannelId): Funding | undefined {
    return this.#fundings.get(channelId);
  }

  /** A stranger pays us. */
  deposit(amount: bigint, moment = this.#now()): void {
    const txid = this.#txid();
    this.#credit({ txid, vout: 0, amount, height: moment.height }, moment);
  }

  /** We pay a stranger; `fee` in msat, else by the market. */
  withdraw(amount: bigint, fee?: bigint, moment = this.#now()): void {
    const paid = fee ?? sizeOf('withdrawal', 1) * rate(moment);
    const txid = this.#txid();
    this.#spend(txid, amount + paid, 1, moment);
    this.#row(moment, {
      account: EXTERNAL,
      origin: WALLET,
      credit: amount,
      tag: 'deposit',
      outpoint: { txid, vout: 0 },
      output: amount,
    });
    this.#paid(txid, [undefined], paid, moment.at);
  }

  /** One transaction that opens them; the whole capacity is ours. Returns its fee. */
  open(channels: readonly Funded[], moment = this.#now()): bigint {
    const fee = sizeOf('open', channels.length) * rate(moment);
    const total = channels.reduce((sum, { capacity }) => sum + BigInt(capacity), 0n);
    const [first] = channels;
    if (first === undefined) return 0n;
    const txid = fundingTxid(first.channelId);
    this.#spend(txid, total + fee, channels.length, moment);
    for (const [vout, channel] of channels.entries()) {
      const capacity = BigInt(channel.capacity);
      this.#fund(channel, { txid, vout, capacity }, capacity, ['opener'], moment);
    }
    this.#paid(
      txid,
      channels.map(({ channelId }) => channelId),
      fee,
      moment.at,
    );
    return fee;
  }

  /** A peer opens one: it costs us nothing. */
  openedByPeer(channel: Funded, moment = this.#now()): void {
    const capacity = BigInt(channel.capacity);
    const txid = fundingTxid(channel.channelId);
    this.#fund(channel, { txid, vout: 0, capacity }, 0n, [], moment);
  }

  /** The opener pays for it. */
  closeMutually(channel: Funded, moment = this.#now()): void {
    const txid = this.#txid();
    const part = ours(channel);
    const fee = sizeOf('close', 1) * rate(moment);
    const [kept, theirs, paid] = split(channel, this.#capacity(channel), fee);
    const toUs = kept > 0n;
    const count = Number(toUs) + Number(theirs > 0n);
    if (toUs) this.#credit({ txid, vout: 0, amount: kept, height: moment.height }, moment, channel);
    this.#close(channel, txid, part, count, moment);
    if (theirs > 0n) this.#theirs(channel, { txid, vout: Number(toUs) }, 'to_them', theirs, moment);
    this.#paid(txid, [channel.channelId], paid, moment.at);
  }

  /** With anchors. Closed by us, our part waits for `sweep`; by the peer, it is in the wallet at once. */
  closeUnilaterally(channel: Funded, by: 'us' | 'them', moment = this.#now()): void {
    const txid = this.#txid();
    const fee = sizeOf('commitment', 1) * rate(moment) + 2n * ANCHOR;
    const [kept, theirs, paid] = split(channel, this.#capacity(channel), fee);
    const count = 2 + Number(kept > 0n) + Number(theirs > 0n);
    this.#close(channel, txid, ours(channel), count, moment);
    for (const vout of [0, 1]) this.#theirs(channel, { txid, vout }, 'anchor', ANCHOR, moment);
    if (theirs > 0n)
      this.#theirs(channel, { txid, vout: kept > 0n ? 3 : 2 }, 'to_them', theirs, moment);
    const coin = { txid, vout: 2, amount: kept, height: moment.height };
    if (kept > 0n && by === 'us') this.#delayed.set(channel.channelId, coin);
    if (kept > 0n && by === 'them') this.#credit(coin, moment, channel);
    this.#paid(txid, [channel.channelId], paid, moment.at);
  }

  /** The delay is over: only now lightningd records our output of the close at all. */
  sweep(channel: Funded, moment = this.#now()): void {
    const coin = this.#delayed.get(channel.channelId);
    if (coin === undefined) return;
    this.#delayed.delete(channel.channelId);
    const txid = this.#txid();
    const wanted = sizeOf('sweep', 1) * rate(moment);
    const fee = wanted < coin.amount ? wanted : coin.amount;
    const { amount, height } = coin;
    const outpoint = { txid: coin.txid, vout: coin.vout };
    const account = accountOf(channel);
    this.#credit({ txid, vout: 0, amount: amount - fee, height: moment.height }, moment);
    const made = { ...moment, height };
    this.#row(made, { account, credit: amount, tag: 'delayed_to_us', outpoint, output: amount });
    this.#row(moment, {
      account,
      debit: amount,
      tag: 'to_wallet',
      outpoint,
      spendingTxid: txid,
      output: amount,
    });
    this.#paid(txid, [channel.channelId], fee, moment.at);
  }

  /** Grows (from the wallet) or shrinks (into it) by `change` msat; the fee comes from the wallet or from what leaves. */
  splice(channel: Funded, change: bigint, moment = this.#now()): void {
    const fee = sizeOf('splice', 1) * rate(moment);
    const txid = this.#txid();
    const before = ours(channel);
    const capacity = this.#capacity(channel);
    this.#close(channel, txid, before, undefined, moment, ['splice']);
    if (change > 0n) this.#spend(txid, change + fee, 1, moment);
    else this.#credit({ txid, vout: 1, amount: -change - fee, height: moment.height }, moment);
    const anchored = { txid, vout: 0, capacity: capacity + change };
    this.#fund(channel, anchored, before + change, [], moment);
    this.#paid(txid, [channel.channelId], fee, moment.at);
  }

  #txid(): string {
    this.#transactions += 1;
    return hashFrom(`transaction/${this.#name}/${this.#transactions}`);
  }

  #capacity(channel: Funded): bigint {
    return this.#fundings.get(channel.channelId)?.capacity ?? BigInt(channel.capacity);
  }

  #row(
    { at, height }: ChainMoment,
    row: Pick<ChainMove, 'account' | 'tag' | 'outpoint'> & {
      readonly output: bigint;
      readonly credit?: bigint;
      readonly debit?: bigint;
    } & Partial<Pick<ChainRow, 'origin' | 'extraTags' | 'spendingTxid' | 'outputCount' | 'peerId'>>,
  ): void {
    this.rows.push({
      origin: undefined,
      extraTags: [],
      spendingTxid: undefined,
      outputCount: undefined,
      peerId: undefined,
      ...row,
      index: this.rows.length + 1,
      credit: msat(row.credit ?? 0n),
      debit: msat(row.debit ?? 0n),
      output: msat(row.output),
      at,
      height,
    });
  }

  /** Money arrives in the wallet. */
  #credit(coin: Coin, moment: ChainMoment, from?: Funded): void {
    const { txid, vout, amount } = coin;
    this.coins.add(coin);
    this.#row(moment, {
      account: WALLET,
      origin: from && accountOf(from),
      credit: amount,
      tag: 'deposit',
      outpoint: { txid, vout },
      output: amount,
    });
  }

  /** Inputs of the wallet, then its change at `vout`. */
  #spend(txid: string, amount: bigint, vout: number, moment: ChainMoment): void {
    const taken = this.coins.take(amount);
    for (const coin of taken)
      this.#row(moment, {
        account: WALLET,
        debit: coin.amount,
        tag: 'withdrawal',
        outpoint: { txid: coin.txid, vout: coin.vout },
        spendingTxid: txid,
        output: coin.amount,
      });
    const change = taken.reduce((sum, coin) => sum + coin.amount, -amount);
    if (change > 0n) this.#credit({ txid, vout, amount: change, height: moment.height }, moment);
  }

  #fund(
    channel: Funded,
    funding: Funding,
    credit: bigint,
    extraTags: readonly string[],
    moment: ChainMoment,
  ): void {
    const { txid, vout, capacity } = funding;
    this.#fundings.set(channel.channelId, funding);
    this.#row(moment, {
      account: accountOf(channel),
      credit,
      tag: 'channel_open',
      extraTags,
      outpoint: { txid, vout },
      peerId: channel.peerId,
      output: capacity,
    });
  }

  #close(
    channel: Funded,
    spendingTxid: string,
    debit: bigint,
    outputCount: number | undefined,
    moment: ChainMoment,
    extraTags: readonly string[] = [],
  ): void {
    const known = this.#fundings.get(channel.channelId);
    const { txid, vout } = known ?? { txid: fundingTxid(channel.channelId), vout: 0 };
    this.#row(moment, {
      account: accountOf(channel),
      debit,
      tag: 'channel_close',
      extraTags,
      outpoint: { txid, vout },
      peerId: channel.peerId,
      spendingTxid,
      output: this.#capacity(channel),
      outputCount,
    });
  }

  /** An output of a close that is not ours. */
  #theirs(
    channel: Funded,
    outpoint: ChainMove['outpoint'],
    tag: string,
    credit: bigint,
    moment: ChainMoment,
  ): void {
    const origin = accountOf(channel);
    this.#row(moment, { account: EXTERNAL, origin, credit, tag, outpoint, output: credit });
  }

  #paid(txid: string, channels: readonly (ChannelId | undefined)[], fee: bigint, at: UnixMs): void {
    const each = fee / BigInt(channels.length);
    const rest = fee % BigInt(channels.length);
    for (const [i, channelId] of channels.entries()) {
      const amount = msat(BigInt(i) < rest ? each + 1n : each);
      if (amount > 0n) this.fees.push({ txid, channelId, amount, at });
    }
  }
}

/** msat a virtual byte, in whole satoshi. */
const rate = ({ satPerVbyte }: ChainMoment): bigint => BigInt(Math.ceil(satPerVbyte)) * 1000n;

/** What is left to us and to them when the opener pays `fee`, and how much of it we paid. */
function split(channel: Funded, capacity: bigint, fee: bigint): readonly [bigint, bigint, bigint] {
  const mine = ours(channel);
  const theirs = wholeSat(capacity - mine);
  const payer = channel.opener === 'local' ? mine : theirs;
  const paid = fee < payer ? fee : payer;
  return channel.opener === 'local' ? [mine - paid, theirs, paid] : [mine, theirs - paid, 0n];
}
