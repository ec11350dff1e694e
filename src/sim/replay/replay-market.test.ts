import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { DAY_MS, parseNodeId, parseScid, unixMs } from '../../core/units.ts';
import type { MarketEvent } from '../market/market.ts';
import { MalformedCsv } from './csv.ts';
import {
  type ChannelSums,
  type PastForward,
  parseChannels,
  parseHistory,
  readChannels,
  readHistory,
  sumHistory,
} from './history.ts';
import { ReplayMarket } from './replay-market.ts';

const FORWARDS = `t,in_chan,out_chan,in_msat,out_msat,fee_msat
1700000000,c001,c002,50001000,50000000,1000
1700000010,c002,c001,20000500,20000000,500
1700086400,c001,c002,10000100,10000000,100
1700086400,c003,c002,7000007,7000000,7
`;
const CHANNELS = `chan,funding_block,opener,total_msat,to_us_msat,our_base,our_ppm,our_htlc_max,peer_base,peer_ppm,peer_htlc_max,connected
c002,800000,remote,2000000000,1500000000,1000,92,990000000,0,40,990000000,1
c001,800001,local,1000000000,300000000,0,10,990000000,1000,1,990000000,0
`;
const LIVE = unixMs(1_700_086_400_000);
const replay = (liveFrom = LIVE) =>
  new ReplayMarket({
    forwards: parseHistory(FORWARDS),
    channels: parseChannels(CHANNELS),
    liveFrom,
  });
const failure = (parse: () => unknown): { line: number; column: string } | undefined => {
  try {
    parse();
  } catch (error) {
    if (error instanceof MalformedCsv) return { line: error.line, column: error.column };
    throw error;
  }
  return undefined;
};
const settledOf = (events: readonly MarketEvent[]) =>
  events.flatMap((event) => (event.kind === 'forward' && event.phase === 'settled' ? [event] : []));
function live(market: ReplayMarket, until: number): MarketEvent[] {
  const events: MarketEvent[] = [];
  market.advance(unixMs(until), (event) => void events.push(event));
  return events;
}

describe('reading a history', () => {
  const broken = (from: string, to: string) =>
    failure(() => parseHistory(FORWARDS.replace(from, to)));

  it('names line and column of what is wrong', () => {
    expect(broken('20000500', 'lots')).toEqual({ line: 3, column: 'in_msat' });
    expect(broken('20000500', '-1')).toEqual({ line: 3, column: 'in_msat' });
    expect(broken('1700000010', '')).toEqual({ line: 3, column: 't' });
    expect(broken('1700000010', '1e9')).toEqual({ line: 3, column: 't' });
    expect(broken(',500\n', ',501\n')).toEqual({ line: 3, column: 'fee_msat' });
    expect(broken(',500\n', '\n')).toEqual({ line: 3, column: '*' });
    expect(broken('out_chan', 'elsewhere')).toEqual({ line: 1, column: 'out_chan' });
    expect(broken('10000100', '9007199254740993')).toEqual({ line: 4, column: 'in_msat' });
  });

  it('refuses an impossible channel', () => {
    const wrong = (from: string, to: string) =>
      failure(() => parseChannels(CHANNELS.replace(from, to)));
    expect(wrong('remote', 'both')).toEqual({ line: 2, column: 'opener' });
    expect(wrong('300000000', '3000000000')).toEqual({ line: 3, column: 'to_us_msat' });
    expect(wrong('c001', 'c002')).toEqual({ line: 3, column: 'chan' });
  });

  it('sums are exact per channel, fees on the out channel', () => {
    expect(sumHistory(parseHistory(FORWARDS)).get('c002')).toEqual({
      inCount: 1,
      inMsat: 20_000_500,
      outCount: 3,
      outMsat: 67_000_000,
      feesMsat: 1107,
    });
  });

  const folder = mkdtempSync(resolve(tmpdir(), 'history-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  it('reads plain and gzipped files alike', () => {
    writeFileSync(resolve(folder, 'a.csv'), FORWARDS);
    writeFileSync(resolve(folder, 'a.csv.gz'), gzipSync(FORWARDS));
    expect(readHistory(resolve(folder, 'a.csv.gz'))).toEqual(readHistory(resolve(folder, 'a.csv')));
  });
});

describe('replay', () => {
  it('what is before liveFrom is history, the rest comes live: offered, then settled', () => {
    const market = replay();
    expect([...market.history()].map(({ inMsat }) => inMsat)).toEqual([50_001_000, 20_000_500]);
    const events = live(market, LIVE + 1).filter(({ kind }) => kind === 'forward');
    expect(events.map((event) => (event.kind === 'forward' ? event.phase : ''))).toEqual([
      'offered',
      'settled',
      'offered',
      'settled',
    ]);
  });

  it('in htlc ids count on across history and live', () => {
    const market = replay();
    const ids = [...market.history(), ...settledOf(live(market, LIVE + 1))].map(
      ({ inIndex, inHtlcId }) => `${market.nameOf(inIndex)}/${inHtlcId}`,
    );
    expect(ids).toEqual(['c001/0', 'c002/0', 'c001/1', 'c003/0']);
  });

  it('a channel only the forwards know is closed; indexes follow the names', () => {
    const market = replay();
    const channels = market.channels();
    expect(channels.map(({ index }) => market.nameOf(index))).toEqual(['c001', 'c002', 'c003']);
    expect(channels.map(({ closed }) => closed)).toEqual([false, false, true]);
    expect(channels.map(({ connected }) => connected)).toEqual([false, true, false]);
    for (const { scid, peerId } of channels)
      expect([parseScid(scid), parseNodeId(peerId)]).toEqual([scid, peerId]);
  });

  it('open balances end as in the file, and the audit agrees', () => {
    const market = replay(unixMs(1_600_000_000_000));
    live(market, LIVE + DAY_MS);
    market.audit();
    expect(market.channels().map(({ toUs }) => toUs)).toEqual([300_000_000, 1_500_000_000, 0]);
  });

  it('nothing we decide changes what is replayed', () => {
    const [untouched, priced] = [replay(), replay()];
    for (const { index } of priced.channels()) priced.setPolicy(index, { ppm: 5000 }, 0);
    expect(settledOf(live(priced, LIVE + DAY_MS))).toEqual(
      settledOf(live(untouched, LIVE + DAY_MS)),
    );
    expect(priced.channels()[0]?.ours.ppm).toBe(5000);
  });

  it('however the time is cut, and blocks come every ten minutes', () => {
    const start = unixMs(1_699_999_000_000);
    const whole = live(replay(start), LIVE + DAY_MS);
    const market = replay(start);
    const cut: MarketEvent[] = [];
    for (let at = start + 7_000_003; at < LIVE + DAY_MS; at += 7_000_003)
      cut.push(...live(market, at));
    cut.push(...live(market, LIVE + DAY_MS));
    expect(cut).toEqual(whole);
    const heights = whole.flatMap((event) => (event.kind === 'block' ? [event.height] : []));
    expect(heights.at(-1)).toBe(market.blockHeight());
    expect(heights).toEqual(heights.map((_, n) => (heights[0] ?? 0) + n));
  });
});

const DATA = resolve(import.meta.dirname, '../../../../shared/data/forwards');
const REAL = resolve(DATA, 'cln_node_forwards_to_2025-12.csv.gz');
if (!existsSync(REAL)) console.warn(`SKIPPED: the real history is not at ${REAL}`);

describe.skipIf(!existsSync(REAL))('a real history', () => {
  it('comes out as it went in, to the msat, split into history and live', () => {
    const forwards = readHistory(REAL);
    const channels = readChannels(resolve(DATA, 'cln_node_channels_2025-11-27.csv.gz'));
    const liveFrom = unixMs(Date.UTC(2025, 5, 1));
    const market = new ReplayMarket({ forwards, channels, liveFrom });
    const past = [...market.history()];
    const now = settledOf(live(market, Date.UTC(2026, 0, 2)));
    expect(past.length).toBeGreaterThan(1000);
    expect(now.length).toBeGreaterThan(1000);
    const told: PastForward[] = [...past, ...now].map((event) => ({
      t: event.receivedAt / 1000,
      inChan: market.nameOf(event.inIndex),
      outChan: market.nameOf(event.outIndex ?? -1),
      inMsat: event.inMsat,
      outMsat: event.outMsat,
    }));
    const sorted = (sums: ReadonlyMap<string, ChannelSums>) => [...sums].sort();
    expect(sorted(sumHistory(told))).toEqual(sorted(sumHistory(forwards)));
    market.audit();
    expect(market.channels().filter(({ closed }) => !closed)).toHaveLength(channels.length);
  });
});
