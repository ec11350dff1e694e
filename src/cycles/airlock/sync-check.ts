/** Whether the node knows the chain up to now (SPEC 4.1): behind it, money is promised on what is not true any more. */
import type { LightningNode } from '../../ports/node.ts';
import { answerOf } from './answer.ts';

/** `getinfo` makes a large node deaf for 58 ms (facts/cln-scale.md §1). */
const TRUST_MS = 900_000;
/** One that is behind is asked again soon, but not at every order. */
const ASK_AGAIN_MS = 60_000;

type Seen = { readonly at: number; readonly behind: string | undefined };

export class SyncCheck {
  readonly #node: Pick<LightningNode, 'synced'>;
  readonly #elapsed: () => number;
  #seen: Seen | undefined;

  /** `elapsed`: ms that really passed in this process. */
  constructor(node: Pick<LightningNode, 'synced'>, elapsed: () => number) {
    this.#node = node;
    this.#elapsed = elapsed;
  }

  /** Why nothing may be spent, as a sentence; undefined: it is synced. No answer is no. */
  async refusal(): Promise<string | undefined> {
    const seen = this.#seen;
    if (seen && this.#elapsed() - seen.at < (seen.behind === undefined ? TRUST_MS : ASK_AGAIN_MS))
      return seen.behind;
    this.#seen = undefined;
    const said = await answerOf(() => this.#node.synced());
    if (said.kind !== 'answer')
      return `whether the node is synced with the chain is not known: ${said.because}`;
    const behind =
      said.value === undefined ? undefined : `the node is not synced with the chain: ${said.value}`;
    this.#seen = { at: this.#elapsed(), behind };
    return behind;
  }
}
