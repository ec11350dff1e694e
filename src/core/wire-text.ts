/**
 * Our own values as JSON text and back, for what we store ourselves (journal inputs, learner states).
 * A bigint is written as "123msat": exact, and readable in a dump. Not for anything from outside.
 */
const AMOUNT = /^-?\d+msat$/;

export const toText = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}msat` : part));

/** The inverse of `toText`; throws SyntaxError on text that is no JSON. */
export const fromText = (text: string): unknown =>
  JSON.parse(text, (_, part: unknown) =>
    typeof part === 'string' && AMOUNT.test(part) ? BigInt(part.slice(0, -4)) : part,
  );
