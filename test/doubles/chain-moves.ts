/** Rows of the node's chain moves as lightningd writes them, in whole satoshi. */
import type { ChainAccount, ChainMove } from '../../src/core/books/chain-move.ts';
import { type ChannelId, fromSat, parseChannelId, unixMs } from '../../src/core/units.ts';

export function accountId(number: number): ChannelId {
  const id = parseChannelId(number.toString(16).padStart(64, 'c'));
  if (id === undefined) throw new RangeError(`no channel id from ${number}`);
  return id;
}
export const txidOf = (name: string): string =>
  Buffer.from(name).toString('hex').padStart(64, '0').slice(0, 64);

export const WALLET: ChainAccount = { kind: 'wallet' };
const EXTERNAL: ChainAccount = { kind: 'external' };
export const channel = (number: number): ChainAccount => ({
  kind: 'channel',
  channelId: accountId(number),
});

type Made = Partial<Omit<ChainMove, 'output'>> & { readonly output?: number };
let rows = 0;

/** An output that a transaction made, by its name; `sat` is ours. */
export function made(
  txid: string,
  vout: number,
  account: ChainAccount,
  sat: number,
  tag: string,
  changes: Made = {},
): ChainMove {
  const { output, ...rest } = changes;
  rows += 1;
  return {
    index: rows,
    account,
    origin: undefined,
    credit: fromSat(sat),
    debit: fromSat(0),
    at: unixMs(1_795_230_288_000),
    tag,
    extraTags: [],
    outpoint: { txid: txidOf(txid), vout },
    spendingTxid: undefined,
    output: fromSat(output ?? sat),
    outputCount: undefined,
    height: 112,
    ...rest,
  };
}

/** `[name, vout]` of another transaction, spent by this one; `sat` was ours. */
export function spent(
  txid: string,
  [from, vout]: readonly [string, number],
  account: ChainAccount,
  sat: number,
  tag: string,
  changes: Made = {},
): ChainMove {
  const row = made(from, vout, account, 0, tag, { output: sat, ...changes });
  return { ...row, debit: fromSat(sat), spendingTxid: txidOf(txid) };
}

/** Rows of one transaction called `tx`, in satoshi. */
export const OF_WALLET = { origin: WALLET };
export const input = (sat: number, vout = 0): ChainMove =>
  spent('tx', ['old', vout], WALLET, sat, 'withdrawal');
export const change = (vout: number, sat: number): ChainMove =>
  made('tx', vout, WALLET, sat, 'deposit');
export const open = (
  vout: number,
  number: number,
  sat: number,
  more: Made = { extraTags: ['opener'] },
): ChainMove => made('tx', vout, channel(number), sat, 'channel_open', more);
/** Of channel 1, which held `output` in all. */
export const close = (sat: number, output: number, outputCount?: number): ChainMove =>
  spent('tx', ['funding', 0], channel(1), sat, 'channel_close', { output, outputCount });
export const spliced = (sat: number, output = sat, more: Made = {}): ChainMove => {
  const rest = { extraTags: ['splice'], output, ...more };
  return spent('tx', ['funding', 0], channel(1), sat, 'channel_close', rest);
};
/** From channel 1 unless told. */
export const external = (
  vout: number,
  sat: number,
  tag = 'to_them',
  more: Made = { origin: channel(1) },
): ChainMove => made('tx', vout, EXTERNAL, sat, tag, more);
export const ANCHORS = [external(0, 330, 'anchor'), external(1, 330, 'anchor')];
export const DELAYED = made('tx', 2, channel(1), 850_000, 'delayed_to_us');
