import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ClbossOperator } from '../../../test/doubles/clboss-operator.ts';
import {
  type HeldTags,
  isForgotten,
  leftInDoubt,
  NOTHING_HELD,
  type OurTag,
  oursAmong,
  planTags,
  type Tags,
  wantedTags,
  withoutClaim,
} from './clboss-tags.ts';

const sorted = (tags: Iterable<string>): string[] => [...tags].toSorted();
const same = (one: Tags, other: Tags): boolean =>
  JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));

/** `later` is a tag of a version that does not exist yet. */
const anyTags = fc.subarray(['lnfee', 'balance', 'open', 'close', 'later']);
const anyWanted: fc.Arbitrary<OurTag[]> = fc.subarray(['lnfee', 'balance']);

type Event =
  | { readonly kind: 'operator'; readonly tags: Tags }
  | {
      readonly kind: 'round';
      readonly wanted: readonly OurTag[];
      /** lost: remembered, never arrived. unseen: it arrived, and nobody read it back. */
      readonly ends: 'well' | 'lost' | 'unseen' | 'refused';
    };
const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constant('operator' as const), tags: anyTags }),
  fc.record({
    kind: fc.constant('round' as const),
    wanted: anyWanted,
    ends: fc.constantFrom('well', 'well', 'lost', 'unseen', 'refused'),
  }),
);

/** clboss, our memory, and what the operator may rightly call his own. */
class World {
  clboss: Tags = [];
  held: HeldTags = NOTHING_HELD;
  readonly #operator = new ClbossOperator();

  get operators(): Tags {
    return this.#operator.own;
  }

  happens(event: Event): void {
    if (event.kind === 'operator') this.#edit(event.tags);
    else this.round(event.wanted, event.ends);
    expect(sorted(this.operators.filter((tag) => !this.clboss.includes(tag)))).toEqual([]);
  }

  #edit(tags: Tags): void {
    if (this.#operator.says(tags, this.held)) this.clboss = tags;
  }

  round(wanted: readonly OurTag[], ends: Extract<Event, { kind: 'round' }>['ends']): void {
    const plan = planTags(this.clboss, this.held, wanted);
    this.held = plan.held;
    if (plan.write === undefined || ends === 'lost') return;
    if (ends === 'refused') {
      this.held = { ours: plan.held.ours, asked: undefined };
      return;
    }
    this.clboss = plan.write;
    if (ends === 'unseen') return;
    const again = planTags(this.clboss, this.held, wanted);
    expect(again.write).toBeUndefined();
    this.held = again.held;
    for (const tag of wanted) expect(this.clboss).toContain(tag);
  }
}

describe('tags shared with clboss', () => {
  test('open,close of the operator’s become open,close,lnfee,balance, and open,close again', () => {
    const world = new World();
    world.happens({ kind: 'operator', tags: ['open', 'close'] });
    world.round(['lnfee', 'balance'], 'well');
    expect(world.clboss).toEqual(['open', 'close', 'lnfee', 'balance']);
    world.round([], 'well');
    expect(world.clboss).toEqual(['open', 'close']);
    expect(isForgotten(world.held)).toBe(true);
  });

  test('the operator’s tags survive whatever happens in whatever order, and a release leaves exactly those', () =>
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 12 }), (events) => {
        const world = new World();
        for (const event of events) world.happens(event);
        world.round([], 'well');
        expect(sorted(world.clboss)).toEqual(sorted(world.operators));
        expect(isForgotten(world.held)).toBe(true);
      }),
      { numRuns: 2000 },
    ));

  test('nothing is written where everything is as it should be, and only then', () =>
    fc.assert(
      fc.property(anyTags, anyTags, anyWanted, (now, ours, wanted) => {
        const { write, held } = planTags(now, { ours, asked: undefined }, wanted);
        const foreign = now.filter((tag) => !ours.includes(tag));
        const should = new Set([...foreign, ...wanted]);
        expect(write === undefined).toBe(same(now, [...should]));
        if (write !== undefined) expect(sorted(write)).toEqual(sorted(should));
        expect(held.ours.every((tag) => now.includes(tag))).toBe(true);
      }),
    ));

  test('what is ours is remembered before it is sent, and a tag that was there already never is', () => {
    const plan = planTags(['open', 'balance'], NOTHING_HELD, ['lnfee', 'balance']);
    expect(plan).toEqual({
      write: ['open', 'balance', 'lnfee'],
      held: { ours: [], asked: { adding: ['lnfee'], whole: ['open', 'balance', 'lnfee'] } },
    });
    expect(oursAmong(['lnfee', 'balance', 'open'], plan.held)).toEqual(['lnfee']);
    expect(oursAmong(['open', 'balance'], plan.held)).toEqual([]);
  });

  test('who wrote while a write of ours was open has the last word, and it is said which tags are meant', () => {
    const { held } = planTags([], NOTHING_HELD, ['lnfee']);
    expect(leftInDoubt(['lnfee', 'open'], held)).toEqual(['lnfee']);
    expect(oursAmong(['lnfee', 'open'], held)).toEqual([]);
    expect(leftInDoubt(['lnfee'], held)).toEqual([]);
    expect(leftInDoubt([], held)).toEqual([]);
    const release = planTags(['lnfee', 'open'], { ours: ['lnfee'], asked: undefined }, []);
    expect(leftInDoubt(['lnfee', 'open'], release.held)).toEqual([]);
    expect(leftInDoubt(['lnfee', 'close'], release.held)).toEqual(['lnfee']);
  });

  test.each<[string, HeldTags]>([
    ['nothing is held', NOTHING_HELD],
    ['a tag is ours and nothing is open', { ours: ['lnfee'], asked: undefined }],
  ])('where %s, no tag of anybody is in doubt', (_, held) => {
    expect(leftInDoubt(['open', 'lnfee'], held)).toEqual([]);
  });

  test('what was there before a write of ours is in no doubt, whatever that write was', () =>
    fc.assert(
      fc.property(anyTags, anyTags, anyWanted, (now, ours, wanted) => {
        const { held } = planTags(now, { ours, asked: undefined }, wanted);
        expect(leftInDoubt(now, held)).toEqual([]);
        expect(sorted(oursAmong(now, held))).toEqual(sorted(now.filter((t) => ours.includes(t))));
      }),
    ));

  test.each<[string, HeldTags, boolean]>([
    ['nothing', NOTHING_HELD, true],
    ['a tag of ours', { ours: ['lnfee'], asked: undefined }, false],
    ['a write that may have arrived', { ours: [], asked: { adding: [], whole: [] } }, false],
    [
      'both',
      { ours: ['lnfee'], asked: { adding: ['balance'], whole: ['lnfee', 'balance'] } },
      false,
    ],
  ])('a peer of which we hold %s', (_, held, forgotten) => {
    expect(isForgotten(held)).toBe(forgotten);
  });

  test('a write that did not come about is not claimed', () => {
    const { held } = planTags(['open'], NOTHING_HELD, ['lnfee']);
    expect(isForgotten(withoutClaim(['open'], held))).toBe(true);
    expect(withoutClaim(['open', 'lnfee'], held)).toEqual({ ours: ['lnfee'], asked: undefined });
  });
});

describe('what is wanted of a peer', () => {
  const claim = (peerId: string, priced: boolean, rebalanced: boolean) => ({
    peerId,
    priced,
    rebalanced,
  });

  test('a tag stays while any channel of the peer needs it', () => {
    expect(
      wantedTags([
        claim('a', true, false),
        claim('a', false, true),
        claim('b', true, false),
        claim('c', false, true),
        claim('d', false, false),
      ]),
    ).toEqual(
      new Map([
        ['a', ['lnfee', 'balance']],
        ['b', ['lnfee']],
        ['c', ['balance']],
      ]),
    );
  });

  test('one more channel never takes a tag away', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            peerId: fc.constantFrom('a', 'b'),
            priced: fc.boolean(),
            rebalanced: fc.boolean(),
          }),
        ),
        fc.boolean(),
        (claims, priced) => {
          const less = wantedTags(claims).get('a') ?? [];
          const more = wantedTags([...claims, claim('a', priced, false)]).get('a') ?? [];
          expect(less.every((tag) => more.includes(tag))).toBe(true);
        },
      ),
    ));
});
