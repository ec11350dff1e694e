import { describe, expect, it, test } from 'vitest';
import { parseChannelId, parseNodeId, ppm } from '../units.ts';
import { effectivePolicy, type HeldPolicy, type PolicyFacts } from './effective-policy.ts';
import { IGNORED_TAG, ignoredPatch, ignoredReason, MIGRATED_TAG } from './ignored-peers.ts';
import { DYNAMIC, type Policy, type PolicyMode } from './policy.ts';
import { MAX_TAG, parseSubject, parseTag, subjectName } from './subject.ts';

const CHANNEL = '1'.repeat(64);
const PEER = `02${'a'.repeat(64)}`;
const [channelId, peerId] = [parseChannelId(CHANNEL), parseNodeId(PEER)];
if (!channelId || !peerId) throw new Error('a test constant does not parse');
const FACTS: PolicyFacts = { channelId, peerId, announced: true, isNew: false };

const says = (change: Partial<Policy>, rules = true): HeldPolicy => ({
  policy: { ...DYNAMIC, ...change },
  rules,
});
const costs = (rate: number, tags: readonly string[] = []) =>
  says({ strategy: 'static', feePpm: ppm(rate), tags });
const tagged = (...tags: string[]) => says({ tags }, false);

type Held = Readonly<Record<string, HeldPolicy>>;
const rule = (held: Held, facts: Partial<PolicyFacts> = {}) =>
  effectivePolicy({ ...FACTS, ...facts }, (name) => held[name]);

const DEFAULTS: Held = {
  'tag:whale': costs(3),
  'tag:zoo': costs(4),
  'default:private': costs(5),
  'default:new': costs(6),
};
const YOUNG = { announced: false, isNew: true };

describe('who decides', () => {
  it.each<[string, Held, Partial<PolicyFacts>, number | undefined]>([
    ['nobody', {}, YOUNG, undefined],
    ['defaults are not for everybody', DEFAULTS, {}, undefined],
    [
      'the channel before its peer',
      { [CHANNEL]: costs(1), [PEER]: costs(2), ...DEFAULTS },
      YOUNG,
      1,
    ],
    ['the peer before the defaults', { [PEER]: costs(2, ['whale']), ...DEFAULTS }, YOUNG, 2],
    ['a tag of the peer', { [PEER]: tagged('whale'), ...DEFAULTS }, YOUNG, 3],
    ['a tag of the channel', { [CHANNEL]: tagged('zoo'), ...DEFAULTS }, YOUNG, 4],
    [
      'of two tags the first of the alphabet',
      { [CHANNEL]: tagged('zoo'), [PEER]: tagged('whale'), ...DEFAULTS },
      {},
      3,
    ],
    ['a tag nobody said anything about', { [PEER]: tagged('other'), ...DEFAULTS }, YOUNG, 5],
    ['an unannounced channel', DEFAULTS, YOUNG, 5],
    ['a new one', DEFAULTS, { isNew: true }, 6],
    ['a default of tags alone says nothing', { 'default:new': tagged('x') }, YOUNG, undefined],
  ])('%s', (_, held, facts, rate) => {
    expect(rule(held, facts).policy.feePpm).toBe(rate);
  });

  test('as a whole: what a channel does not say is not taken from its peer', () => {
    const held = { [CHANNEL]: says({ maxPpm: ppm(9) }), [PEER]: says({ strategy: 'passive' }) };
    expect(rule(held)).toEqual({
      policy: { ...DYNAMIC, maxPpm: 9 },
      subject: { channelId },
    });
  });

  it.each<[string, PolicyMode | undefined]>([
    ['its own mode', 'source_only'],
    ['a mode nobody named', undefined],
  ])('as a whole: %s is not replaced by that of a default', (_, mode) => {
    const held = {
      [PEER]: says({ mode, maxPpm: ppm(9) }),
      'default:new': says({ mode: 'disabled' }),
    };
    expect(rule(held, YOUNG).policy.mode).toBe(mode);
  });

  test('the tags of both are shown, whoever decides', () => {
    const held = { [CHANNEL]: tagged('b', 'a'), [PEER]: costs(2, ['c', 'a']) };
    expect(rule(held).policy.tags).toEqual(['b', 'a', 'c']);
    expect(rule({ [PEER]: tagged('c') })).toEqual({
      policy: { ...DYNAMIC, tags: ['c'] },
      subject: undefined,
    });
  });
});

describe('subjects', () => {
  it.each([CHANNEL, PEER, 'tag:big fish', 'default:new', 'default:private'])('%s', (name) => {
    const subject = parseSubject(name);
    expect(subject && subjectName(subject)).toBe(name);
  });
  it.each(['', 'tag:', 'default:old', `04${'a'.repeat(64)}`, '1x1x1', CHANNEL.slice(1), 'tag:a,b'])(
    '%j is none',
    (name) => expect(parseSubject(name)).toBeUndefined(),
  );
  it.each([
    [' whale ', 'whale'],
    ['x'.repeat(MAX_TAG), 'x'.repeat(MAX_TAG)],
    ['x'.repeat(MAX_TAG + 1), undefined],
    ['a\u0000b', undefined],
    ['\ud800', undefined],
  ])('the tag %j', (text, tag) => expect(parseTag(text)).toBe(tag));
});

describe('ignored peers of the ancestor', () => {
  it.each<[string, readonly string[], string]>([
    ['bad', [MIGRATED_TAG, 'bad'], 'bad'],
    ['', [MIGRATED_TAG], 'manual'],
    ['a, b\nc', [MIGRATED_TAG, 'a b c'], 'a b c'],
    [MIGRATED_TAG, [MIGRATED_TAG], 'manual'],
    ['x'.repeat(99), [MIGRATED_TAG, 'x'.repeat(MAX_TAG)], 'x'.repeat(MAX_TAG)],
  ])('%j', (reason, tags, shown) => {
    const patch = ignoredPatch(MIGRATED_TAG, reason);
    expect(patch).toEqual({ strategy: 'passive', mode: 'disabled', tags });
    expect(ignoredReason({ strategy: 'passive', tags })).toBe(shown);
  });
  test('blanks before a reason take nothing from what fits of it', () => {
    const longest = 'x'.repeat(MAX_TAG);
    expect(ignoredPatch(IGNORED_TAG, `  ${longest}`).tags).toEqual([IGNORED_TAG, longest]);
  });
  test('a peer without the mark is not ignored by these words', () =>
    expect(ignoredReason({ strategy: 'passive', tags: ['whale'] })).toBeUndefined());
  test('a peer that is priced again is not ignored, whatever tags it kept', () =>
    expect(ignoredReason({ strategy: 'dynamic', tags: [IGNORED_TAG, 'bad'] })).toBeUndefined());
  it.each<[readonly string[], string]>([
    [[IGNORED_TAG], 'manual'],
    [[IGNORED_TAG, 'bad'], 'bad'],
    [[MIGRATED_TAG, IGNORED_TAG], 'manual'],
  ])('neither mark is a reason: %j', (tags, shown) =>
    expect(ignoredReason({ strategy: 'passive', tags })).toBe(shown),
  );
});

describe('the hive (SPEC 8)', () => {
  const member: HeldPolicy = { ...says({ strategy: 'hive', mode: 'enabled' }), by: 'hive' };
  const letGo: HeldPolicy = { ...says({ strategy: 'dynamic', mode: 'enabled' }), by: 'hive' };

  it.each<[string, Held, Policy['strategy']]>([
    ['is heard of a peer of which nobody else speaks', { [PEER]: member }, 'hive'],
    ['not over a policy of the channel', { [CHANNEL]: costs(1), [PEER]: member }, 'static'],
    [
      'not over one of a tag that the operator gave the peer',
      { [PEER]: { ...member, policy: { ...member.policy, tags: ['whale'] } }, ...DEFAULTS },
      'static',
    ],
    ['names the price before the defaults do', { [PEER]: member, ...DEFAULTS }, 'hive'],
    ['who was let go is like everybody', { [PEER]: letGo, ...DEFAULTS }, 'static'],
    ['who was let go, without defaults', { [PEER]: letGo }, 'dynamic'],
    ['the word of an operator is no word of its', { [PEER]: says({ strategy: 'hive' }) }, 'hive'],
  ])('%s', (_, held, strategy) => {
    expect(rule(held, YOUNG).policy.strategy).toBe(strategy);
  });

  it.each<[string, Held, Policy['mode']]>([
    ['nothing was said', { [PEER]: member }, undefined],
    [
      'a default forbids it',
      { [PEER]: member, 'default:new': says({ mode: 'disabled' }) },
      'disabled',
    ],
    [
      'a default leaves alone',
      { [PEER]: member, 'default:private': says({ strategy: 'passive' }) },
      'disabled',
    ],
    [
      'a default offers it',
      { [PEER]: member, 'default:private': says({ mode: 'sink_only' }) },
      'sink_only',
    ],
  ])('what may be rebalanced is the operator’s matter: %s', (_, held, mode) => {
    const ruling = rule(held, YOUNG);
    expect(ruling.policy).toMatchObject({ strategy: 'hive', mode });
    expect(ruling.subject).toEqual({ peerId });
  });

  test('refused, its policies are as if nobody had said them', () => {
    const held: Held = { [PEER]: member, 'default:new': costs(6) };
    const ruling = effectivePolicy({ ...FACTS, ...YOUNG }, (name) => held[name], false);
    expect(ruling.policy.feePpm).toBe(6);
    const alone = effectivePolicy(FACTS, () => member, false);
    expect(alone).toEqual({ policy: DYNAMIC, subject: undefined });
  });
});
