/** What the Python plugin answered, call by call, against what we answer: every difference is here with its reason. */
import { expect, test } from 'vitest';
import { PolicyService } from '../../../src/cycles/policy-service.ts';
import { BadRequest } from '../../../src/ports/errors.ts';
import { METHODS } from '../../../src/rpc/methods.ts';
import { openStore } from '../../../src/sqlite/open-store.ts';
import { NOW, rpcWorld } from '../../doubles/rpc-world.ts';
import recorded from './python-v1.4.json' with { type: 'json' };

const PEER = `02${'0'.repeat(63)}1`;
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'revenue-policy': ['action', 'peer_id'],
  'revenue-ignore': ['peer_id', 'reason'],
  'revenue-unignore': ['peer_id'],
  'revenue-remanage': ['peer_id', 'tag'],
  'revenue-list-ignored': [],
};

/** `path`: ours, or that it is an error of ours, where the recording has something else. */
type Differences = Readonly<Record<string, unknown>>;
/** Malformed input is the JSON-RPC error −32602 and names the field (SPEC 5); the ancestor answered a result. */
const refused = (field: string): Differences => ({ error: `-32602 ${field}` });

const UPDATED = `Policy of ${PEER} updated; authority is observe, so nothing is sent to the node`;

const DIFFERENCES: Readonly<Record<string, Differences>> = {
  // Without clboss nobody takes the peer, as there; here it is left alone all the same (SPEC 7.8). And it is deprecated.
  [`revenue-remanage ${PEER}`]: {
    message: `Peer ${PEER}: its fees and liquidity are left alone from now on; clboss not available`,
    warning: "DEPRECATED: Use 'revenue-policy set' instead.",
  },
  [`revenue-policy set ${PEER} strategy=static fee_ppm=500`]: { message: UPDATED },
  'revenue-policy set zz strategy=static': refused('peer_id'),
  [`revenue-policy set ${PEER} strategy=bogus`]: refused('strategy'),
  // A number as text is a number: lightning-cli may pass either. It says the same again, so nothing changes.
  [`revenue-policy set ${PEER} strategy=static fee_ppm='500'`]: {
    status: 'success',
    error: undefined,
    message: `${PEER} says so already: nothing changed`,
    policy: {
      peer_id: PEER,
      strategy: 'static',
      rebalance_mode: 'enabled',
      fee_ppm_target: 500,
      tags: [],
      updated_at: NOW / 1000,
    },
  },
  [`revenue-policy tag ${PEER} tag=whale`]: { message: UPDATED },
  [`revenue-policy untag ${PEER} tag=whale`]: { message: UPDATED },
  // The recording came from another moment: here the policy of the calls before is there to be deleted.
  [`revenue-policy delete ${PEER}`]: {
    status: 'success',
    peer_id: PEER,
    message: `Policy of ${PEER} deleted`,
  },
  'revenue-policy frobnicate': refused('action'),
};
/** Ours has more: whom it is for, bounds, end, who said so; and how many there are in all. */
const MORE =
  /(^|\.)(subject|min_ppm|max_ppm|expires_at|is_expired|set_by|rules|total|channels|decided_by)(\.|$)/;

function paths(value: unknown, path = ''): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  const below = Object.entries(value).filter(([, inner]) => inner !== undefined);
  if (below.length === 0) return path === '' ? [] : [[path, value]];
  return below.flatMap(([name, inner]) => paths(inner, path === '' ? name : `${path}.${name}`));
}

const titleOf = ({ method, args, named }: (typeof recorded)[number]): string =>
  [
    method,
    ...args,
    ...Object.entries(named).map(
      ([name, value]) =>
        `${name}=${typeof value === 'string' && /^\d/.test(value) ? `'${value}'` : value}`,
    ),
  ].join(' ');

test('each recorded call has the recorded answer, but for what is listed', async () => {
  const store = openStore(':memory:', { onProblem: () => undefined });
  const clock = { now: () => NOW };
  const policies = new PolicyService({ store: store.policies, clock, changed: () => undefined });
  const { context } = rpcWorld({ policies });
  const unused = new Set(Object.keys(DIFFERENCES));
  for (const call of recorded) {
    const title = titleOf(call);
    unused.delete(title);
    const method = METHODS.find(({ name }) => name === call.method);
    const names = NAMES[call.method] ?? [];
    const params = {
      ...Object.fromEntries(call.args.map((arg, i) => [names[i], arg])),
      ...call.named,
    };
    const ours = await method?.run(params, context, { check: false }).catch((error: unknown) => {
      if (error instanceof BadRequest) return refused(error.field);
      throw error;
    });
    const listed = DIFFERENCES[title] ?? {};
    if ('error' in listed && listed.error !== undefined) {
      expect(ours, title).toEqual(listed);
      continue;
    }
    const wanted = Object.fromEntries(paths(call.answer));
    for (const [name, value] of Object.entries(listed))
      if (value === undefined) delete wanted[name];
    const got = Object.fromEntries(paths(ours).filter(([path]) => !MORE.test(path)));
    expect(got, title).toEqual({ ...wanted, ...Object.fromEntries(paths(listed)) });
  }
  expect([...unused]).toEqual([]);
  store.close();
});

test('every method of the ancestor on policies is still there, the old ones marked as lightningd expects', () => {
  const marked = METHODS.filter(({ deprecated }) => deprecated).map(({ name }) => name);
  expect(marked.toSorted()).toEqual(
    Object.keys(NAMES)
      .filter((name) => name !== 'revenue-policy')
      .toSorted(),
  );
  expect(METHODS.some(({ name }) => name === 'revenue-policy')).toBe(true);
});
