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
  // Another set than the one we sent is somebody else's word since then: in doubt a tag is theirs.
  const arrived = asked !== undefined && isSameSet(now, asked.whole) ? asked.adding : [];
  return now.filter((tag) => ours.includes(tag) || arrived.includes(tag));
}

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
