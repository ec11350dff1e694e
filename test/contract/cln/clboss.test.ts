/** SPEC 7.8, 11: clboss over its commands, as they are and as they might be. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readUnmanaged } from '../../../src/cln/calls/clboss-answers.ts';
import { ClnClboss, tagsCommand } from '../../../src/cln/clboss.ts';
import { type CallOptions, RpcClient } from '../../../src/cln/rpc-client.ts';
import { HOUR_MS, laterBy } from '../../../src/core/units.ts';
import { Bug, NodeRefused, RetryLater } from '../../../src/ports/errors.ts';
import { ClbossDouble } from '../../../src/sim/embedded-node/clboss-double.ts';
import { EmbeddedNode } from '../../../src/sim/embedded-node/embedded-node.ts';
import { doubleChannel, MarketDouble } from '../../../src/sim/embedded-node/market-double.ts';
import { nodeId } from '../../doubles/peer-channel.ts';

/** Answers without a socket, and remembers how it was asked. */
function told(answer: unknown) {
  const asked: { method: string; params: object; options: CallOptions | undefined }[] = [];
  const clboss = new ClnClboss({
    call: async (method, params, options) => {
      asked.push({ method, params, options });
      return answer;
    },
  });
  return { clboss, asked };
}

describe('what clboss leaves alone', () => {
  test('is read peer by peer; the comment beside them and fields of later versions are none', () => {
    const read = readUnmanaged({
      info: { version: '0.15.1' },
      unmanaged: { comment: 'for people', [nodeId(1)]: 'balance, lnfee', [nodeId(2)]: '' },
    });
    expect([...read]).toEqual([
      [nodeId(1), ['balance', 'lnfee']],
      [nodeId(2), []],
    ]);
  });

  test('a tag of a later version is kept as it is', () => {
    const read = readUnmanaged({ unmanaged: { [nodeId(1)]: 'lnfee, new_thing,lnfee' } });
    expect(read.get(nodeId(1))).toEqual(['lnfee', 'new_thing']);
  });

  test.each<[string, unknown]>([
    ['nothing', {}],
    ['a list', { unmanaged: [{ nodeid: nodeId(1), tags: ['lnfee'] }] }],
    ['null', { unmanaged: null }],
    ['tags as a list', { unmanaged: { [nodeId(1)]: ['lnfee'] } }],
    ['a number', { unmanaged: { [nodeId(1)]: 3 } }],
    ['a word for a shell', { unmanaged: { [nodeId(1)]: 'lnfee, $(reboot)' } }],
    ['a quote', { unmanaged: { [nodeId(1)]: 'lnfee"; reboot; "' } }],
    ['two words', { unmanaged: { [nodeId(1)]: 'ln fee' } }],
    ['an endless one', { unmanaged: { [nodeId(1)]: 'x'.repeat(100_000) } }],
    ['text', 'unmanaged'],
  ])('%s is no answer: on a guess the operator’s tags would be lost', (_, answer) => {
    expect(() => readUnmanaged(answer)).toThrow(RetryLater);
  });

  test('whatever is answered, it is tags that a command line can hold, or no answer', () =>
    fc.assert(
      fc.property(
        fc.dictionary(fc.oneof(fc.string(), fc.constant(nodeId(1))), fc.anything()),
        (unmanaged) => {
          try {
            for (const [peerId, tags] of readUnmanaged({ unmanaged }))
              expect(tagsCommand(peerId, tags)).toMatch(
                /^lightning-cli clboss-unmanage 0[23][0-9a-f]{64} "[\w,-]*"$/,
              );
          } catch (error) {
            if (!(error instanceof RetryLater)) throw error;
          }
        },
      ),
    ));
});

describe('telling it', () => {
  test('is by node id and the whole set, without spaces; none of them is the empty text', async () => {
    const { clboss, asked } = told({});
    await clboss.setTags(nodeId(1), ['open', 'close', 'lnfee']);
    await clboss.setTags(nodeId(1), []);
    expect(asked.map(({ params }) => params)).toEqual([
      { nodeid: nodeId(1), tags: 'open,close,lnfee' },
      { nodeid: nodeId(1), tags: '' },
    ]);
    for (const { options } of asked) {
      expect(options?.group).toBe('clboss');
      expect(options?.timeoutMs).toBeLessThanOrEqual(3000);
    }
  });

  test('a tag with a separator in it is a mistake of ours and never sent', async () => {
    const { clboss, asked } = told({});
    for (const tag of ['a b', 'a,b', 'a"b'])
      await expect(clboss.setTags(nodeId(1), [tag])).rejects.toThrow(Bug);
    expect(asked).toEqual([]);
  });

  test('anything but an object is not its answer', async () => {
    for (const answer of [null, 'done', 3])
      await expect(told(answer).clboss.setTags(nodeId(1), [])).rejects.toThrow(RetryLater);
  });
});

describe('the double keeps the contract of 0.15.1', () => {
  const ours = { base: 0, ppm: 500, htlcMin: 0, htlcMax: 1_000_000 };
  const living = async (clboss: NonNullable<EmbeddedNode['clboss']>['mode'] = 'working') => {
    const node = new EmbeddedNode({
      market: new MarketDouble([doubleChannel(0, { ours })]),
      clboss,
    });
    await node.start();
    if (!(node.clboss instanceof ClbossDouble)) throw new Error('there is no clboss');
    const client = new RpcClient(node.socketPath, () => {});
    return {
      node,
      double: node.clboss,
      client,
      clboss: new ClnClboss(client),
      async [Symbol.asyncDispose]() {
        client.close();
        await node.destroy();
      },
    };
  };
  const PEER = doubleChannel(0).peerId;

  test('a write replaces the whole set, sorted as it is shown; unknown tags and spaces are refused', async () => {
    await using at = await living();
    await at.clboss.setTags(PEER, ['open', 'close']);
    await at.clboss.setTags(PEER, ['lnfee', 'balance']);
    expect([...(await at.clboss.unmanaged())]).toEqual([[PEER, ['balance', 'lnfee']]]);
    const refused = (tags: string) =>
      at.client.call('clboss-unmanage', { nodeid: PEER, tags }).catch((error: unknown) => error);
    for (const tags of ['lnfee, open', 'fees', 'lnfee,'])
      expect(await refused(tags)).toMatchObject({ code: -32602 });
    expect(await refused('')).toEqual({});
    expect((await at.clboss.unmanaged()).size).toBe(0);
    const { plugins } = Object(await at.client.call('plugin', { subcommand: 'list' }));
    expect(JSON.stringify(plugins)).toContain('/clboss');
  });

  test('it prices by peer once an hour, but for peers whose fees it leaves alone', async () => {
    await using at = await living();
    const hours = (count: number) => {
      for (let n = 0; n < count; n += 1) at.node.advance(laterBy(at.node.state.now(), HOUR_MS));
    };
    const { market } = at.node.state;
    const found = market.channels()[0]?.ours;
    hours(1);
    const first = market.channels()[0]?.ours;
    expect(first).not.toEqual(found);
    expect(first?.ppm).toBeGreaterThanOrEqual(1);
    hours(1);
    expect(market.channels()[0]?.ours).not.toEqual(first);
    at.double.operatorUnmanages(PEER, 'lnfee');
    const left = market.channels()[0]?.ours;
    hours(3);
    expect(market.channels()[0]?.ours).toEqual(left);
  });

  test('permission denied, drifted, no data and absent fail each in their own way', async () => {
    await using at = await living('permission denied');
    await expect(at.clboss.setTags(PEER, ['lnfee'])).rejects.toThrow('Permission denied');
    at.double.operatorUnmanages(PEER, 'open');
    expect((await at.clboss.unmanaged()).get(PEER)).toEqual(['open']);
    at.double.mode = 'drifted';
    await expect(at.clboss.unmanaged()).rejects.toThrow(RetryLater);
    await expect(at.clboss.setTags(PEER, ['lnfee'])).rejects.toThrow(NodeRefused);
    at.double.mode = 'no data';
    await expect(at.clboss.unmanaged()).rejects.toThrow(RetryLater);
    at.double.mode = 'absent';
    await expect(at.clboss.unmanaged()).rejects.toMatchObject({ code: -32601 });
    at.double.mode = 'hostile';
    await at.clboss.setTags(PEER, ['open', 'lnfee']);
    expect((await at.clboss.unmanaged()).get(PEER)).toEqual(['close']);
  });
});
