/** Calls of every method, right and wrong, made from what the tour calls and what each parameter says it takes. */
import fc from 'fast-check';
import type { RevenueMethod } from '../../src/rpc/method.ts';
import { METHODS } from '../../src/rpc/methods.ts';
import { toJson } from '../../src/sim/embedded-node/json-text.ts';
import type { Pipeline, Request } from './pipeline.ts';
import { type Place, STOPS } from './stops.ts';
import { ANYTHING, type Tokens, wrongFor } from './wrong-input.ts';

/** Parameters by name, each as JSON text. */
type Members = Readonly<Record<string, string>>;
export type Target = {
  readonly method: RevenueMethod;
  /** Calls that mean something. */
  readonly bases: readonly Members[];
  /** The first word decides what the next ones are: only by name is it sure what is what. */
  readonly byName: boolean;
  /** Parameter → what it may never be. */
  readonly wrong: Readonly<Record<string, Tokens>>;
};
export type WrongCall = Request & { readonly field: string };

/** Any text is an answer there: that nothing is known of such a channel, as the Python plugin said it. */
const ANSWERS_OF_NOBODY: ReadonlySet<string> = new Set(['revenue-profitability']);

const textOf = (args: Readonly<Record<string, unknown>> = {}): Members =>
  Object.fromEntries(
    Object.entries(args)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, toJson(value)]),
  );

const object = (members: Members): string =>
  `{${Object.entries(members)
    .map(([name, token]) => `${JSON.stringify(name)}:${token}`)
    .join(',')}}`;

/** The same by position: what is left out in the middle is null. */
function list({ parameters }: RevenueMethod, members: Members): string {
  const names = parameters.map(({ name }) => name);
  const last = names.findLastIndex((name) => members[name] !== undefined);
  return `[${names
    .slice(0, last + 1)
    .map((name) => members[name] ?? 'null')
    .join(',')}]`;
}

export const checked = ({ method, params }: Request): Request => ({
  method: 'check',
  params: params.startsWith('[')
    ? `["${method}"${params === '[]' ? '' : ','}${params.slice(1)}`
    : `{"command_to_check":"${method}"${params === '{}' ? '' : ','}${params.slice(1)}`,
});

/** Asks every parameter what it takes, by an object that none does. */
export async function targets(place: Place, pipeline: Pipeline): Promise<readonly Target[]> {
  const found: Target[] = [];
  for (const method of METHODS) {
    const stops = STOPS[method.name]?.(place) ?? [{}];
    const bases = stops.map(({ args }) => textOf(args));
    const byName = stops.some(({ list: words }) => words !== undefined);
    const wrong: Record<string, Tokens> = {};
    for (const { name } of method.parameters) {
      const base = bases.find((one) => name in one) ?? bases[0] ?? {};
      const params = object({ ...base, [name]: '{"a":{}}' });
      const [answer] = await pipeline.ask([checked({ method: method.name, params })]);
      const said = new RegExp(`^${name}: must be (.+), not an object`).exec(answer?.message ?? '');
      const asked = ANSWERS_OF_NOBODY.has(method.name) ? '' : name;
      const tokens = wrongFor(asked, said?.[1] ?? '');
      if (tokens === undefined)
        throw new Error(`${method.name} ${name}: wrong-input.ts does not know: ${answer?.message}`);
      wrong[name] = tokens;
    }
    found.push({ method, bases, byName, wrong });
  }
  return found;
}

/** One parameter of a call that means something is what it may never be. */
export const wrongCalls = (all: readonly Target[]): fc.Arbitrary<WrongCall> =>
  fc
    .constantFrom(...all.filter(({ wrong }) => Object.keys(wrong).length > 0))
    .chain(({ method, bases, byName, wrong }) =>
      fc.constantFrom(...Object.entries(wrong)).chain(([field, tokens]) => {
        const having = bases.filter((one) => field in one);
        return fc
          .tuple(
            fc.constantFrom(...(having.length > 0 ? having : bases)),
            fc.constantFrom(...tokens),
            fc.boolean(),
          )
          .map(([base, token, named]) => {
            const members = { ...base, [field]: token };
            return {
              method: method.name,
              field,
              params: named || byName ? object(members) : list(method, members),
            };
          });
      }),
    );

const junk = fc.oneof(
  fc.constantFrom(...ANYTHING),
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => JSON.stringify(text)),
  fc.bigInt().map(String),
  fc.double().map((value) => (Number.isFinite(value) ? String(value) : '1e999')),
);

/** Any call at all: parameters right, wrong, missing, too many, in the wrong place, of another method, twice. */
export const anyCalls = (all: readonly Target[]): fc.Arbitrary<Request> =>
  fc.constantFrom(...all).chain(({ method, bases }) => {
    const names = method.parameters.map(({ name }) => name);
    const everyName = all.flatMap((one) => one.method.parameters.map(({ name }) => name));
    const anyName = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...(names.length > 0 ? names : ['nope'])) },
      { weight: 2, arbitrary: fc.constantFrom(...everyName) },
      { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', '', 'x'.repeat(9000)) },
      { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
    );
    const changed = fc
      .tuple(
        fc.constantFrom(...bases),
        fc.dictionary(anyName, junk, { maxKeys: 3 }),
        fc.subarray([...names]),
        fc.boolean(),
      )
      .map(([base, more, dropped, named]) => {
        const kept = Object.entries({ ...base, ...more }).filter(
          ([name]) => !dropped.includes(name) || name in more,
        );
        const members = Object.fromEntries(kept);
        return named ? object(members) : list(method, members);
      });
    const words = fc
      .array(
        fc.oneof(
          junk,
          fc.tuple(anyName, junk).map(([n, t]) => JSON.stringify(`${n}=${t}`)),
        ),
        {
          maxLength: 20,
        },
      )
      .map((some) => `[${some.join(',')}]`);
    const shuffled = fc
      .constantFrom(...bases)
      .chain((base) =>
        fc.shuffledSubarray(Object.values(base)).map((some) => `[${some.join(',')}]`),
      );
    return fc
      .oneof({ weight: 4, arbitrary: changed }, words, shuffled)
      .map((params) => ({ method: method.name, params }));
  });
