/**
 * Sharing a peer with clboss (SPEC 7.8). clboss keeps one set of tags a peer, each naming something it shall leave
 * alone, and every write replaces the whole set: so what somebody else put there is written again with ours, and
 * only what we added is ever taken away.
 */

/** `lnfee`: it sets no fees there. `balance`: it does not rebalance there. Opening and closing stay its own. */
export type OurTag = 'lnfee' | 'balance';

/** Any tag, also one of a later version. Without commas and spaces. */
export type Tags = readonly string[];

/** What we know of a peer: which tags are ours there. */
export type HeldTags = {
  /** Written by us and seen there. */
  readonly ours: Tags;
  /** Remembered before it was sent, and not yet seen: it may have arrived. undefined: nothing is open. */
  readonly asked: { readonly adding: Tags; readonly whole: Tags } | undefined;
};
export const NOTHING_HELD: HeldTags = { ours: [], asked: undefined };

export type TagPlan = {
  /** The whole set to write; undefined: it is as it should be. */
  readonly write: Tags | undefined;
  /** To be remembered before the write; without a write it is how things stand. */
  readonly held: HeldTags;
};

/** Of the tags there now those to count as ours. What is not there any more is not ours either. */
export function oursAmong(now: Tags, { ours, asked }: HeldTags): Tags {
  const kept = now.filter((tag) => ours.includes(tag));
  if (asked === undefined) return kept;
  const arrived = now.filter((tag) => kept.includes(tag) || asked.adding.includes(tag));
  if (isSameSet(now, asked.whole)) return arrived;
  if (isSameSet(now, before(ours, asked))) return kept;
  // Somebody else spoke since then. What we were about to add or take away may be their word now: in doubt it is.
  return kept.filter((tag) => asked.whole.includes(tag));
}

/** Tags that may have been ours and count as somebody else's from now on. */
export const leftInDoubt = (now: Tags, held: HeldTags): Tags =>
  now.filter(
    (tag) =>
      (held.ours.includes(tag) || held.asked?.adding.includes(tag) === true) &&
      !oursAmong(now, held).includes(tag),
  );

/** What was there when we asked: what was sent, without what was new in it, with what was to go. */
const before = (ours: Tags, { adding, whole }: NonNullable<HeldTags['asked']>): Tags => [
  ...new Set([...whole.filter((tag) => !adding.includes(tag)), ...ours]),
];

/** What to do so that `wanted`, and what others want, is there, and nothing else of ours. */
export function planTags(now: Tags, held: HeldTags, wanted: readonly OurTag[]): TagPlan {
  const ours = oursAmong(now, held);
  const released = ours.filter((tag) => !wanted.some((one) => one === tag));
  const adding = wanted.filter((tag) => !now.includes(tag));
  if (released.length === 0 && adding.length === 0)
    return { write: undefined, held: { ours, asked: undefined } };
  const whole = [...now.filter((tag) => !released.includes(tag)), ...adding];
  return { write: whole, held: { ours, asked: { adding, whole } } };
}

/** A write that did not come about: nothing of it is claimed. */
export const withoutClaim = (now: Tags, held: HeldTags): HeldTags => ({
  ours: oursAmong(now, held),
  asked: undefined,
});

/** Nothing of ours is there, nor may be. */
export const isForgotten = ({ ours, asked }: HeldTags): boolean =>
  ours.length === 0 && asked === undefined;

/** What one channel asks for, given what we may do with it. */
export type ChannelClaim<Peer> = {
  readonly peerId: Peer;
  readonly priced: boolean;
  readonly rebalanced: boolean;
};

/** By peer: a tag is wanted while any of its channels needs it. Peers without a wanted tag are not in it. */
export function wantedTags<Peer>(
  claims: readonly ChannelClaim<Peer>[],
): ReadonlyMap<Peer, readonly OurTag[]> {
  const needs = new Map<Peer, { readonly lnfee: boolean; readonly balance: boolean }>();
  for (const { peerId, priced, rebalanced } of claims) {
    const before = needs.get(peerId);
    const lnfee = priced || (before?.lnfee ?? false);
    needs.set(peerId, { lnfee, balance: rebalanced || (before?.balance ?? false) });
  }
  const wanted = new Map<Peer, readonly OurTag[]>();
  for (const [peerId, { lnfee, balance }] of needs) {
    const tags: readonly OurTag[] = [
      ...(lnfee ? (['lnfee'] as const) : []),
      ...(balance ? (['balance'] as const) : []),
    ];
    if (tags.length > 0) wanted.set(peerId, tags);
  }
  return wanted;
}

const isSameSet = (one: Tags, other: Tags): boolean =>
  one.length === other.length && one.every((tag) => other.includes(tag));
