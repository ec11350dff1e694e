import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MessageStream, Unreadable } from './message-stream.ts';

function read(stream: MessageStream, ...chunks: (string | Uint8Array)[]): string[] {
  const texts: string[] = [];
  for (const chunk of chunks) {
    stream.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk, (text) => texts.push(text));
  }
  return texts;
}

/** `bytes` cut at the given shares of its length. */
function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = cuts.map((share) => Math.floor(share * bytes.length)).sort((a, b) => a - b);
  return [...at, bytes.length].map((end, i) => bytes.subarray(at[i - 1] ?? 0, end));
}

test('lessons 1.5 (hand-rolled framing): several messages in one read, with two newlines, one or none between', () => {
  expect(read(new MessageStream(), '{"a":1}\n\n{"b":2}\n{"c":3}{"d":4}')).toEqual([
    '{"a":1}',
    '{"b":2}',
    '{"c":3}',
    '{"d":4}',
  ]);
});

test('white space where lightning-cli left it', () => {
  const text = '{ "jsonrpc" : "2.0", "params" :[ 1, "}{\\"" ] }';
  expect(read(new MessageStream(), `\r\n\t ${text}  \n\n`)).toEqual([text]);
});

test('braces, quotes and backslashes inside strings are text', () => {
  const texts = ['{"a":"}"}', '{"a":"\\\\"}', '{"a":"\\"}"}', '{"\\u007b":"[["}'];
  expect(read(new MessageStream(), texts.join(''))).toEqual(texts);
});

test('any cutting of any messages yields the same messages', () => {
  const messages = fc.array(
    fc.record({
      message: fc.oneof(
        fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()),
        fc.array(fc.jsonValue()),
      ),
      separator: fc.constantFrom('\n\n', '\n', '', ' \r\n\t'),
    }),
  );
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }));
  fc.assert(
    fc.property(messages, cuts, (sent, where) => {
      const texts = sent.map(({ message }) => JSON.stringify(message));
      const bytes = Buffer.from(sent.map((m, i) => `${texts[i]}${m.separator}`).join(''));
      const stream = new MessageStream();
      expect(read(stream, ...cut(bytes, where))).toEqual(texts);
      expect(stream.held).toBe(0);
    }),
  );
});

test('a character split between two reads arrives whole', () => {
  const bytes = Buffer.from('{"alias":"⚡ Zürich"}');
  const oneByOne = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
  expect(read(new MessageStream(), ...oneByOne)).toEqual(['{"alias":"⚡ Zürich"}']);
});

test('garbage throws after the messages before it, and for good', () => {
  const stream = new MessageStream();
  const texts: string[] = [];
  const push = (text: string) => stream.push(Buffer.from(text), (message) => texts.push(message));
  expect(() => push('{"a":1}\n\nnonsense')).toThrow(Unreadable);
  expect(texts).toEqual(['{"a":1}']);
  expect(() => push('{"b":2}')).toThrow(Unreadable);
  expect(texts).toEqual(['{"a":1}']);
});

test.each(['}', ']', '"text"', '1', 'null', '\u0000'])('%j begins no message', (text) => {
  expect(() => read(new MessageStream(), text)).toThrow(Unreadable);
});

test('the bound is on the one incomplete message, not on the sum', () => {
  const message = JSON.stringify({ a: 'x'.repeat(91) });
  expect(message).toHaveLength(99);
  const stream = new MessageStream(99);
  expect(read(stream, message.repeat(50))).toHaveLength(50);
  expect(() => read(stream, `${message.slice(0, -2)}y`)).not.toThrow();
  expect(() => read(stream, 'yy')).toThrow(/longer than 99 bytes/);
  expect(stream.held).toBe(0);
});

test('says how deep each text nests, so that towers of brackets are not parsed', () => {
  const depths: number[] = [];
  const tower = '['.repeat(100_000) + ']'.repeat(100_000);
  new MessageStream().push(Buffer.from(`{"a":[1]}${tower}{}`), (_, depth) => depths.push(depth));
  expect(depths).toEqual([2, 100_000, 1]);
});

test('every byte is looked at once: 4 MB in 4 kB reads costs no more per byte than 0.5 MB', () => {
  const cost = (rows: number): number => {
    const answer = Buffer.from(JSON.stringify({ rows: Array(rows).fill({ a: 'x'.repeat(80) }) }));
    const stream = new MessageStream();
    let count = 0;
    const began = performance.now();
    for (let at = 0; at < answer.length; at += 4096) {
      stream.push(answer.subarray(at, at + 4096), () => count++);
    }
    expect(count).toBe(1);
    return (performance.now() - began) / answer.length;
  };
  const best = (rows: number): number => Math.min(cost(rows), cost(rows), cost(rows));
  // Rescanning would make it 8 times dearer per byte; 5 leaves room for a busy machine.
  expect(best(44_000)).toBeLessThan(5 * best(5_500));
});
