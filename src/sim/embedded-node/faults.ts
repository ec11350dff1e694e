/**
 * Bad behaviour a test can switch on (SPEC 11): every way in which a node or its socket has been seen, or can be
 * imagined, to mislead a plugin. A fault without `times` stays until it is removed.
 */
export type SetChannelLie = 'other values' | 'not applied' | 'applied but silent';

/** `method` undefined: every method. */
export type Fault = { readonly method?: string; readonly times?: number } & (
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'stall' }
  /** Bytes that are no JSON instead of the answer. */
  | { readonly kind: 'garbage'; readonly bytes?: string }
  /** Half of the answer, then the end of the connection. */
  | { readonly kind: 'truncated' }
  /** The call is carried out, the connection ends without an answer. */
  | { readonly kind: 'drop' }
  | { readonly kind: 'error'; readonly code: number; readonly message: string }
  /** Every occurrence of a member gets this raw text as its value: `"NaN"`, `-1`, `null`, `1e400`. */
  | { readonly kind: 'field'; readonly field: string; readonly raw: string }
  | { readonly kind: 'missing-field'; readonly field: string }
  /** An older version: `Unknown command`. */
  | { readonly kind: 'unknown-method' }
  /** A member of this many bytes is added. */
  | { readonly kind: 'huge'; readonly bytes: number }
  /** Every object has members nobody has heard of. */
  | { readonly kind: 'extra-fields' }
  | { readonly kind: 'setchannel-lies'; readonly lie: SetChannelLie }
);

/** How messages to the plugin are cut into writes. */
export type PipeShape = 'whole' | 'single bytes' | 'several in one';

type Armed = { readonly fault: Fault; left: number };

export class Faults {
  pipe: PipeShape = 'whole';
  #armed: Armed[] = [];

  /** Switches a fault on; the function it returns switches it off. */
  add(fault: Fault): () => void {
    const armed = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#armed.push(armed);
    return () => {
      this.#armed = this.#armed.filter((other) => other !== armed);
    };
  }

  clear(): void {
    this.#armed = [];
    this.pipe = 'whole';
  }

  /** The faults that strike this call, in the order they were added; each strike counts against `times`. */
  strike(method: string): Fault[] {
    return this.#take((fault) => fault.kind !== 'setchannel-lies' && applies(fault, method));
  }

  /** The lie `setchannel` shall tell now. */
  takeLie(): SetChannelLie | undefined {
    const [lie] = this.#take(({ kind }) => kind === 'setchannel-lies');
    return lie?.kind === 'setchannel-lies' ? lie.lie : undefined;
  }

  #take(matches: (fault: Fault) => boolean): Fault[] {
    const struck = this.#armed.filter(({ fault }) => matches(fault));
    for (const armed of struck) armed.left--;
    this.#armed = this.#armed.filter(({ left }) => left > 0);
    return struck.map(({ fault }) => fault);
  }
}

const applies = ({ method }: Fault, called: string): boolean =>
  method === undefined || method === called;

/** A member's value: a string, or a bare token, or an object or array without nesting. */
const VALUE = String.raw`("(?:[^"\\]|\\.)*"|\{[^{}]*\}|\[[^[\]]*\]|[^",{}[\]]+)`;

/** Gives every member of that name another value. */
export const withField = (text: string, field: string, raw: string): string =>
  text.replaceAll(new RegExp(`"${field}":${VALUE}`, 'g'), () => `"${field}":${raw}`);

/** Takes every member of that name out. */
export const withoutField = (text: string, field: string): string =>
  text
    .replaceAll(new RegExp(`"${field}":${VALUE},`, 'g'), '')
    .replaceAll(new RegExp(`,?"${field}":${VALUE}`, 'g'), '');

const NEWS = '"zz_new":{"list":[1,"two",null,{}],"amount_msat":18446744073709551615},';

/** Puts an unknown member in front of every object that is not empty. */
export const withNews = (text: string): string =>
  text.replaceAll(/"(?:[^"\\]|\\.)*"|\{(?!\})/g, (found) => (found === '{' ? `{${NEWS}` : found));

/** Adds one member of that many bytes to the outermost object. */
export const withBulk = (text: string, bytes: number): string => {
  const bulk = `{"zz_bulk":"${'x'.repeat(bytes)}"`;
  return text === '{}' ? `${bulk}}` : `${bulk},${text.slice(1)}`;
};
