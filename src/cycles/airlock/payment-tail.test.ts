import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecordedPayments } from '../../../test/doubles/payment-records.ts';
import { msat, unixMs } from '../../core/units.ts';
import { RetryLater } from '../../ports/errors.ts';
import type { SendPay } from '../../ports/payments.ts';
import { PaymentTail } from './payment-tail.ts';

const MINUTE_MS = 60_000;
const START = 1_790_000_040_000;
const row = (index: number, minute: number): SendPay => ({
  index,
  paymentHash: String(index),
  status: 'complete',
  destination: undefined,
  amount: undefined,
  sent: msat(1n),
  createdAt: unixMs(START + minute * MINUTE_MS),
  completedAt: undefined,
  label: undefined,
  invoice: false,
});
const every = () => true;
const indexes = (rows: readonly SendPay[]) => rows.map(({ index }) => index);

describe('the tail of the payments', () => {
  test('is found in a long list without reading it, and read once', async () => {
    const payments = new RecordedPayments();
    payments.sends = Array.from({ length: 50_000 }, (_, i) => row(3 * i + 1, i));
    const tail = new PaymentTail(payments);
    const since = unixMs(START + 49_990 * MINUTE_MS);
    const found = await tail.open(since, ({ createdAt }) => createdAt >= since);
    expect(found).toHaveLength(10);
    expect(payments.asked.length).toBeLessThan(60);
    const before = payments.asked.length;
    expect(await tail.open(since, () => false)).toEqual([]);
    payments.sends = [...payments.sends, row(200_000, 50_001)];
    expect(indexes(await tail.open(since, every))).toEqual([200_000]);
    expect(payments.asked.length - before).toBe(2);
  });

  test('is looked at again only where it was open, and where it is new', async () => {
    const payments = new RecordedPayments();
    payments.sends = Array.from({ length: 3000 }, (_, i) => row(i + 1, i));
    const tail = new PaymentTail(payments);
    const since = unixMs(START);
    expect(indexes(await tail.open(since, ({ index }) => index < 4))).toEqual([1, 2, 3]);
    // The first was deleted since.
    payments.sends = [...payments.sends.slice(1), row(3001, 3001)];
    expect(indexes(await tail.open(since, every))).toEqual([2, 3, 3001]);
  });

  test('of weeks behind a payment that hangs is gone in parts, and costs a call for it then', async () => {
    const payments = new RecordedPayments();
    const all = Array.from({ length: 450_000 }, (_, i) => row(i + 1, i));
    let calls = 0;
    payments.sendPays = async (start, limit) => {
      calls += 1;
      return all.slice(start - 1, start - 1 + limit);
    };
    const tail = new PaymentTail(payments);
    const since = unixMs(START);
    const hangs = ({ index }: SendPay): boolean => index === 7;
    // Whoever asks for the newest part alone does not wait for it.
    const late = unixMs(START + 449_990 * MINUTE_MS);
    expect(await tail.open(late, hangs)).toEqual([]);
    await expect(tail.open(since, hangs)).rejects.toThrow(RetryLater);
    expect(await tail.open(late, hangs)).toEqual([]);
    await expect(tail.open(since, hangs)).rejects.toThrow(RetryLater);
    expect(indexes(await tail.open(since, hangs))).toEqual([7]);
    calls = 0;
    expect(indexes(await tail.open(since, hangs))).toEqual([7]);
    expect(indexes(await tail.open(late, hangs))).toEqual([7]);
    expect(calls).toBe(4);
  });

  test('with more open rows than can be asked for singly is read from the oldest of them', async () => {
    const payments = new RecordedPayments();
    payments.sends = Array.from({ length: 2080 }, (_, i) => row(i + 1, i));
    const tail = new PaymentTail(payments);
    const since = unixMs(START);
    expect(await tail.open(since, ({ index }) => index <= 60)).toHaveLength(60);
    const before = payments.asked.length;
    expect(await tail.open(since, ({ index }) => index > 58)).toHaveLength(2022);
    expect(payments.asked.length - before).toBe(3);
  });

  test('an answer out of order or below what was asked is no answer', async () => {
    const payments = new RecordedPayments();
    payments.sendPays = async () => [row(5, 5), row(4, 4)];
    await expect(new PaymentTail(payments).open(unixMs(START), every)).rejects.toThrow(RetryLater);
  });

  test('holds every open row made since, wherever rows were deleted and whenever it begins', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ gap: fc.nat(4000), minutes: fc.nat(3) }), { maxLength: 60 }),
        fc.array(fc.nat(120), { minLength: 1, maxLength: 4 }),
        async (steps, asked) => {
          const payments = new RecordedPayments();
          let [index, minute] = [0, 0];
          payments.sends = steps.map(({ gap, minutes }) => {
            index += gap + 1;
            minute += minutes;
            return row(index, minute);
          });
          const tail = new PaymentTail(payments);
          for (const from of asked) {
            const since = unixMs(START + from * MINUTE_MS);
            const isOpen = ({ index: number }: SendPay): boolean => number % 2 === 0;
            const found = await tail.open(since, isOpen);
            const made = payments.sends.filter((one) => one.createdAt >= since && isOpen(one));
            expect(indexes(found)).toEqual(expect.arrayContaining(indexes(made)));
          }
        },
      ),
    );
  });
});
