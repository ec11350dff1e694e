import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bug } from '../../ports/errors.ts';
import { Ledger } from './ledger.ts';

const openings = [
  { capacity: 1_000_000, toUs: 500_000, reserve: 10_000 },
  { capacity: 2_000_000, toUs: 2_000_000 - 20_000, reserve: 20_000 },
  { capacity: 500_000, toUs: 5_000, reserve: 5_000 },
];
const htlc = (from: number, to: number, outMsat: number, fee = 1) => ({
  from,
  to,
  inMsat: outMsat + fee,
  outMsat,
  receivedAt: 0,
  paymentHash: 'ab',
  succeeds: true,
});

describe('ledger', () => {
  it('shows what can leave and what can come: side less reserve, never below 0', () => {
    const ledger = new Ledger(openings);
    expect([0, 1, 2].map(ledger.spendable, ledger)).toEqual([490_000, 1_960_000, 0]);
    expect([0, 1, 2].map(ledger.receivable, ledger)).toEqual([490_000, 0, 490_000]);
  });

  it('a pending HTLC takes room but moves no money; settling moves it and earns the fee', () => {
    const ledger = new Ledger(openings);
    const slot = ledger.offer(htlc(0, 1, 100_000, 500));
    expect([ledger.toUs(0), ledger.toUs(1)]).toEqual([500_000, 1_980_000]);
    expect([ledger.receivable(0), ledger.spendable(1)]).toEqual([389_500, 1_860_000]);
    expect(ledger.htlcs()[1]).toEqual([
      { direction: 'out', id: 0, amount: 100_000, paymentHash: 'ab' },
    ]);
    ledger.settle(slot);
    expect([ledger.toUs(0), ledger.toUs(1), ledger.earned]).toEqual([600_500, 1_880_000, 500]);
    expect(ledger.counters(0)).toMatchObject({ inOffered: 1, inFulfilled: 1 });
    ledger.audit();
  });

  it('a failed one leaves no trace but its ids and counters', () => {
    const ledger = new Ledger(openings);
    ledger.fail(ledger.offer(htlc(0, 1, 100_000)));
    expect([ledger.spendable(1), ledger.receivable(0), ledger.earned]).toEqual([
      1_960_000, 490_000, 0,
    ]);
    expect(ledger.refuse(0)).toBe(1);
    expect(ledger.get(ledger.offer(htlc(0, 1, 1)))).toMatchObject({ inId: 2, outId: 1 });
  });

  it('an HTLC cannot end twice', () => {
    const ledger = new Ledger(openings);
    const slot = ledger.offer(htlc(0, 1, 1));
    ledger.settle(slot);
    expect(() => ledger.settle(slot)).toThrow(Bug);
  });

  it('our own payment takes room on its way out, and moves money and costs only when it is back', () => {
    const ledger = new Ledger(openings);
    expect(ledger.sendAround(1, 100_100, 'cd')).toBe(0);
    expect([ledger.toUs(1), ledger.spendable(1), ledger.slotsOut(1)]).toEqual([
      1_980_000, 1_859_900, 1,
    ]);
    expect(ledger.htlcs()[1]).toEqual([
      { direction: 'out', id: 0, amount: 100_100, paymentHash: 'cd' },
    ]);
    ledger.audit();
    expect(ledger.returnAround('cd', 2, 100_000)).toBe(0);
    expect([ledger.toUs(1), ledger.toUs(2), ledger.paid]).toEqual([1_879_900, 105_000, 100]);
    expect([ledger.slotsOut(1), ledger.earned]).toEqual([0, 0]);
    expect(ledger.counters(1)).toMatchObject({ outOffered: 1, outFulfilled: 1 });
    expect(ledger.counters(2)).toMatchObject({ inOffered: 1, inFulfilled: 1 });
    ledger.audit();
  });

  it('our own payment that fails costs nothing, ends once, and leaves once', () => {
    const ledger = new Ledger(openings);
    ledger.sendAround(1, 100_100, 'cd');
    expect(() => ledger.sendAround(1, 1, 'cd')).toThrow(Bug);
    ledger.failAround('cd');
    expect([ledger.spendable(1), ledger.paid, ledger.slotsOut(1)]).toEqual([1_960_000, 0, 0]);
    expect(() => ledger.failAround('cd')).toThrow(Bug);
    expect(() => ledger.returnAround('cd', 2, 1)).toThrow(Bug);
    ledger.audit();
  });

  it('the audit sees a channel that promised more than it has', () => {
    const ledger = new Ledger(openings);
    ledger.offer(htlc(0, 2, 6_000));
    expect(() => ledger.audit()).toThrow(Bug);
  });

  it('whatever is offered, settled and failed, money is conserved', () => {
    const step = fc.record({
      from: fc.nat(2),
      to: fc.nat(2),
      amount: fc.integer({ min: 1, max: 400_000 }),
      fee: fc.nat(2_000),
      end: fc.constantFrom('settle', 'fail', 'keep'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const ledger = new Ledger(openings);
        let fees = 0;
        for (const { from, to, amount, fee, end } of steps) {
          if (from === to) continue;
          if (ledger.spendable(to) < amount || ledger.receivable(from) < amount + fee) continue;
          const slot = ledger.offer(htlc(from, to, amount, fee));
          if (end === 'settle') fees += fee;
          if (end === 'settle') ledger.settle(slot);
          if (end === 'fail') ledger.fail(slot);
          ledger.audit();
        }
        expect(ledger.earned).toBe(fees);
      }),
    );
  });
});
