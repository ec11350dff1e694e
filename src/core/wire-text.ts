/**
 * Our own values as JSON text and back, for what we store ourselves (journal inputs, learner states).
 * A bigint is written as "123msat": exact, and readable in a dump. Not for anything from outside.
 */
const AMOUNT = /^-?\d+msat$/;

export const toText = (value: unknown): string => written(value) ?? 'null';

/**
 * As JSON.stringify writes it, several times faster than JSON.stringify with a replacer: every cycle writes the
 * state of every channel. undefined: what JSON leaves out.
 */
function written(value: unknown): string | undefined {
  switch (typeof value) {
    case 'bigint':
      return `"${value}msat"`;
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null';
    case 'boolean':
      return String(value);
    case 'object':
      return value === null ? 'null' : structure(value);
    case 'undefined':
    case 'function':
    case 'symbol':
      return undefined;
  }
}

function structure(value: object): string {
  if (Array.isArray(value)) return `[${value.map((part) => written(part) ?? 'null').join(',')}]`;
  let text = '';
  for (const [name, part] of Object.entries(value)) {
    const one = written(part);
    if (one !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${one}`;
  }
  return `{${text}}`;
}

/** The inverse of `toText`; throws SyntaxError on text that is no JSON. */
export const fromText = (text: string): unknown =>
  JSON.parse(text, (_, part: unknown) =>
    typeof part === 'string' && AMOUNT.test(part) ? BigInt(part.slice(0, -4)) : part,
  );
