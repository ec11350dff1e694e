/** An operator with tags of their own at clboss, and what they may rightly call theirs after each word of theirs. */
import { type HeldTags, NOTHING_HELD, type Tags } from '../../src/core/neighbours/clboss-tags.ts';

const same = (one: Tags, other: Tags): boolean =>
  JSON.stringify(one.toSorted()) === JSON.stringify(other.toSorted());

export class ClbossOperator {
  own: Tags = [];

  /**
   * They replace the whole set of a peer. A tag of ours that they leave in it stays ours; where a write of ours is
   * open, all that is new or goes with it is theirs. False: they say exactly what we wrote, or exactly what was
   * there, so that nobody could tell that they spoke; then they had better not.
   */
  says(tags: Tags, { ours, asked }: HeldTags = NOTHING_HELD): boolean {
    if (asked) {
      const before = [...asked.whole.filter((tag) => !asked.adding.includes(tag)), ...ours];
      if (same(tags, asked.whole) || same(tags, [...new Set(before)])) return false;
    }
    const known = asked ? ours.filter((tag) => asked.whole.includes(tag)) : ours;
    this.own = tags.filter((tag) => !known.includes(tag));
    return true;
  }
}
