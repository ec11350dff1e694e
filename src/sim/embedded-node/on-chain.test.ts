import { Ajv } from 'ajv';
import { afterEach, describe, expect, test } from 'vitest';
import { EmbeddedNode } from './embedded-node.ts';
import { fakePlugin } from './fake-plugin-file.ts';
import { asRecord, parseLossless } from './json-text.ts';
import { doubleChannel, MarketDouble } from './market-double.ts';
import { officialSchema, recorded, referencesAbsent } from './recorded-answers.ts';

type Row = Record<string, unknown>;
let node: EmbeddedNode | undefined;
afterEach(() => node?.destroy());

/** Two channels, the first opened by us. */
const CHANNELS = [doubleChannel(0), doubleChannel(1)];
const [OURS, THEIRS] = CHANNELS;

async function started(version?: string): Promise<EmbeddedNode> {
  node = new EmbeddedNode({
    market: new MarketDouble(CHANNELS),
    ...(version === undefined ? {} : { version }),
  });
  await node.start();
  return node;
}
async function moves(on: EmbeddedNode, params: object = {}): Promise<Row[]> {
  const answer = asRecord(await on.client().call('listchainmoves', { ...params }));
  return Array.isArray(answer?.chainmoves)
    ? answer.chainmoves.map((row) => asRecord(row) ?? {})
    : [];
}
const rowsOf = (answer: unknown): Row[] => {
  const list = asRecord(asRecord(answer)?.result)?.chainmoves;
  return Array.isArray(list) ? list.map((row) => asRecord(row) ?? {}) : [];
};
const doubles = (result: unknown): unknown =>
  JSON.parse(JSON.stringify(result, (_, v: unknown) => (typeof v === 'bigint' ? Number(v) : v)));

describe('listchainmoves', () => {
  test.skipIf(referencesAbsent())('each kind of row has exactly the recorded fields', async () => {
    const fresh = await started();
    const theirs = rowsOf(parseLossless(recorded('listchainmoves').answer));
    const byTag = (rows: readonly Row[]) =>
      new Map(
        rows.map((row) => {
          const isOpener = JSON.stringify(row.extra_tags);
          return [`${row.primary_tag} ${isOpener}`, Object.keys(row).sort()];
        }),
      );
    const [ours, wanted] = [byTag(await moves(fresh)), byTag(theirs)];
    expect([...ours.keys()].sort()).toEqual([...wanted.keys()].sort());
    for (const [tag, keys] of wanted) expect([tag, ours.get(tag)]).toEqual([tag, keys]);
  });

  test('pages by the created index; start without index is refused', async () => {
    const fresh = await started();
    const all = await moves(fresh);
    expect(all.map(({ created_index }) => created_index)).toEqual([1, 2, 3, 4, 5]);
    const page = await moves(fresh, { index: 'created', start: 2, limit: 2 });
    expect(page).toEqual(all.slice(1, 3));
    expect(await moves(fresh, { index: 'created', start: 6 })).toEqual([]);
    await expect(moves(fresh, { start: 1 })).rejects.toMatchObject({ code: -32602 });
  });

  test('there is none before 25.09', async () => {
    const old = await started('v24.11');
    await expect(moves(old)).rejects.toMatchObject({ code: -32601 });
    await expect(
      old.client().call('wait', { subsystem: 'chainmoves', indexname: 'created', nextvalue: 0 }),
    ).rejects.toMatchObject({ code: -32602 });
  });
});

test('wait answers when a row comes', async () => {
  const fresh = await started();
  const client = fresh.client();
  const ask = (nextvalue: number) =>
    client.call('wait', { subsystem: 'chainmoves', indexname: 'created', nextvalue });
  expect(await ask(0)).toEqual({ subsystem: 'chainmoves', created: 5 });
  const next = ask(6);
  // Answered in order on one connection: when this is here, the other waits.
  await client.call('getinfo');
  await client.call('getinfo');
  while (fresh.state.waiters.idle) await client.call('getinfo');
  fresh.onChain((chain) => chain.deposit(2_000_000n));
  expect(await next).toEqual({
    subsystem: 'chainmoves',
    created: 6,
    chainmoves: { account: 'wallet', credit_msat: 2_000_000, debit_msat: 0 },
  });
});

test('the wallet, the fundings and bookkeeper follow what happens', async () => {
  const fresh = await started();
  if (!OURS || !THEIRS) throw new RangeError('two channels');
  fresh.onChain((chain) => {
    chain.splice(OURS, 100_000_000n);
    chain.withdraw(50_000_000n);
    chain.closeMutually(THEIRS);
  });
  const funds = asRecord(await fresh.client().call('listfunds'));
  const outputs = Array.isArray(funds?.outputs) ? funds.outputs.map((one) => asRecord(one)) : [];
  const sum = outputs.reduce((total, one) => total + Number(one?.amount_msat), 0);
  expect(sum).toBe(5_000_000_000 - 101_500_000 - 50_770_000 + 1_000_000_000);
  const rows = await moves(fresh);
  const anchored = rows.filter(({ primary_tag }) => primary_tag === 'channel_open').at(-1);
  const listed = asRecord(Array.isArray(funds?.channels) ? funds.channels[0] : undefined);
  expect(anchored?.utxo).toBe(`${listed?.funding_txid}:${listed?.funding_output}`);
  const income = asRecord(await fresh.client().call('bkpr-listincome', { start_time: 1 }));
  const events = Array.isArray(income?.income_events) ? income.income_events : [];
  const fees = events.map((one) => asRecord(one)).filter((one) => one?.tag === 'onchain_fee');
  expect(fees.map((one) => [one?.account, one?.debit_msat])).toEqual([
    [OURS.channelId, 700_000],
    [OURS.channelId, 1_500_000],
    ['wallet', 770_000],
  ]);
});

test.skipIf(referencesAbsent())('every row is told, and passes the official schemas', async () => {
  const plugin = fakePlugin({ manifest: { subscriptions: ['coin_movement'] } });
  node = new EmbeddedNode({ market: new MarketDouble(CHANNELS) });
  await node.start([{ path: plugin.path }]);
  if (!OURS || !THEIRS) throw new RangeError('two channels');
  node.onChain((chain) => {
    chain.open(
      [doubleChannel(2), doubleChannel(4)].map((one) => ({ ...one, capacity: 20_000_000 })),
    );
    chain.closeUnilaterally(OURS, 'us');
    chain.sweep(OURS);
    chain.closeUnilaterally(THEIRS, 'them');
    chain.withdraw(1_000_000n);
  });
  const count = node.state.chain.rows.length - 5;
  const heard = () => plugin.received().filter(({ id }) => id === undefined);
  while (heard().length < count) await node.client().call('getinfo');
  const ajv = new Ajv({ strict: false });
  const told = ajv.compile(officialSchema('notification/coin_movement'));
  const contents = heard().map(({ params }) => asRecord(params)?.coin_movement);
  expect(contents).toHaveLength(count);
  for (const one of contents) expect(told(doubles(one)), ajv.errorsText(told.errors)).toBe(true);
  const answered = ajv.compile(officialSchema('listchainmoves'));
  const answer = doubles(await node.client().call('listchainmoves'));
  expect(answered(answer), ajv.errorsText(answered.errors)).toBe(true);
});
