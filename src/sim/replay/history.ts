/** Settled forwards and channels of a real node, read from CSV. Amounts in msat. */
import { eachRow, MalformedCsv, readText } from './csv.ts';

/** A settled forward; `t` in unix seconds, channels by the file's own names. */
export type PastForward = {
  readonly t: number;
  readonly inChan: string;
  readonly outChan: string;
  readonly inMsat: number;
  readonly outMsat: number;
};

/** An open channel at the moment of the file. */
export type PastChannel = {
  readonly chan: string;
  readonly fundingBlock: number;
  readonly opener: 'local' | 'remote';
  readonly total: number;
  readonly toUs: number;
  readonly ours: { readonly base: number; readonly ppm: number; readonly htlcMax: number };
  readonly theirs: { readonly base: number; readonly ppm: number; readonly htlcMax: number };
  readonly connected: boolean;
};

const FORWARD_COLUMNS = ['t', 'in_chan', 'out_chan', 'in_msat', 'out_msat', 'fee_msat'] as const;

/** Ascending in time, equal times as in the file. The fee must be what came in less what went out. */
export function parseHistory(text: string): readonly PastForward[] {
  const forwards: PastForward[] = [];
  eachRow(text, FORWARD_COLUMNS, (row) => {
    const [inMsat, outMsat] = [row.whole('in_msat'), row.whole('out_msat')];
    const fee = row.whole('fee_msat');
    if (inMsat - outMsat !== fee)
      throw new MalformedCsv(row.line, 'fee_msat', `${fee} is not ${inMsat} − ${outMsat}`);
    const [inChan, outChan] = [row.text('in_chan'), row.text('out_chan')];
    forwards.push({ t: row.whole('t'), inChan, outChan, inMsat, outMsat });
  });
  return forwards.sort((a, b) => a.t - b.t);
}

const CHANNEL_COLUMNS = [
  'chan',
  'funding_block',
  'opener',
  'total_msat',
  'to_us_msat',
  'our_base',
  'our_ppm',
  'our_htlc_max',
  'peer_base',
  'peer_ppm',
  'peer_htlc_max',
  'connected',
] as const;

export function parseChannels(text: string): readonly PastChannel[] {
  const channels: PastChannel[] = [];
  const seen = new Set<string>();
  eachRow(text, CHANNEL_COLUMNS, (row) => {
    const chan = row.text('chan');
    if (seen.has(chan)) throw new MalformedCsv(row.line, 'chan', `'${chan}' occurs twice`);
    seen.add(chan);
    const opener = row.text('opener');
    if (opener !== 'local' && opener !== 'remote')
      throw new MalformedCsv(row.line, 'opener', `'${opener}' is neither local nor remote`);
    const [total, toUs] = [row.whole('total_msat'), row.whole('to_us_msat')];
    if (toUs > total) throw new MalformedCsv(row.line, 'to_us_msat', `${toUs} of ${total}`);
    const policy = (of: 'our' | 'peer') => ({
      base: row.whole(`${of}_base`),
      ppm: row.whole(`${of}_ppm`),
      htlcMax: row.whole(`${of}_htlc_max`),
    });
    const connected = row.whole('connected') === 1;
    const fundingBlock = row.whole('funding_block');
    const [ours, theirs] = [policy('our'), policy('peer')];
    channels.push({ chan, fundingBlock, opener, total, toUs, ours, theirs, connected });
  });
  return channels;
}

/** Throws MalformedCsv, naming line and column. */
export const readHistory = (path: string): readonly PastForward[] => parseHistory(readText(path));
/** Throws MalformedCsv, naming line and column. */
export const readChannels = (path: string): readonly PastChannel[] => parseChannels(readText(path));

/** What went through a channel, exactly; msat. Fees belong to the channel they left by. */
export type ChannelSums = {
  readonly inCount: number;
  readonly inMsat: number;
  readonly outCount: number;
  readonly outMsat: number;
  readonly feesMsat: number;
};

const NOTHING: ChannelSums = { inCount: 0, inMsat: 0, outCount: 0, outMsat: 0, feesMsat: 0 };

/** The exact totals that whoever reads this history must arrive at. */
export function sumHistory(forwards: readonly PastForward[]): ReadonlyMap<string, ChannelSums> {
  const sums = new Map<string, ChannelSums>();
  for (const { inChan, outChan, inMsat, outMsat } of forwards) {
    const came = sums.get(inChan) ?? NOTHING;
    sums.set(inChan, { ...came, inCount: came.inCount + 1, inMsat: came.inMsat + inMsat });
    const left = sums.get(outChan) ?? NOTHING;
    sums.set(outChan, {
      ...left,
      outCount: left.outCount + 1,
      outMsat: left.outMsat + outMsat,
      feesMsat: left.feesMsat + inMsat - outMsat,
    });
  }
  return sums;
}
