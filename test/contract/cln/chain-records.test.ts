/** The records of on-chain money over a real socket, from a node that lived: what it says is what happened. */
import { afterEach, expect, test } from 'vitest';
import { ClnChainRecords } from '../../../src/cln/chain-records.ts';
import { RpcClient } from '../../../src/cln/rpc-client.ts';
import { DAY_MS, laterBy } from '../../../src/core/units.ts';
import { NodeRefused, RetryLater } from '../../../src/ports/errors.ts';
import { EmbeddedNode } from '../../../src/sim/embedded-node/embedded-node.ts';
import {
  DOUBLE_START,
  doubleChannel,
  MarketDouble,
} from '../../../src/sim/embedded-node/market-double.ts';

let node: EmbeddedNode | undefined;
let client: RpcClient | undefined;
afterEach(async () => {
  client?.close();
  await node?.destroy();
});

/** A node of that version on which everything happened once. */
async function lived(version: string): Promise<{ node: EmbeddedNode; records: ClnChainRecords }> {
  const channels = [0, 1, 2].map((index) => doubleChannel(index));
  node = new EmbeddedNode({ market: new MarketDouble(channels), version });
  await node.start();
  const [first, second, third] = channels;
  if (!first || !second || !third) throw new RangeError('three channels');
  node.onChain((chain) => {
    chain.splice(first, 10_000_000n);
    chain.closeMutually(second);
    chain.closeUnilaterally(third, 'us');
    chain.sweep(third);
    chain.withdraw(20_000_000n);
  });
  client = new RpcClient(node.socketPath, () => {});
  return { node, records: new ClnChainRecords(client) };
}

test('its chain moves come whole and page by page', async () => {
  const { node: on, records } = await lived('v26.06.6');
  expect(await records.hasChainMoves()).toBe(true);
  const rows = on.state.chain.rows.map(({ peerId: _, ...row }) => row);
  expect(await records.chainMoves(1, 1000)).toEqual(rows);
  expect(await records.chainMoves(3, 4)).toEqual(rows.slice(2, 6));
  expect(await records.chainMoves(rows.length + 1, 10)).toEqual([]);
});

test('before 25.09 there are none, and bookkeeper tells the fees of a day', async () => {
  const { node: on, records } = await lived('v24.11');
  expect(await records.hasChainMoves()).toBe(false);
  await expect(records.chainMoves(1, 10)).rejects.toThrow(NodeRefused);
  expect(await records.hasIncome()).toBe(true);
  const [from, to] = [laterBy(DOUBLE_START, -1000), laterBy(DOUBLE_START, DAY_MS)];
  const told = (await records.income(from, to)).filter(({ tag }) => tag === 'onchain_fee');
  const paid = on.state.chain.fees.filter(({ at }) => at >= from);
  expect(paid.length).toBeGreaterThan(2);
  expect(told).toEqual(
    paid.map(({ txid, channelId, amount, at }) => ({
      account: channelId === undefined ? { kind: 'wallet' } : { kind: 'channel', channelId },
      tag: 'onchain_fee',
      credit: 0n,
      debit: amount,
      at,
      txid,
      paymentHash: undefined,
    })),
  );
});

test.each([
  { kind: 'field', method: 'listchainmoves', field: 'debit_msat', raw: '-1' },
  { kind: 'field', method: 'listchainmoves', field: 'credit_msat', raw: '1e400' },
  { kind: 'field', method: 'listchainmoves', field: 'utxo', raw: '"ab:1"' },
  { kind: 'field', method: 'listchainmoves', field: 'created_index', raw: '1' },
  { kind: 'missing-field', method: 'listchainmoves', field: 'output_msat' },
  { kind: 'garbage', method: 'listchainmoves' },
  { kind: 'truncated', method: 'listchainmoves' },
] as const)('a node that answers $kind $field is asked again later', async (fault) => {
  const { node: on, records } = await lived('v26.06.6');
  const end = on.faults.add(fault);
  await expect(records.chainMoves(1, 1000)).rejects.toThrow(RetryLater);
  end();
  expect((await records.chainMoves(1, 1000)).length).toBe(on.state.chain.rows.length);
});

test('members nobody has heard of change nothing', async () => {
  const { node: on, records } = await lived('v26.06.6');
  const before = await records.chainMoves(1, 1000);
  on.faults.add({ kind: 'extra-fields', method: 'listchainmoves' });
  expect(await records.chainMoves(1, 1000)).toEqual(before);
});
