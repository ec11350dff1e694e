/** Our calls to cl-hive and the stand-in for it, over its real socket (facts/neighbours.md §4.9). */
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { ClnHive } from '../../../src/cln/hive.ts';
import { RpcClient } from '../../../src/cln/rpc-client.ts';
import { fromSat, msat, parseScid } from '../../../src/core/units.ts';
import { Bug, NodeRefused, RetryLater } from '../../../src/ports/errors.ts';
import { EmbeddedNode } from '../../../src/sim/embedded-node/embedded-node.ts';
import type { HiveMode } from '../../../src/sim/embedded-node/hive-double.ts';
import { doubleChannel, MarketDouble } from '../../../src/sim/embedded-node/market-double.ts';

const [from, to] = [parseScid('112x1x0'), parseScid('113x1x0')];
if (!from || !to) throw new Bug('a constant of this test is malformed');
const OUTCOME = { from, to, amount: fromSat(1000), cost: msat(1n), success: false };

describe('cl-hive beside the embedded node', () => {
  let node: EmbeddedNode;
  let client: RpcClient;
  beforeAll(async () => {
    node = new EmbeddedNode({ market: new MarketDouble([doubleChannel(0)]), hive: 'member' });
    await node.start();
    client = new RpcClient(node.socketPath, () => {});
  });
  afterAll(async () => {
    client.close();
    await node.destroy();
  });
  /** A breaker of its own, so that one test does not end the next. */
  const as = (mode: HiveMode): ClnHive => {
    if (node.hive) node.hive.mode = mode;
    return new ClnHive(client);
  };

  it.each<[HiveMode, string | undefined]>([
    ['member', 'member'],
    ['neophyte', 'neophyte'],
    ['no data', 'member'],
    ['permission denied', 'neophyte'],
    ['not a member', undefined],
  ])('as %s it says what we are', async (mode, tier) => {
    expect(await as(mode).membership()).toEqual({ tier });
  });

  it.each<HiveMode>(['drifted', 'hostile'])('%s it is not understood', async (mode) => {
    const hive = as(mode);
    await expect(hive.membership()).rejects.toBeInstanceOf(RetryLater);
    await expect(hive.report(OUTCOME)).rejects.toBeInstanceOf(RetryLater);
  });

  it.each<HiveMode>(['no data', 'permission denied', 'not a member', 'absent'])(
    '%s it takes no report',
    async (mode) => {
      await expect(as(mode).report(OUTCOME)).rejects.toBeInstanceOf(NodeRefused);
    },
  );

  test('a report arrives as it was meant; an unknown parameter would be refused', async () => {
    await as('member').report(OUTCOME);
    expect(node.hive?.outcomes).toEqual([
      { from, to, amountSats: 1000n, costSats: 1n, success: false, viaFleet: false },
    ]);
    const odd = node.client().call('hive-status', { peer_id: 'x' });
    await expect(odd).rejects.toMatchObject({ code: -32602 });
  });

  test('it is in the list of plugins under its path, and gone when it went', async () => {
    as('member');
    const named = async () => JSON.stringify(await node.client().call('plugin', ['list']));
    expect(await named()).toContain('/cl-hive.py"');
    as('absent');
    expect(await named()).not.toContain('cl-hive');
    await expect(node.client().call('hive-status')).rejects.toMatchObject({ code: -32601 });
  });
});
