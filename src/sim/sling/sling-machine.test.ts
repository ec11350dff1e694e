import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { laterBy } from '../../core/units.ts';
import type { CircularEvent } from '../market/circular.ts';
import type { MarketEvent, SimChannel } from '../market/market.ts';
import { type Fate, LASTS_MS, RoundMarket, roundChannel } from './round-market.fixture.ts';
import { SlingMachine } from './sling-machine.ts';
import { SlingGone, type SlingMode, type SlingOrder, SlingRefused } from './sling-order.ts';

const CHUNK = 100_000_000;
const ORDER: SlingOrder = {
  channel: 0,
  direction: 'pull',
  chunk: CHUNK,
  total: 3 * CHUNK,
  maxPpm: 500,
  candidates: [1, 2],
  keepShare: 0.2,
  keepAmount: 2e9,
};
const { total: _, ...ENDLESS } = ORDER;
const HOUR = 3_600_000;

function world(
  options: {
    readonly mode?: SlingMode;
    readonly fates?: readonly Fate[];
    readonly channels?: readonly SimChannel[];
  } = {},
) {
  const channels = options.channels ?? [0, 1, 2, 3].map((index) => roundChannel(index));
  const market = new RoundMarket(channels, options.fates);
  const sling = new SlingMachine(market, () => options.mode ?? 'healthy');
  const events: CircularEvent[] = [];
  const emit = (event: MarketEvent) => {
    if (event.kind === 'circular') events.push(event);
  };
  const pass = (ms: number) => sling.advance(laterBy(market.now(), ms), emit);
  const settled = () => events.filter(({ phase }) => phase === 'settled');
  return { market, sling, events, emit, pass, settled };
}

describe('a healthy sling', () => {
  it('moves the whole total of a once job in chunks, one at a time, and the job ends', () => {
    const { market, sling, pass, events, settled } = world();
    sling.start(ORDER);
    pass(HOUR);
    expect(settled().map(({ amountMsat }) => amountMsat)).toEqual([CHUNK, CHUNK, CHUNK]);
    expect(events.map(({ phase }) => phase)).toEqual(
      [1, 2, 3].flatMap(() => ['offered', 'settled']),
    );
    expect(sling.jobs()).toEqual([]);
    expect(sling.tasks()).toMatchObject([{ status: 'Balanced', active: false, moved: 3 * CHUNK }]);
    expect(market.attempts.every(({ from, to }) => from === 1 && to === 0)).toBe(true);
    expect(sling.stats(0).successes).toMatchObject([1, 2, 3].map(() => ({ fee: 10_000 })));
    expect(sling.nextAt()).toBeUndefined();
  });

  it('pushes out of its channel into the candidates', () => {
    const { market, sling, pass } = world();
    sling.start({ ...ORDER, direction: 'push' });
    pass(HOUR);
    expect(market.attempts.every(({ from, to }) => from === 0 && to === 1)).toBe(true);
  });

  it('starts nothing before time passes, and shows what is on its way', () => {
    const { market, sling, pass, events } = world();
    sling.start(ORDER);
    expect(sling.job(0)).toMatchObject({ status: 'Starting', active: true, inFlight: undefined });
    pass(0);
    expect(events.map(({ phase }) => phase)).toEqual(['offered']);
    expect(sling.job(0)).toMatchObject({
      status: 'Rebalancing',
      inFlight: events[0]?.paymentHash,
    });
    expect(market.attempts).toHaveLength(1);
  });

  it('uses only candidates that are connected and keep more than the guard', () => {
    const rich = { toUs: 5e9, capacity: 1e10 };
    const channels = [
      roundChannel(0),
      roundChannel(1, { ...rich, connected: false }),
      roundChannel(2, { ...rich, toUs: 2e9 }),
      roundChannel(3, { ...rich, closed: true }),
      roundChannel(4, { ...rich, toUs: 2e9 + 1 }),
    ];
    const { market, sling, pass } = world({ channels });
    sling.start({ ...ORDER, candidates: [0, 1, 2, 3, 4, 99] });
    pass(HOUR);
    expect(market.attempts.map(({ from }) => from)).toEqual([4, 4, 4]);
  });

  it('keeps at least the chunk and 10,000 sat however little the guard asks', () => {
    const almost = roundChannel(1, { toUs: CHUNK + 10_000_000 });
    const { market, sling, pass } = world({ channels: [roundChannel(0), almost] });
    sling.start({ ...ORDER, candidates: [1], keepShare: 0, keepAmount: 0 });
    pass(HOUR);
    expect(market.attempts).toEqual([]);
    expect(sling.job(0)?.status).toBe('NoCandidates');
  });

  it('tries the next candidate, then waits ten minutes when all are too dear', () => {
    const { market, sling, pass } = world({ fates: ['too dear', 'too dear', 'settles'] });
    sling.start(ORDER);
    pass(599_999);
    expect(market.attempts.map(({ from }) => from)).toEqual([1, 2]);
    expect(sling.job(0)?.status).toBe('NoCheapRoute');
    pass(1);
    expect(market.attempts).toHaveLength(3);
  });

  it('never ends a once job by itself for want of a route', () => {
    const { sling, pass } = world({ fates: Array.from({ length: 10_000 }, () => 'no liquidity') });
    sling.start(ORDER);
    pass(48 * HOUR);
    expect(sling.job(0)).toMatchObject({ active: true, status: 'NoRoutes', moved: 0 });
  });

  it('rests after three failures in a row, and counts them', () => {
    const { market, sling, pass } = world({ fates: ['fails', 'fails', 'fails'] });
    sling.start(ORDER);
    pass(3 * (LASTS_MS + 1_000));
    expect(market.attempts).toHaveLength(3);
    expect(sling.job(0)?.status).toBe('NoCheapRoute');
    expect(sling.stats(0).failures).toHaveLength(3);
    pass(HOUR);
    expect(sling.jobs()).toEqual([]);
  });

  it('waits for a payment that hangs and sends no other meanwhile', () => {
    const { market, sling, pass } = world({ fates: ['hangs'] });
    sling.start(ORDER);
    pass(HOUR / 2);
    expect(market.attempts).toHaveLength(1);
    expect(sling.job(0)).toMatchObject({ status: 'Rebalancing', moved: 0 });
    pass(HOUR / 2);
    expect(sling.tasks()[0]?.moved).toBe(3 * CHUNK);
  });

  it('stop ends the payment on its way at once, and nothing happens after it', () => {
    const { sling, pass, emit, settled, events } = world();
    sling.start(ORDER);
    pass(1_000);
    expect(sling.stop(0, emit)).toBe(1);
    expect(settled()).toHaveLength(1);
    const before = events.length;
    pass(HOUR);
    expect(events).toHaveLength(before);
    expect(sling.jobs()).toEqual([]);
    expect(sling.tasks()).toMatchObject([{ status: 'Stopped', moved: CHUNK, inFlight: undefined }]);
    expect(sling.stop(3, emit)).toBe(0);
  });

  it('an endless job runs to its target share, rests, and stays written down after a stop', () => {
    const { market, sling, pass, emit } = world({
      channels: [roundChannel(0, { toUs: 4e9 }), roundChannel(1), roundChannel(2)],
    });
    sling.start({ ...ENDLESS, target: 0.41 });
    pass(HOUR);
    expect(market.attempts.length).toBeGreaterThan(100);
    sling.stop(0, emit);
    expect(sling.job(0)).toMatchObject({ active: false, status: 'Stopped' });
    sling.remove(0, emit);
    expect(sling.job(0)).toBeUndefined();
  });

  it('an endless job whose channel is balanced tries nothing', () => {
    const { market, sling, pass } = world();
    sling.start(ENDLESS);
    pass(HOUR);
    expect(market.attempts).toEqual([]);
    expect(sling.job(0)?.status).toBe('Balanced');
  });

  it('what is only written down waits for go', () => {
    const { sling } = world();
    sling.add(ENDLESS);
    expect(sling.job(0)).toMatchObject({ status: 'NotStarted', active: false });
    expect(sling.nextAt()).toBeUndefined();
    expect([sling.go(), sling.go()]).toEqual([1, 0]);
    expect(sling.job(0)).toMatchObject({ active: true });
  });
});

describe('whatever happens to a once job', () => {
  const fate = fc.constantFrom<Fate>('settles', 'fails', 'hangs', 'too dear', 'no liquidity');
  const mode = fc.constantFrom<SlingMode>('healthy', 'delivers short', 'shortchanges', 'stalls');
  const waits = fc.array(fc.nat(3 * HOUR), { minLength: 1, maxLength: 12 });

  it('it never moves more than its total, never has two payments on their way, and stop is the end', () => {
    fc.assert(
      fc.property(fc.array(fate, { maxLength: 12 }), mode, waits, (fates, behaviour, list) => {
        const { market, sling, events, emit, pass, settled } = world({ fates, mode: behaviour });
        sling.start(ORDER);
        for (const ms of list) {
          pass(ms);
          const ended = events.filter(({ phase }) => phase !== 'offered').length;
          expect(events.length - ended - ended).toBeLessThanOrEqual(1);
          const task = sling.tasks()[0];
          expect(settled().length * CHUNK).toBe(task?.moved);
          expect(task?.moved).toBeLessThanOrEqual(3 * CHUNK);
          expect(market.attempts.every(({ amount }) => amount === CHUNK)).toBe(true);
        }
        sling.stop(0, emit);
        const before = events.length;
        expect(before % 2).toBe(0);
        pass(48 * HOUR);
        expect(events).toHaveLength(before);
      }),
    );
  });

  it('however the time is cut, it tries the same at the same moments', () => {
    fc.assert(
      fc.property(fc.array(fate, { maxLength: 12 }), waits, (fates, list) => {
        const [cut, whole] = [world({ fates }), world({ fates })];
        for (const { sling } of [cut, whole]) sling.start(ORDER);
        for (const ms of list) cut.pass(ms);
        whole.pass(list.reduce((sum, ms) => sum + ms, 0));
        expect(cut.events).toEqual(whole.events);
        expect(cut.sling.tasks()).toEqual(whole.sling.tasks());
      }),
    );
  });
});

describe('sling refuses', () => {
  const refusal = (make: (sling: SlingMachine) => void, channels?: readonly SimChannel[]) => {
    const { sling } = world(channels === undefined ? {} : { channels });
    expect(() => make(sling)).toThrow(SlingRefused);
    try {
      make(sling);
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
    return undefined;
  };

  it('a once job where one runs or is written down', () => {
    const { sling, pass } = world();
    sling.start(ORDER);
    expect(() => sling.start(ORDER)).toThrow('There is already a job for that scid running!');
    expect(() => sling.add(ENDLESS)).toThrow('Once-job is currently running for this channel');
    pass(HOUR);
    sling.start(ORDER);
    const other = world().sling;
    other.add(ENDLESS);
    expect(() => other.start(ORDER)).toThrow(/^There is already a job for that scid!$/);
  });

  it('what is no multiple, more than there is room for, or an unknown channel', () => {
    expect(refusal((sling) => sling.start({ ...ORDER, total: CHUNK + 1_000 }))).toBe(
      'onceamount must be a multiple of amount. onceamount: 100001, amount: 100000',
    );
    const full = [roundChannel(0, { receivable: 3 * CHUNK - 1 }), roundChannel(1)];
    expect(refusal((sling) => sling.start(ORDER), full)).toMatch(
      /^Channel 800000x\d+x\d+ has not enough capacity to pull 300000000msat$/,
    );
    expect(refusal((sling) => sling.start({ ...ORDER, channel: 9 }))).toContain('not found');
  });

  it('a candidate that is itself being filled', () => {
    const { sling } = world();
    sling.start(ORDER);
    expect(() => sling.start({ ...ORDER, channel: 3, candidates: [0] })).toThrow(
      /^candidate \S+ has a pull-job that rebalances in the other direction!$/,
    );
  });
});

describe('a sling that misbehaves', () => {
  it('stalls: accepts and never tries', () => {
    const { market, sling, pass } = world({ mode: 'stalls' });
    sling.start(ORDER);
    pass(48 * HOUR);
    expect(market.attempts).toEqual([]);
    expect(sling.job(0)).toMatchObject({ active: true, status: 'Rebalancing' });
  });

  it('lies about success: the job is gone, statistics praise it, nothing left us', () => {
    const { market, sling, pass } = world({ mode: 'lies about success' });
    sling.start(ORDER);
    pass(HOUR);
    expect(market.attempts).toEqual([]);
    expect(sling.jobs()).toEqual([]);
    expect(sling.stats(0).successes).toHaveLength(3);
  });

  it('delivers short: ends after a part of the total', () => {
    const { sling, pass, settled } = world({ mode: 'delivers short' });
    sling.start(ORDER);
    pass(HOUR);
    expect(settled()).toHaveLength(1);
    expect(sling.jobs()).toEqual([]);
  });

  it('wrong parallel channel: arrives on another channel of that peer, where there is one', () => {
    const peerId = roundChannel(0).peerId;
    const channels = [roundChannel(0), roundChannel(1), roundChannel(2, { peerId })];
    const { sling, pass, settled } = world({ mode: 'wrong parallel channel', channels });
    sling.start({ ...ORDER, candidates: [1] });
    pass(HOUR);
    expect(settled().map(({ toIndex }) => toIndex)).toEqual([2, 2, 2]);
    const single = world({ mode: 'wrong parallel channel' });
    single.sling.start(ORDER);
    single.pass(HOUR);
    expect(single.settled().map(({ toIndex }) => toIndex)).toEqual([0, 0, 0]);
  });

  it('dies in mid job: after the first payment all is gone until it comes back without once jobs', () => {
    const { sling, pass, emit, settled } = world({ mode: 'dies in mid job' });
    sling.add({ ...ENDLESS, channel: 3 });
    sling.start(ORDER);
    pass(HOUR);
    expect(settled()).toHaveLength(1);
    expect(sling.gone).toBe(true);
    for (const call of [
      () => sling.version(),
      () => sling.jobs(),
      () => sling.tasks(),
      () => sling.start(ORDER),
      () => sling.stop(0, emit),
      () => sling.stats(0),
    ])
      expect(call).toThrow(SlingGone);
    sling.revive();
    expect(sling.jobs()).toMatchObject([{ order: { channel: 3 }, active: false }]);
    sling.start(ORDER);
    pass(HOUR);
    expect([settled().length, sling.gone]).toEqual([4, false]);
  });

  it('too old: says so, and works', () => {
    const { sling, pass, settled } = world({ mode: 'too old' });
    expect([sling.version(), world().sling.version()]).toEqual(['v4.2.1', 'v4.3.1']);
    sling.start(ORDER);
    pass(HOUR);
    expect(settled()).toHaveLength(3);
  });

  it('shortchanges: a hundredth of the amount does not arrive, and sling counts it whole', () => {
    const { sling, pass, settled } = world({ mode: 'shortchanges' });
    sling.start(ORDER);
    pass(HOUR);
    expect(settled().map(({ receivedMsat }) => receivedMsat)).toEqual(
      [1, 2, 3].map(() => CHUNK - CHUNK / 100),
    );
    expect(sling.tasks()[0]?.moved).toBe(3 * CHUNK);
  });

  it('can change its mind while a job runs', () => {
    let mode: SlingMode = 'stalls';
    const market = new RoundMarket([0, 1, 2].map((index) => roundChannel(index)));
    const sling = new SlingMachine(market, () => mode);
    sling.start(ORDER);
    sling.advance(laterBy(market.now(), HOUR), () => undefined);
    mode = 'healthy';
    sling.advance(laterBy(market.now(), HOUR), () => undefined);
    expect(market.attempts).toHaveLength(3);
  });
});
