import { describe, expect, test } from 'vitest';
import { BOBS, CLOSED, FIRST, NOW, rpcWorld, SECOND } from '../../test/doubles/rpc-world.ts';
import { HOUR_MS, laterBy } from '../core/units.ts';
import { RetryLater } from '../ports/errors.ts';
import type { RpcContext } from './context.ts';
import { revenueAnalyze } from './revenue-analyze.ts';
import { revenueDoctor } from './revenue-doctor.ts';
import { revenueExplain } from './revenue-explain.ts';

const REAL = { check: false };
const explain = (params: unknown, context = rpcWorld().context) =>
  revenueExplain.run(params, context, REAL);
const asText = async (answer: Promise<unknown>): Promise<string> =>
  String(Object(await answer).result);

describe('revenue-explain', () => {
  test('tells people why, what fixed it, what passed, why no rebalance and when next', async () => {
    const { context, rebalance } = rpcWorld();
    rebalance.spending = { jobs: [] };
    const answer = await explain([FIRST.scid], context);
    expect(answer).toMatchObject({ 'format-hint': 'simple' });
    const text = await asText(Promise.resolve(answer));
    for (const line of [
      'Channel 800148x28x0',
      'It asks 165 ppm now; 15 % of its 1 000 000 sat can leave',
      'price applies: at 160 ppm I expect more',
      'What fixed the number: anchor',
      'policy passes: the strategy is dynamic',
      'nothing was sent: authority is observe',
      'the same 3 times until',
      'Replayed: its inputs give the same number again',
      'Why no rebalance: authority is observe: nothing is spent below full; cool_down: was filled, rests for another 3 h (decision 3, 60 min ago)',
      'Next: the next fee cycle in 30 min',
    ])
      expect(text).toContain(line);
  });

  test('gives the same as data', async () => {
    expect(await explain({ subject: FIRST.id, json: true })).toMatchObject({
      short_channel_id: FIRST.scid,
      capacity_msat: 1_000_000_000n,
      decision: { id: 1, bound_by: 'anchor', replay: { same: true, number: 165 } },
      next: { at: 1_767_702_600 },
    });
  });

  test('a decision id is its own subject', async () =>
    expect(await explain([2, 'json=true'])).toMatchObject({
      id: 2,
      short_channel_id: BOBS.scid,
      number: 200,
    }));

  const replaying = (inputs: string): RpcContext => {
    const { context } = rpcWorld();
    const { journal } = context.store;
    const get: typeof journal.get = (id) => {
      const found = journal.get(id);
      return found && { ...found, inputs };
    };
    return { ...context, store: { ...context.store, journal: { ...journal, get } } };
  };

  test('says when today’s rules give another number, and when the inputs cannot be read', async () => {
    expect(await explain([1, 'json=true'], replaying('170'))).toMatchObject({
      replay: { same: false, number: 170 },
    });
    const unreadable = await explain({ subject: '1', json: true }, replaying('{'));
    expect(unreadable).toMatchObject({
      replay: { because: 'its inputs cannot be replayed: the inputs are of another version' },
    });
  });

  test('a channel without any decision, and one that is locked', async () => {
    const text = await asText(explain([SECOND.scid]));
    expect(text).toContain('Nothing was decided about it yet.');
    expect(text).toContain('Locked, fees: somebody else set its fee');
  });

  test('a closed channel is told as such, and nothing is promised for it', async () => {
    const text = await asText(explain([CLOSED.scid]));
    expect(text).toContain('Channel 700000x1x0 (closed)');
    expect(text).toContain('Next: it is closed, nothing is decided about it any more');
  });

  test('before the first look at the node an open channel is not called closed', async () => {
    const { context } = rpcWorld();
    const { channels } = context.store;
    const get: typeof channels.get = (id) => {
      const known = channels.get(id);
      return known && { ...known, closed: false };
    };
    const board = { ...context.board, channels: () => [] };
    const store = { ...context.store, channels: { ...channels, get } };
    const text = await asText(explain([CLOSED.scid], { ...context, board, store }));
    expect(text).not.toContain('closed');
    expect(text).toContain('Next: the next fee cycle in 30 min');
  });

  test('a channel on its way out has no next decision, and while history is read it waits', async () => {
    const { context } = rpcWorld();
    const { board } = context;
    const leaving = board.channels().map((one) => ({ ...one, state: 'ONCHAIN' }));
    const going = { ...context, board: { ...board, channels: () => leaving } };
    expect(await asText(explain([FIRST.scid], going))).toContain(
      'Next: nothing is decided while its state is ONCHAIN',
    );
    const jobs = () => board.jobs().map((job) => ({ ...job, waitingFor: 'history is read' }));
    expect(
      await asText(explain([FIRST.scid], { ...context, board: { ...board, jobs } })),
    ).toContain('Next: the fee cycle waits: history is read');
  });

  test('what does not exist is refused', async () => {
    await expect(explain(['4711'])).rejects.toMatchObject({ field: 'subject' });
    await expect(explain(['1x1x1'])).rejects.toMatchObject({ field: 'subject' });
  });
});

describe('revenue-analyze', () => {
  test('one channel in the shape of the Python plugin', async () => {
    const answer = await revenueAnalyze.run([FIRST.scid], rpcWorld().context, REAL);
    expect(answer).toMatchObject({
      channel: FIRST.scid,
      analysis: {
        channel_id: FIRST.scid,
        state: 'balanced',
        sats_in: 100,
        our_balance: 148_500,
        max_htlcs: 483,
        is_congested: false,
        htlc_max: 990_000_000n,
        analysis_window_days: 7,
      },
    });
  });

  test('a channel that was not analysed yet is null, an unknown one is refused', async () => {
    const run = (params: unknown) => revenueAnalyze.run(params, rpcWorld().context, REAL);
    expect(await run([BOBS.scid])).toEqual({ channel: BOBS.scid, analysis: null, missed: [] });
    await expect(run(['1x1x1'])).rejects.toMatchObject({ field: 'channel_id' });
    expect(await run([])).toMatchObject({ status: 'Flow analysis triggered', channels: 2 });
  });

  test('what was missed for lack of our liquidity is shown with what it would have earned (SPEC 2.9)', async () => {
    const answer = await revenueAnalyze.run([], rpcWorld().context, REAL);
    expect(answer).toMatchObject({
      missed: [{ day: '2024-10-04', attempts: 4, amount_msat: 50_000_000n }],
    });
  });

  test('check does not run the analysis', async () => {
    const world = rpcWorld();
    const analyze = () => {
      throw new Error('it ran');
    };
    const context = { ...world.context, flow: { ...world.context.flow, analyze } };
    await revenueAnalyze.run([], context, { check: true });
    await expect(revenueAnalyze.run([], context, REAL)).rejects.toThrow('it ran');
  });
});

describe('revenue-doctor', () => {
  const doctor = (context: RpcContext, params: unknown = { json: true }) =>
    revenueDoctor.run(params, context, REAL);

  test('says what to do about what it finds', async () => {
    const text = await asText(doctor(rpcWorld().context, []));
    expect(text).toContain('revenue-config set authority fees');
    expect(text).toContain('sling: is not running: nothing is rebalanced');
    expect(text).toContain('4.0 MiB with its write-ahead log');
    expect(text).toContain('!!  lock: fees of 800185x35x1');
    expect(text).not.toContain('lightning-cli setchannel');
  });

  test('shows the commands that restore the baseline without us', async () => {
    expect(await doctor(rpcWorld().context, { json: true, restore: true })).toMatchObject({
      restore_commands_count: 1,
      restore_commands: [`lightning-cli setchannel ${FIRST.id} 1000 100`],
    });
  });

  test('finds the Python plugin and other fee setters beside us', async () => {
    const node = { plugins: async () => ['cl-revenue-ops.py', 'feeadjuster.py'] };
    expect(await doctor(rpcWorld({ node }).context)).toMatchObject({
      status: 'attention',
      checks: expect.arrayContaining([
        expect.objectContaining({
          name: 'other plugins',
          finding: expect.stringContaining('cl-revenue-ops.py, feeadjuster.py'),
        }),
      ]),
    });
  });

  test('a lightningd that does not answer is unknown, not an error', async () => {
    const plugins = async () => {
      throw new RetryLater('no answer in 5 s');
    };
    expect(await doctor(rpcWorld({ node: { plugins } }).context)).toMatchObject({
      checks: expect.arrayContaining([
        expect.objectContaining({ name: 'other plugins', verdict: 'unknown' }),
      ]),
    });
  });

  test('notices a clock that was set back', async () => {
    const early = { now: () => laterBy(NOW, -3 * HOUR_MS) };
    expect(await doctor(rpcWorld({ clock: early }).context)).toMatchObject({
      checks: expect.arrayContaining([
        expect.objectContaining({ name: 'clock', verdict: 'attention' }),
      ]),
    });
  });
});
