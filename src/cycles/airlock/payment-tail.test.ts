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

  test('is looked at again from its oldest open row on', async () => {
    const payments = new RecordedPayments();
    payments.sends = [1, 2, 3, 4].map((index) => row(index, index));
    const tail = new PaymentTail(payments);
    const since = unixMs(START);
    expect(indexes(await tail.open(since, ({ index }) => index === 2))).toEqual([2]);
    expect(indexes(await tail.open(since, every))).toEqual([2, 3, 4]);
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
