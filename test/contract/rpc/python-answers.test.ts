/**
 * What the Python plugin answered, call by call, against what we answer in an equivalent small world. Every recorded
 * field is there and is of the recorded type, but for the differences listed here, each with its reason.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { PolicyService } from '../../../src/cycles/policy-service.ts';
import { BadRequest } from '../../../src/ports/errors.ts';
import { METHODS } from '../../../src/rpc/methods.ts';
import { openStore } from '../../../src/sqlite/open-store.ts';
import { ALICE, BOBS, NOW, rpcWorld, SECOND } from '../../doubles/rpc-world.ts';
import recorded from './python-v1.4.json' with { type: 'json' };

type Recorded = (typeof recorded)[number];
const PEER = `02${'0'.repeat(63)}1`;
/** Whom the recordings name, by the names of our small world. */
const NAMES: Readonly<Record<string, string>> = {
  '803330x630x0': SECOND.scid,
  '801850x350x0': BOBS.scid,
};

/** A fault of the call is the JSON-RPC error −32602 naming its field; the ancestor answered a result. */
type Refused = { readonly refused: string; readonly because: string };
/** Path in the recorded answer → why it is another thing here. */
type Other = Readonly<Record<string, string>>;

const MALFORMED = 'malformed input is an error that names its field (SPEC 5, 7.3)';
const NO_CHANNEL =
  'a channel that nobody knows is a fault of the call: success was said of nothing';
const refused = (field: string, because = MALFORMED): Refused => ({ refused: field, because });

const BY_SPREAD =
  'candidates are judged by expected value (SPEC 4.5), not by a spread of prices; revenue-rebalance-debug shows each term';
const WORDS = 'the sentence says more';

const DIFFERENCES: Readonly<Record<string, Refused | Other>> = {
  'revenue-analyze 1x1x1': refused('channel_id', NO_CHANNEL),
  'revenue-set-fee 1x1x1 333': refused('channel_id', NO_CHANNEL),
  'revenue-rebalance 1x1x1 801850x350x0 50000': refused('from_channel', NO_CHANNEL),
  'revenue-rebalance 803330x630x0 801850x350x0 50000 40': {
    status:
      'initiated is what cl-hive waits for (SPEC 8); success would be said before anything moved',
    'candidate.outbound_fee_ppm': BY_SPREAD,
    'candidate.source_fee_ppm': BY_SPREAD,
    'candidate.weighted_opp_cost_ppm': BY_SPREAD,
    'candidate.spread_ppm': BY_SPREAD,
    'candidate.liquidity_ratio': BY_SPREAD,
    'candidate.dest_flow_state': BY_SPREAD,
    'candidate.dest_turnover_rate': BY_SPREAD,
    'candidate.source_turnover_rate': BY_SPREAD,
  },
  'revenue-profitability': {
    status: 'the ancestor failed as soon as one channel was stagnant; here is the answer it meant',
    error: 'as above',
  },
  [`revenue-remanage ${PEER}`]: { message: 'it needs no clboss to leave a peer alone (SPEC 7.8)' },
  [`revenue-policy set ${PEER} strategy=static fee_ppm=500`]: { message: WORDS },
  'revenue-policy set zz strategy=static': refused('peer_id'),
  [`revenue-policy set ${PEER} strategy=bogus`]: refused('strategy'),
  [`revenue-policy set ${PEER} strategy=static fee_ppm='500'`]: {
    status: 'a number as text is a number: lightning-cli passes either',
    error: 'as above',
  },
  [`revenue-policy delete ${PEER}`]: {
    status: 'recorded where no policy was; here the calls before made one',
    message: 'as above',
  },
  'revenue-policy frobnicate': refused('action'),
  [`revenue-report peer ${PEER}`]: {
    status: 'the ancestor called what does not exist; here is the report it meant',
    error: 'as above',
  },
  'revenue-report bogus': refused('report_type'),
  'revenue-config get': {
    'config.db_path': 'below the lightning directory, by network (SPEC 7.2)',
    'config.source_threshold': 'a law of the flow states (SPEC 2.4), no setting',
    'config.sink_threshold': 'a law of the flow states (SPEC 2.4), no setting',
    'config.clboss_enabled': 'its default was true; the recording had it switched off',
    'config.clboss_unmanage_duration_hours': 'was read by nothing',
    'config.sling_available': 'no setting: revenue-status says who is there',
  },
  'revenue-config get nope': refused('key'),
  'revenue-config set daily_budget_sats abc': refused('value'),
  'revenue-config set daily_budget_sats 99999999': refused('value'),
  'revenue-config set dry_run true': refused('key'),
  'revenue-config set enable_kelly perhaps': refused('value', 'perhaps was taken for false'),
  'revenue-config reset daily_budget_sats': {
    error: 'the ancestor found no override although one was set; here it is there to be reset',
  },
  'revenue-config list-mutable': {
    'mutable_keys[]': 'sorted, and more of them',
    count: 'as above',
  },
};

const titleOf = ({ method, args, named }: Recorded): string =>
  [
    method,
    ...args,
    ...Object.entries(named).map(
      ([name, value]) =>
        `${name}=${typeof value === 'string' && /^\d/.test(value) ? `'${value}'` : value}`,
    ),
  ].join(' ');

const kindOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  // Exact money is bigint here and a number in JSON.
  return typeof value === 'bigint' ? 'number' : typeof value;
};
const isObject = (value: unknown): value is object => kindOf(value) === 'object';
/** A recorded list was cut: `"... 200 items"` stands for the rest. */
const isCut = (value: unknown): boolean => typeof value === 'string' && value.startsWith('... ');

/** Here the small world is the same, so values are, too. */
const EXACT = /^revenue-(policy|ignore|unignore|list-ignored|remanage|config)$/;
/** Words a program decides on: the same everywhere. */
const TELLING = /^(status|success|type)$/;

/** Paths at which ours lacks what was recorded, or has it of another type. */
function lacking(theirs: unknown, ours: unknown, exact: boolean, path = ''): readonly string[] {
  if (theirs === null) return ours === undefined ? [path] : [];
  if (kindOf(theirs) !== kindOf(ours)) return [path];
  if (Array.isArray(theirs) && Array.isArray(ours)) {
    const [first] = theirs.filter((one) => !isCut(one));
    if (first === undefined) return [];
    return ours.length === 0 ? [`${path}[]`] : lacking(first, ours[0], exact, `${path}[]`);
  }
  if (!isObject(theirs) || !isObject(ours)) return exact && theirs !== ours ? [path] : [];
  const mine = new Map(Object.entries(ours));
  return Object.entries(theirs).flatMap(([name, value]) =>
    lacking(
      value,
      mine.get(name),
      exact || TELLING.test(name),
      path === '' ? name : `${path}.${name}`,
    ),
  );
}

const store = openStore(':memory:', { onProblem: () => undefined });
const policies = new PolicyService({
  store: store.policies,
  clock: { now: () => NOW },
  changed: () => undefined,
});
const { context } = rpcWorld({ policies });
afterAll(() => store.close());

/** Our answer, or the field of our refusal. */
async function ours({ method, args, named }: Recorded): Promise<unknown> {
  const found = METHODS.find(({ name }) => name === method);
  if (found === undefined) return { refused: 'there is no such method' };
  const words = args.map((arg) =>
    method === 'revenue-report' && arg === PEER ? ALICE : (NAMES[String(arg)] ?? arg),
  );
  const params = [...words, ...Object.entries(named).map(([name, value]) => `${name}=${value}`)];
  try {
    return await found.run(params, context, { check: false });
  } catch (error) {
    if (error instanceof BadRequest) return { refused: error.field };
    throw error;
  }
}

const isRefused = (listed: Refused | Other): listed is Refused => 'refused' in listed;

describe('each recorded call has the recorded shape, but for what is listed', () => {
  // In the order of the recording: some build on those before.
  test.each(recorded.map((call) => [titleOf(call), call] as const))('%s', async (title, call) => {
    const answer = await ours(call);
    const listed = DIFFERENCES[title] ?? {};
    if (isRefused(listed)) {
      expect(answer).toEqual({ refused: listed.refused });
      return;
    }
    const found = lacking(call.answer, answer, EXACT.test(call.method));
    expect(found.toSorted()).toEqual(Object.keys(listed).toSorted());
  });

  test('the whole recording is here, and no difference is listed of what was not recorded', () => {
    expect(recorded).toHaveLength(44);
    const titles = recorded.map(titleOf);
    expect(new Set(titles).size).toBe(44);
    expect(Object.keys(DIFFERENCES).filter((title) => !titles.includes(title))).toEqual([]);
    const methods = new Set(recorded.map(({ method }) => method));
    expect(methods.size).toBe(15);
  });

  test('what was deprecated then still answers, marked as lightningd expects', () => {
    const marked = METHODS.filter(({ deprecated }) => deprecated).map(({ name }) => name);
    const old = ['revenue-ignore', 'revenue-list-ignored', 'revenue-remanage', 'revenue-unignore'];
    expect(marked.toSorted()).toEqual(old);
  });
});

describe('the comparison itself', () => {
  test.each([
    [{ a: 1 }, {}, ['a']],
    [{ a: 1 }, { a: '1' }, ['a']],
    [{ a: 1 }, { a: 1n, b: 2 }, []],
    [{ a: null }, { a: 'x' }, []],
    [{ a: [{ b: 1 }, '... 200 items'] }, { a: [{ b: true }] }, ['a[].b']],
    [{ a: [{ b: 1 }] }, { a: [] }, ['a[]']],
    [{ status: 'success', n: 1 }, { status: 'error', n: 2 }, ['status']],
  ])('%j against %o lacks %j', (theirs, mine, wanted) => {
    expect(lacking(theirs, mine, false)).toEqual(wanted);
  });
});
