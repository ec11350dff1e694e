/** What becomes of a row of the ancestor's, and the account of it. */

/** `reason` is one of a few fixed sentences; `example` names the row. */
export type Skip = { readonly reason: string; readonly example: string };
export type Verdict<T> = { readonly take: T } | { readonly skip: Skip };

export const skip = (reason: string, example: string): { readonly skip: Skip } => ({
  skip: { reason, example },
});

/** Kept of each reason: the first few, to look them up. */
const EXAMPLES = 3;

export type SkippedRows = {
  readonly reason: string;
  readonly count: number;
  readonly examples: readonly string[];
};

/** The account of one kind of rows. */
export class PartAccount {
  read = 0;
  taken = 0;
  /** What was taken, but not as it stood. */
  readonly #changed = new Map<string, { count: number; examples: string[] }>();
  readonly #skipped = new Map<string, { count: number; examples: string[] }>();

  skip({ reason, example }: Skip, count = 1): void {
    note(this.#skipped, reason, example, count);
  }
  change({ reason, example }: Skip): void {
    note(this.#changed, reason, example, 1);
  }
  skipped(): readonly SkippedRows[] {
    return listed(this.#skipped);
  }
  changed(): readonly SkippedRows[] {
    return listed(this.#changed);
  }
}

type Notes = Map<string, { count: number; examples: string[] }>;

function note(notes: Notes, reason: string, example: string, count: number): void {
  const one = notes.get(reason) ?? { count: 0, examples: [] };
  one.count += count;
  if (example !== '' && one.examples.length < EXAMPLES) one.examples.push(example);
  notes.set(reason, one);
}

/** The most frequent first. */
const listed = (notes: Notes): readonly SkippedRows[] =>
  [...notes]
    .map(([reason, { count, examples }]) => ({ reason, count, examples }))
    .sort((a, b) => b.count - a.count);
