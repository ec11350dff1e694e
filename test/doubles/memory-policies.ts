/** Policies in memory, with the promises of the real store; test/contract/policy holds both to them. */
import {
  holding,
  liveLayers,
  type PolicyLayer,
  type PolicyStack,
} from '../../src/core/policy/policy-stack.ts';
import { type PolicySubject, subjectName } from '../../src/core/policy/subject.ts';
import type { UnixMs } from '../../src/core/units.ts';
import type { PolicyChange, PolicyStore, PolicyWrite } from '../../src/ports/policies.ts';

export class MemoryPolicies implements PolicyStore {
  readonly #stacks = new Map<string, { subject: PolicySubject; stack: PolicyStack }>();
  readonly #log: (PolicyChange & { readonly counted: string })[] = [];

  held(at: UnixMs): ReadonlyMap<string, PolicyLayer> {
    const held = new Map<string, PolicyLayer>();
    for (const [name, { stack }] of this.#stacks) {
      const layer = holding(stack, at);
      if (layer) held.set(name, layer);
    }
    return held;
  }
  stack(subject: PolicySubject): PolicyStack {
    return this.#stacks.get(subjectName(subject))?.stack ?? [];
  }
  ended(at: UnixMs): readonly PolicySubject[] {
    return [...this.#stacks.values()]
      .filter(({ stack }) => liveLayers(stack, at).length < stack.length)
      .map(({ subject }) => subject);
  }
  count(): number {
    return this.#stacks.size;
  }
  write(writes: readonly PolicyWrite[], at: UnixMs): readonly PolicyChange[] {
    return writes.map(({ subject, peerId, action, by, stack }) => {
      const name = subjectName(subject);
      this.#stacks.delete(name);
      if (stack.length > 0) this.#stacks.set(name, { subject, stack });
      const policy = holding(liveLayers(stack, at), at)?.policy;
      const change = { sequence: this.#log.length + 1, at, subject, action, by, policy };
      this.#log.push({ ...change, counted: peerId ?? name });
      return change;
    });
  }
  changes(
    after: { readonly sequence: number } | { readonly at: UnixMs },
    limit: number,
  ): readonly PolicyChange[] {
    return this.#log
      .filter((one) => ('sequence' in after ? one.sequence > after.sequence : one.at > after.at))
      .slice(0, limit);
  }
  logRange(): { first: number; last: number } | undefined {
    return this.#log.length === 0 ? undefined : { first: 1, last: this.#log.length };
  }
  commanded(
    { subject, peerId }: Pick<PolicyWrite, 'subject' | 'peerId'>,
    from: UnixMs,
    to: UnixMs,
  ): number {
    const who = peerId ?? subjectName(subject);
    return this.#log.filter(
      ({ counted, at, by }) =>
        counted === who && at > from && at <= to && (by === 'operator' || by === 'hive'),
    ).length;
  }
}
