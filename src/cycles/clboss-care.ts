/**
 * Takes from clboss what is ours to do and gives it back (SPEC 7.8). What we add is remembered before it is sent;
 * after each write the tags are read back; what did not come about is tried once more, said, and not claimed. Nobody
 * waits for it: prices and rebalances go on whatever clboss does.
 */
import {
  type HeldTags,
  isForgotten,
  leftInDoubt,
  NOTHING_HELD,
  type OurTag,
  planTags,
  type Tags,
  withoutClaim,
} from '../core/neighbours/clboss-tags.ts';
import type { NodeId } from '../core/units.ts';
import type { Clboss, ClbossStore } from '../ports/clboss.ts';
import { NodeRefused, RetryLater, UNKNOWN_COMMAND } from '../ports/errors.ts';
import type { Logger } from '../ports/logger.ts';
import type { ClbossPeer, ClbossService, ClbossView } from './clboss-service.ts';
import type { ClbossWishes } from './clboss-wishes.ts';

/** The write and one more (SPEC 11, TOCTOU). */
const MOST_WRITES = 2;
/** Refused that often in a row, the rest of the peers is not even tried now. */
const MOST_PROBLEMS = 3;
/** Rounds without a usable answer before it is said aloud: at the start of a node clboss takes its time. */
const PATIENT_ROUNDS = 3;

export type ClbossCareParts = {
  readonly clboss: Clboss;
  readonly store: ClbossStore;
  /** Whether lightningd says that it runs. */
  readonly present: () => boolean;
  readonly enabled: () => boolean;
  readonly wishes: (held: ReadonlySet<NodeId>) => Promise<ClbossWishes>;
  /** What an operator types to write a peer's tags. */
  readonly commandFor: (peerId: NodeId, tags: Tags) => string;
  readonly log: Logger;
  readonly alert: (text: string) => void;
};

type Unmanaged = ReadonlyMap<NodeId, Tags>;
type Settled = {
  readonly now: Unmanaged;
  /** Why it is not as it should be; undefined: it is. */
  readonly problem: string | undefined;
};

export class ClbossCare implements ClbossService {
  readonly #parts: ClbossCareParts;
  #line: Promise<unknown> = Promise.resolve();
  #ending = false;
  /** Where the last round was broken off: the next one begins behind it, so that everybody has their turn. */
  #brokenOffAt: NodeId | undefined;
  /** What went wrong last; undefined: nothing. */
  #problem: string | undefined;
  #silentRounds = 0;
  #saidAloud = false;

  constructor(parts: ClbossCareParts) {
    this.#parts = parts;
  }

  /** One round over all peers. */
  run(): Promise<void> {
    return this.#inLine(() => this.#round());
  }

  /** Looks after one peer now; undefined: clboss is not there, so nothing was done. */
  settle(peerId: NodeId): Promise<ClbossPeer | undefined> {
    return this.#inLine(async () => {
      const { store, present, wishes, clboss } = this.#parts;
      if (!present() || this.#ending) return undefined;
      const { wanted, unseen } = await wishes(new Set(store.all().keys()));
      if (unseen.has(peerId)) throw new RetryLater('lightningd did not show the peer’s channels');
      const { now } = await this.#settle(
        peerId,
        wanted.get(peerId) ?? [],
        await clboss.unmanaged(),
      );
      return peerOf(peerId, now, store.all());
    });
  }

  /** The plugin goes for good, or so it may be: every tag of ours goes too, as far as clboss answers in time. */
  giveAllBack(): Promise<void> {
    this.#ending = true;
    return this.#inLine(() => this.#giveAllBack());
  }

  async look(): Promise<ClbossView> {
    const { store, enabled, present, clboss } = this.#parts;
    const held = store.all();
    const base = { enabled: enabled(), present: present(), problem: this.#problem };
    if (!base.present || (!base.enabled && held.size === 0))
      return { ...base, answered: false, peers: [...held.keys()].map((id) => unread(id, held)) };
    try {
      const now = await clboss.unmanaged();
      const peers = [...new Set([...now.keys(), ...held.keys()])].toSorted();
      return { ...base, answered: true, peers: peers.map((id) => peerOf(id, now, held)) };
    } catch (error) {
      if (!isExpected(error)) throw error;
      return {
        ...base,
        answered: false,
        problem: error.message,
        peers: [...held.keys()].map((id) => unread(id, held)),
      };
    }
  }

  async giveBackCommands(): Promise<readonly string[]> {
    if (this.#parts.store.all().size === 0) return [];
    const { peers } = await this.look();
    return this.#commands(peers);
  }

  async #round(): Promise<void> {
    const { store, present, wishes } = this.#parts;
    if (this.#ending || !present()) return;
    const held = store.all();
    const { wanted, unseen } = await wishes(new Set(held.keys()));
    const peers = this.#inTurn(
      [...new Set([...wanted.keys(), ...held.keys()])].filter((peerId) => !unseen.has(peerId)),
    );
    if (peers.length === 0) return this.#note(new Map());
    try {
      this.#note(await this.#settleAll(peers, wanted));
    } catch (error) {
      if (!isExpected(error)) throw error;
      // It went a moment ago; the notification is on its way.
      if (isUnknownCommand(error)) return;
      this.#silentRounds += 1;
      const text = `clboss gives no usable answer: ${error.message}`;
      this.#trouble(text, this.#silentRounds >= PATIENT_ROUNDS);
      throw error;
    }
  }

  async #settleAll(
    peers: readonly NodeId[],
    wanted: ReadonlyMap<NodeId, readonly OurTag[]>,
  ): Promise<ReadonlyMap<NodeId, string>> {
    const problems = new Map<NodeId, string>();
    let now = await this.#parts.clboss.unmanaged();
    let inARow = 0;
    this.#brokenOffAt = undefined;
    for (const peerId of peers) {
      if (this.#ending) break;
      const { now: after, problem } = await this.#settle(peerId, wanted.get(peerId) ?? [], now);
      if (problem !== undefined) {
        problems.set(peerId, problem);
        inARow += 1;
        this.#brokenOffAt = peerId;
        if (inARow === MOST_PROBLEMS) return problems;
      } else if (after !== now) inARow = 0;
      now = after;
    }
    this.#brokenOffAt = undefined;
    return problems;
  }

  #inTurn(peers: readonly NodeId[]): readonly NodeId[] {
    const sorted = peers.toSorted();
    const last = this.#brokenOffAt;
    if (last === undefined) return sorted;
    return [...sorted.filter((id) => id > last), ...sorted.filter((id) => id <= last)];
  }

  /** `start`: the tags as read just now. They are read again after each write, which is also before the next one. */
  async #settle(peerId: NodeId, wanted: readonly OurTag[], start: Unmanaged): Promise<Settled> {
    const { clboss, log } = this.#parts;
    let now = start;
    for (let writes = 0; ; writes += 1) {
      const tags = now.get(peerId) ?? [];
      const held = this.#held(peerId);
      this.#sayDoubt(peerId, tags, held);
      const plan = planTags(tags, held, wanted);
      if (plan.write === undefined) {
        this.#remember(peerId, plan.held);
        return { now, problem: undefined };
      }
      if (writes === MOST_WRITES) {
        this.#remember(peerId, withoutClaim(tags, held));
        return { now, problem: `it was told "${plan.write}" and still has "${tags}"` };
      }
      this.#remember(peerId, plan.held);
      try {
        await clboss.setTags(peerId, plan.write);
      } catch (error) {
        if (!(error instanceof NodeRefused)) throw error;
        this.#remember(peerId, withoutClaim(tags, held));
        return { now, problem: error.message };
      }
      log('info', `clboss now leaves "${plan.write}" of ${peerId} alone; before "${tags}"`);
      now = await clboss.unmanaged();
    }
  }

  /** Seconds are all there is: one look before, one after. */
  async #giveAllBack(): Promise<void> {
    const { store, clboss, present, log } = this.#parts;
    const held = store.all();
    if (held.size === 0 || !present()) return;
    const before = await clboss.unmanaged();
    for (const peerId of held.keys()) {
      const plan = planTags(before.get(peerId) ?? [], this.#held(peerId), []);
      this.#remember(peerId, plan.held);
      if (plan.write !== undefined) await this.#tryToWrite(peerId, plan.write);
    }
    const after = await clboss.unmanaged();
    for (const peerId of held.keys())
      this.#remember(peerId, withoutClaim(after.get(peerId) ?? [], this.#held(peerId)));
    const left = store.all();
    log('info', `${held.size - left.size} peers given back to clboss`);
    const commands = this.#commands([...left.keys()].map((id) => peerOf(id, after, left)));
    if (commands.length > 0)
      log('unusual', `clboss did not take these back, do it by hand: ${commands.join('; ')}`);
  }

  async #tryToWrite(peerId: NodeId, tags: Tags): Promise<void> {
    const { clboss, log } = this.#parts;
    try {
      await clboss.setTags(peerId, tags);
    } catch (error) {
      if (!(error instanceof NodeRefused)) throw error;
      log('info', `clboss did not take ${peerId} back: ${error.message}`);
    }
  }

  #commands(peers: readonly ClbossPeer[]): readonly string[] {
    return peers.flatMap(({ peerId, tags, ours }) => {
      if (ours.length === 0) return [];
      if (tags === undefined)
        return `# clboss does not answer now: of its tags for ${peerId} take ${ours.join(' and ')} away`;
      return this.#parts.commandFor(
        peerId,
        tags.filter((tag) => !ours.includes(tag)),
      );
    });
  }

  #held(peerId: NodeId): HeldTags {
    return this.#parts.store.get(peerId) ?? NOTHING_HELD;
  }

  #remember(peerId: NodeId, held: HeldTags): void {
    const before = this.#held(peerId);
    if (isForgotten(before) && isForgotten(held)) return;
    if (JSON.stringify(before) !== JSON.stringify(held)) this.#parts.store.save(peerId, held);
  }

  #sayDoubt(peerId: NodeId, tags: Tags, held: HeldTags): void {
    const left = leftInDoubt(tags, held);
    if (left.length === 0) return;
    this.#parts.log(
      'unusual',
      `somebody wrote clboss's tags of ${peerId} while a write of ours was open: "${left}" there counts as theirs now`,
    );
  }

  #note(problems: ReadonlyMap<NodeId, string>): void {
    const [first] = problems;
    this.#silentRounds = 0;
    if (first === undefined) {
      if (this.#problem !== undefined) this.#parts.log('info', 'clboss does as it is told again');
      this.#problem = undefined;
      this.#saidAloud = false;
      return;
    }
    const [peerId, why] = first;
    const others = problems.size > 1 ? ` and ${problems.size - 1} more` : '';
    this.#trouble(
      `clboss does not leave ${peerId}${others} to us, so it may set fees or rebalance there: ${why}`,
      true,
    );
  }

  /** Said aloud once while it lasts, not every few minutes. */
  #trouble(text: string, aloud: boolean): void {
    this.#problem = text;
    if (aloud && !this.#saidAloud) {
      this.#saidAloud = true;
      this.#parts.alert(text);
    } else this.#parts.log('debug', text);
  }

  #inLine<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#line.then(work);
    // Whoever asked hears of a failure; the next in line only waits for the end.
    this.#line = Promise.allSettled([mine]);
    return mine;
  }
}

/** What is ours there: of those that may be ours, only what is really there. */
const peerOf = (
  peerId: NodeId,
  now: Unmanaged,
  held: ReadonlyMap<NodeId, HeldTags>,
): ClbossPeer => {
  const tags = now.get(peerId) ?? [];
  return { peerId, tags, ours: withoutClaim(tags, held.get(peerId) ?? NOTHING_HELD).ours };
};

/** clboss did not say: what may be ours counts as ours. */
const unread = (peerId: NodeId, held: ReadonlyMap<NodeId, HeldTags>): ClbossPeer => {
  const { ours, asked } = held.get(peerId) ?? NOTHING_HELD;
  return { peerId, tags: undefined, ours: [...new Set([...ours, ...(asked?.adding ?? [])])] };
};

const isExpected = (error: unknown): error is RetryLater | NodeRefused =>
  error instanceof RetryLater || error instanceof NodeRefused;
const isUnknownCommand = (error: unknown): boolean =>
  error instanceof NodeRefused && error.code === UNKNOWN_COMMAND;
