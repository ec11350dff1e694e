/** SPEC 11, TOCTOU with clboss: somebody else writes the same peer's tags at every moment there is. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ClbossKeeper, MemoryClbossStore } from '../../test/doubles/clboss.ts';
import { ClbossOperator } from '../../test/doubles/clboss-operator.ts';
import { nodeId } from '../../test/doubles/peer-channel.ts';
import type { OurTag, Tags } from '../core/neighbours/clboss-tags.ts';
import { NodeRefused, RetryLater } from '../ports/errors.ts';
import { ClbossCare } from './clboss-care.ts';

const PEER = nodeId(1);

type Round = {
  readonly wanted: readonly OurTag[];
  /** What the operator says before each of our looks; undefined: nothing. */
  readonly edits: readonly (Tags | undefined)[];
  /** How clboss takes each write. lost: no answer, not done. silent: no answer, done. */
  readonly writes: readonly ('takes' | 'refuses' | 'lost' | 'silent' | 'ignores')[];
};
const anyRound: fc.Arbitrary<Round> = fc.record({
  wanted: fc.subarray<OurTag>(['lnfee', 'balance']),
  edits: fc.array(
    fc.option(fc.subarray(['lnfee', 'balance', 'open', 'close']), { nil: undefined }),
    { maxLength: 3 },
  ),
  writes: fc.array(fc.constantFrom('takes', 'refuses', 'lost', 'silent', 'ignores'), {
    maxLength: 2,
  }),
});

/** A new process every time: nothing is remembered but what is stored. */
async function live(clboss: ClbossKeeper, store: MemoryClbossStore, wanted: readonly OurTag[]) {
  const care = new ClbossCare({
    clboss,
    store,
    present: () => true,
    enabled: () => true,
    wishes: async () => ({ wanted: new Map([[PEER, wanted]]), unseen: new Set() }),
    commandFor: () => '',
    log: () => undefined,
    alert: () => undefined,
  });
  await care.run().catch((error: unknown) => {
    if (!(error instanceof RetryLater)) throw error;
  });
}

const sorted = (tags: Tags = []): readonly string[] => tags.toSorted();

test('whatever both do and clboss makes of it, the operator’s tags stay, and a release leaves exactly those', () =>
  fc.assert(
    fc.asyncProperty(fc.array(anyRound, { maxLength: 6 }), async (rounds) => {
      const clboss = new ClbossKeeper();
      const store = new MemoryClbossStore();
      const operator = new ClbossOperator();
      for (const { wanted, edits, writes } of rounds) {
        const [words, ways] = [[...edits], [...writes]];
        clboss.onRead = async () => {
          const tags = words.shift();
          if (tags && operator.says(tags, store.get(PEER))) clboss.tags.set(PEER, tags);
        };
        clboss.onWrite = async (_, tags) => {
          const way = ways.shift() ?? 'takes';
          if (way === 'refuses') throw new NodeRefused('no', -1);
          if (way === 'silent') clboss.tags.set(PEER, tags);
          if (way === 'silent' || way === 'lost') throw new RetryLater('no answer');
          return way === 'takes' ? tags : (clboss.tags.get(PEER) ?? []);
        };
        await live(clboss, store, wanted);
        const there = clboss.tags.get(PEER) ?? [];
        expect(operator.own.filter((tag) => !there.includes(tag))).toEqual([]);
      }
      clboss.onRead = async () => undefined;
      clboss.onWrite = async (_, tags) => tags;
      await live(clboss, store, []);
      expect(sorted(clboss.tags.get(PEER))).toEqual(sorted(operator.own));
      expect(store.rows.size).toBe(0);
    }),
    { numRuns: 500 },
  ));
