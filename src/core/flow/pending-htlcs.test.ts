import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChannelId, msat, unixMs } from '../units.ts';
import { type PendingForward, PendingHtlcs, type SeenHtlc } from './pending-htlcs.ts';

const A = 'aa'.repeat(32) as ChannelId;
const B = 'bb'.repeat(32) as ChannelId;
const forward = (id: number, change: Partial<PendingForward> = {}): PendingForward => ({
  inChannel: A,
  inHtlcId: BigInt(id),
  inAmount: msat(1_001n),
  outChannel: B,
  outAmount: msat(1_000n),
  paymentHash: `hash ${id}`,
  at: unixMs(100),
  ...change,
});
const seen = (direction: 'in' | 'out', id: number, amount: bigint, hash: string): SeenHtlc => ({
  direction,
  id: BigInt(id),
  amount: msat(amount),
  paymentHash: hash,
});

describe('HTLCs in flight, from events', () => {
  it('a forward takes a slot on both sides until it ends', () => {
    const pending = new PendingHtlcs();
    pending.offered(forward(1));
    expect(pending.amounts(A)).toEqual({ in: [1_001n], out: [] });
    expect(pending.amounts(B)).toEqual({ in: [], out: [1_000n] });
    expect(pending.size).toBe(2);
    pending.resolved(forward(1));
    expect(pending.amounts(A)).toEqual({ in: [], out: [] });
    expect(pending.amounts(B)).toEqual({ in: [], out: [] });
    expect(pending.size).toBe(0);
  });

  it('the same beginning or ending twice changes nothing', () => {
    const pending = new PendingHtlcs();
    pending.offered(forward(1));
    pending.offered(forward(1));
    pending.offered(forward(2));
    expect(pending.size).toBe(4);
    pending.resolved(forward(1));
    pending.resolved(forward(1));
    expect(pending.size).toBe(2);
    expect(pending.amounts(B).out).toEqual([1_000n]);
  });

  it('without a payment hash it ends by where it entered', () => {
    const pending = new PendingHtlcs();
    pending.offered(forward(1, { paymentHash: undefined }));
    pending.resolved(forward(1, { paymentHash: undefined }));
    expect(pending.size).toBe(0);
  });

  it('an ending that overtook its beginning leaves no ghost', () => {
    const pending = new PendingHtlcs();
    pending.resolved(forward(1));
    pending.offered(forward(1));
    expect(pending.size).toBe(0);
  });

  it('an amount that is unknown is not guessed', () => {
    const pending = new PendingHtlcs();
    pending.offered(forward(1, { inAmount: undefined, outAmount: undefined }));
    expect(pending.size).toBe(0);
    pending.offered(forward(2, { outChannel: undefined }));
    expect(pending.size).toBe(1);
    pending.resolved(forward(2, { outChannel: undefined }));
    expect(pending.size).toBe(0);
  });

  it('beyond its bound it tracks nothing more, and says so', () => {
    const pending = new PendingHtlcs(3);
    pending.offered(forward(1));
    pending.offered(forward(2));
    expect(pending.size).toBe(3);
    expect(pending.untracked).toBe(1);
    pending.offered(forward(1));
    expect(pending.untracked).toBe(1);
    pending.resolved(forward(1));
    pending.resolved(forward(2));
    expect(pending.size).toBe(0);
  });

  it('remembers no more endings than its bound', () => {
    const pending = new PendingHtlcs(2);
    for (const id of [1, 2, 3]) pending.resolved(forward(id));
    pending.offered(forward(1));
    expect(pending.size).toBe(2);
    pending.offered(forward(3));
    expect(pending.size).toBe(2);
    expect(pending.untracked).toBe(0);
  });
});

describe('HTLCs in flight, corrected by a look', () => {
  it('an ending nobody told us about leaves no ghost', () => {
    const pending = new PendingHtlcs();
    pending.offered(forward(1));
    pending.reconcile(A, [], unixMs(101));
    pending.reconcile(B, [], unixMs(101));
    expect(pending.amounts(A).in).toEqual([]);
    expect(pending.amounts(B).out).toEqual([]);
    expect(pending.size).toBe(0);
  });

  it('what began while the look was under way stays', () => {
    const pending = new PendingHtlcs();
    pending.offered(forward(1));
    pending.offered(forward(2, { at: unixMs(101) }));
    for (const channel of [A, B]) pending.reconcile(channel, [], unixMs(101));
    expect(pending.amounts(A).in).toEqual([1_001n]);
    expect(pending.amounts(B).out).toEqual([1_000n]);
    pending.resolved(forward(2));
    expect(pending.size).toBe(0);
  });

  it('finds what began before us, and lets it end by its payment', () => {
    const pending = new PendingHtlcs();
    pending.reconcile(A, [seen('in', 7, 1_001n, 'hash 7')], unixMs(101));
    pending.reconcile(B, [seen('out', 9, 1_000n, 'hash 7')], unixMs(101));
    expect(pending.amounts(A).in).toEqual([1_001n]);
    expect(pending.amounts(B).out).toEqual([1_000n]);
    pending.resolved(forward(7));
    expect(pending.size).toBe(0);
  });

  it('another payment of the same amount is not mistaken for it', () => {
    const pending = new PendingHtlcs();
    pending.reconcile(B, [seen('out', 9, 1_000n, 'another')], unixMs(101));
    pending.resolved(forward(7));
    pending.resolved(forward(8, { paymentHash: undefined }));
    pending.resolved(forward(9, { outAmount: undefined }));
    expect(pending.amounts(B).out).toEqual([1_000n]);
    pending.resolved(forward(9, { paymentHash: 'another', outAmount: msat(999n) }));
    expect(pending.amounts(B).out).toEqual([1_000n]);
    pending.resolved(forward(9, { paymentHash: 'another', inHtlcId: 10n }));
    expect(pending.amounts(B).out).toEqual([]);
  });

  it('recognises its own forwards in a look, so that their end is theirs', () => {
    const pending = new PendingHtlcs();
    pending.offered(forward(1, { paymentHash: 'mpp' }));
    pending.offered(forward(2, { paymentHash: 'mpp' }));
    const out = [seen('out', 5, 1_000n, 'mpp'), seen('out', 6, 1_000n, 'mpp')];
    pending.reconcile(B, out, unixMs(101));
    expect(pending.amounts(B).out).toEqual([1_000n, 1_000n]);
    pending.resolved(forward(1, { paymentHash: 'mpp' }));
    expect(pending.amounts(B).out).toEqual([1_000n]);
    pending.resolved(forward(2, { paymentHash: 'mpp' }));
    expect(pending.amounts(B).out).toEqual([]);
  });

  it('a look that is older than an ending does not bring it back', () => {
    const pending = new PendingHtlcs();
    pending.offered(forward(1));
    pending.resolved(forward(1, { at: unixMs(150) }));
    pending.reconcile(A, [seen('in', 1, 1_001n, 'hash 1')], unixMs(140));
    expect(pending.amounts(A).in).toEqual([]);
    pending.settle(new Set([A, B]), unixMs(150));
    pending.offered(forward(1));
    expect(pending.size).toBe(0);
    pending.settle(new Set([A, B]), unixMs(151));
    pending.offered(forward(1));
    expect(pending.size).toBe(2);
  });

  it('nor does it bring back any of many', () => {
    const pending = new PendingHtlcs();
    for (const id of [1, 2, 3]) pending.resolved(forward(id, { at: unixMs(150) }));
    const older = [1, 2, 3].map((id) => seen('in', id, 1_001n, `hash ${id}`));
    pending.reconcile(A, older, unixMs(140));
    expect(pending.size).toBe(0);
  });

  it('a forward whose payment was not told is recognised by its amount', () => {
    const pending = new PendingHtlcs();
    pending.offered(forward(1, { paymentHash: undefined }));
    pending.reconcile(B, [seen('out', 5, 1_000n, 'told now')], unixMs(101));
    pending.resolved(forward(1, { paymentHash: undefined }));
    expect(pending.amounts(B).out).toEqual([]);
  });

  it('keeps its own payments apart by id', () => {
    const pending = new PendingHtlcs();
    const own = [seen('out', 1, 5n, 'own'), seen('out', 2, 5n, 'own'), seen('in', 1, 5n, 'own')];
    pending.reconcile(A, own, unixMs(1));
    pending.reconcile(A, own, unixMs(2));
    expect(pending.amounts(A)).toEqual({ in: [5n], out: [5n, 5n] });
    expect(pending.size).toBe(3);
  });

  it('drops channels that are gone (SPEC 7.11)', () => {
    const pending = new PendingHtlcs();
    pending.offered(forward(1));
    pending.settle(new Set([B]), unixMs(101));
    expect(pending.amounts(A).in).toEqual([]);
    expect(pending.amounts(B).out).toEqual([1_000n]);
    expect(pending.size).toBe(1);
    pending.settle(new Set(), unixMs(101));
    expect(pending.size).toBe(0);
  });

  it('after any events, a look leaves exactly what it shows', () => {
    const id = fc.integer({ min: 1, max: 8 });
    const step = fc.record({ id, ends: fc.boolean(), lost: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const pending = new PendingHtlcs();
        const real = new Set<number>();
        const over = new Set<number>();
        for (const { id: n, ends, lost } of steps) {
          if (over.has(n)) continue;
          if (ends) {
            real.delete(n);
            over.add(n);
          } else real.add(n);
          if (lost) continue;
          if (ends) pending.resolved(forward(n));
          else pending.offered(forward(n));
        }
        const now = unixMs(200);
        const alive = [...real];
        pending.reconcile(
          A,
          alive.map((n) => seen('in', n, 1_001n, `hash ${n}`)),
          now,
        );
        pending.reconcile(
          B,
          alive.map((n) => seen('out', 50 + n, 1_000n, `hash ${n}`)),
          now,
        );
        pending.settle(new Set([A, B]), now);
        expect(pending.amounts(A).in).toHaveLength(real.size);
        expect(pending.amounts(B).out).toHaveLength(real.size);
        expect(pending.size).toBe(2 * real.size);
        for (const n of real) pending.resolved(forward(n));
        expect(pending.size).toBe(0);
      }),
    );
  });
});
