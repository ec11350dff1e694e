/**
 * JSON as text, the way lightningd handles it: values are found in a stream by their brackets, a request is spliced
 * rather than written anew (facts/cln.md "keep the caller's whitespace and member order"), and no number passes
 * through a double unless it fits.
 */
declare global {
  interface JSON {
    /** Text that `stringify` writes as it stands. */
    rawJSON(text: string): object;
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown;
  }
}

const SPACE = /\s/;
const [QUOTE, BACKSLASH] = ['"', '\\'];
const INTEGER = /^-?\d+$/;

/** A stretch of text: `[start, end)`. */
export type Span = { readonly start: number; readonly end: number };

/** Cuts a stream into top-level objects and arrays; separators are optional and requests may touch. */
export class JsonFramer {
  #text = '';
  #at = 0;
  #depth = 0;
  #quoted = false;
  #escaped = false;

  /** The values completed by `chunk`; throws SyntaxError at anything else than a bracket outside of a value. */
  push(chunk: string): string[] {
    this.#text += chunk;
    const values: string[] = [];
    let start = 0;
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text.charAt(this.#at);
      if (this.#quoted) this.#inString(char);
      else if (char === QUOTE && this.#depth > 0) this.#quoted = true;
      else if (char === '{' || char === '[') this.#depth++;
      else if ((char === '}' || char === ']') && this.#depth > 0) {
        this.#depth--;
        if (this.#depth > 0) continue;
        values.push(this.#text.slice(start, this.#at + 1).trim());
        start = this.#at + 1;
      } else if (this.#depth === 0 && !SPACE.test(char)) {
        throw new SyntaxError(this.#text.slice(start));
      }
    }
    this.#text = this.#text.slice(start);
    this.#at = this.#text.length;
    return values;
  }

  /** What has come of a value that is not complete. */
  get rest(): string {
    return this.#text;
  }

  #inString(char: string): void {
    if (this.#escaped) this.#escaped = false;
    else if (char === BACKSLASH) this.#escaped = true;
    else if (char === QUOTE) this.#quoted = false;
  }
}

/** The index after the string that opens at `at`. */
function afterString(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === BACKSLASH) i++;
    else if (char === QUOTE) return i + 1;
  }
  return text.length;
}

function afterSpace(text: string, at: number): number {
  let i = at;
  while (i < text.length && SPACE.test(text.charAt(i))) i++;
  return i;
}

/** The index after the value that begins at `at`; `text` must be valid JSON. */
function afterValue(text: string, at: number): number {
  const first = text.charAt(at);
  if (first === QUOTE) return afterString(text, at);
  if (first !== '{' && first !== '[') {
    let i = at;
    while (i < text.length && !/[\s,\]}]/.test(text.charAt(i))) i++;
    return i;
  }
  let depth = 0;
  for (let i = at; i < text.length; ) {
    const char = text.charAt(i);
    if (char === QUOTE) {
      i = afterString(text, i);
      continue;
    }
    if (char === '{' || char === '[') depth++;
    if (char === '}' || char === ']') depth--;
    i++;
    if (depth === 0) return i;
  }
  return text.length;
}

/** Where the values of an object's members stand; `text` must be a valid JSON object. A repeated name: the last. */
export function memberSpans(text: string): Map<string, Span> {
  const spans = new Map<string, Span>();
  let at = afterSpace(text, afterSpace(text, 0) + 1);
  while (text.charAt(at) === QUOTE) {
    const nameEnd = afterString(text, at);
    const name: unknown = JSON.parse(text.slice(at, nameEnd));
    const start = afterSpace(text, afterSpace(text, nameEnd) + 1);
    const end = afterValue(text, start);
    spans.set(String(name), { start, end });
    at = afterSpace(text, afterSpace(text, end) + 1);
  }
  return spans;
}

/** The members of a valid JSON object, each value as its own text. */
export function members(text: string): Map<string, string> {
  const spans = memberSpans(text);
  return new Map([...spans].map(([name, { start, end }]) => [name, text.slice(start, end)]));
}

/** The elements of a valid JSON array, each as its own text. */
export function elements(text: string): string[] {
  const found: string[] = [];
  let at = afterSpace(text, afterSpace(text, 0) + 1);
  while (at < text.length && text.charAt(at) !== ']') {
    const end = afterValue(text, at);
    found.push(text.slice(at, end));
    at = afterSpace(text, end);
    if (text.charAt(at) === ',') at = afterSpace(text, at + 1);
  }
  return found;
}

/** Replaces one stretch. */
export const splice = (text: string, { start, end }: Span, by: string): string =>
  text.slice(0, start) + by + text.slice(end);

/** Integers that a double cannot hold become bigint; all else as JSON.parse. */
export function parseLossless(text: string): unknown {
  return JSON.parse(text, (_, value, { source }) =>
    typeof value === 'number' &&
    source !== undefined &&
    INTEGER.test(source) &&
    !Number.isSafeInteger(value)
      ? BigInt(source)
      : value,
  );
}

/** Every number stays the digits it was written with: for answers that are cut or widened and written again. */
export function parseVerbatim(text: string): unknown {
  return JSON.parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined ? JSON.rawJSON(source) : value,
  );
}

/** Compact text; a bigint is written with all its digits. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'bigint' ? JSON.rawJSON(part.toString()) : part,
  );

/** The value as an object, or undefined. */
export const asRecord = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined;
