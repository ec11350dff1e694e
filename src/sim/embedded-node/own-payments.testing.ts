/** The recorded payments to ourselves (facts/cln-scale.md §4): c-hook came back, b-fail did not; and how to read a list. */
import { type ChannelId, parseChannelId, parseScid, type Scid, unixMs } from '../../core/units.ts';
import type { CircularEvent } from '../market/circular.ts';
import type { MarketEvent } from '../market/market.ts';
import type { EmbeddedNode } from './embedded-node.ts';
import type { EmbeddedNodeOptions } from './embedded-node-options.ts';
import { asRecord } from './json-text.ts';
import { DOUBLE_START, doubleChannel, MarketDouble } from './market-double.ts';
import { make } from './node-life.testing.ts';

/** c-hook's channels: 0 it left by, 1 it came back by. */
export const OUT = 'bf403097e4acff99ee0f179499a4c47fa9dfc6ea8dd27206f112aed896712e77';
const IN = 'bad8e05c448d692bd8fded547850e84b96cb56d9b0e6a600cedca404ff67e580';
export const HOOK = '10b7ed7728762b86e2abb93ef99a5440db9c2323b92d834ac6091d07ac9612a3';
export const FAIL = '8aa9915147543c29c2b6f2996b0bbf361303176f60134d6fee0cd67ebba3eec0';

function named(id: string, scid: string): { channelId: ChannelId; scid: Scid } {
  const names = { channelId: parseChannelId(id), scid: parseScid(scid) };
  if (!names.channelId || !names.scid) throw new Error('the recorded names are valid');
  return { channelId: names.channelId, scid: names.scid };
}

export const channels = () => [
  doubleChannel(0, named(OUT, '112x6x0')),
  doubleChannel(1, named(IN, '112x5x0')),
];

/** `at` and `startedAt` in ms after the recorded second 1795233945. */
export const circular = (
  phase: CircularEvent['phase'],
  paymentHash: string,
  at: number,
  changes: Partial<CircularEvent> = {},
): CircularEvent => ({
  kind: 'circular',
  phase,
  at: unixMs(1_795_233_945_000 + at),
  startedAt: unixMs(1_795_233_945_000),
  paymentHash,
  fromIndex: 0,
  toIndex: 1,
  outHtlcId: 4,
  inHtlcId: phase === 'settled' ? 1 : undefined,
  amountMsat: 25_000_000,
  sentMsat: 25_002_500,
  receivedMsat: phase === 'settled' ? 25_000_000 : 0,
  ...changes,
});

const FAILED = { amountMsat: 1_300_000_000, sentMsat: 1_300_028_000 };

export const STORY = [
  circular('offered', FAIL, 0, FAILED),
  circular('failed', FAIL, 400, FAILED),
  circular('offered', HOOK, 2_000, { startedAt: unixMs(1_795_233_947_000) }),
  circular('settled', HOOK, 3_000, { startedAt: unixMs(1_795_233_947_000) }),
];

export async function lived(
  events: readonly MarketEvent[] = STORY,
  options: Partial<EmbeddedNodeOptions> = {},
): Promise<EmbeddedNode> {
  const node = make({ market: new MarketDouble(channels(), events), ...options });
  await node.start();
  node.advance(unixMs(DOUBLE_START + 4_000_000));
  return node;
}

export async function rows(
  node: EmbeddedNode,
  method: string,
  list: string,
  params: object = {},
): Promise<Row[]> {
  const result = asRecord(await node.client().call(method, { ...params }));
  return rowsOf(result, list);
}

export type Row = Record<string, unknown>;

export const rowsOf = (result: unknown, list: string): Row[] => {
  const found = asRecord(result)?.[list];
  return Array.isArray(found) ? found.map((row) => asRecord(row) ?? {}) : [];
};
