import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unixMs } from '../core/units.ts';
import { type ForwardEvent, ForwardsTable } from './forwards-table.ts';

const HASH = 'ab'.repeat(32);
const forward = (change: Partial<ForwardEvent> = {}): ForwardEvent => ({
  kind: 'forward',
  phase: 'offered',
  at: unixMs(1_700_000_000_000),
  receivedAt: unixMs(1_700_000_000_000),
  inIndex: 0,
  inHtlcId: 0,
  outIndex: 1,
  outHtlcId: 0,
  inMsat: 50_001_005,
  outMsat: 50_000_000,
  failReason: undefined,
  failCode: undefined,
  paymentHash: HASH,
  ...change,
});
const created = (table: ForwardsTable, start = 1, limit = 1000) =>
  table.page('created', start, limit).map((row) => row.createdIndex);
const updated = (table: ForwardsTable, start = 1, limit = 1000) =>
  table.page('updated', start, limit).map((row) => row.updatedIndex);

describe('forwards table', () => {
  it('gives a row its created index when offered and its updated index when resolved', () => {
    const table = new ForwardsTable();
    const offered = table.append(forward());
    expect([offered.createdIndex, offered.updatedIndex, offered.resolvedAt]).toEqual([
      1,
      undefined,
      undefined,
    ]);
    const settled = table.append(forward({ phase: 'settled', at: unixMs(1_700_000_003_000) }));
    expect(settled).toMatchObject({
      createdIndex: 1,
      updatedIndex: 1,
      status: 'settled',
      feeMsat: 1005,
      outHtlcId: 0,
      resolvedAt: 1_700_000_003_000,
      receivedAt: 1_700_000_000_000,
      paymentHash: HASH,
    });
    expect(table.rows).toBe(1);
  });

  it('numbers updates in the order of resolution, not of creation', () => {
    const table = new ForwardsTable();
    table.append(forward({ inHtlcId: 0 }));
    table.append(forward({ inHtlcId: 1 }));
    table.append(forward({ inHtlcId: 1, phase: 'failed' }));
    table.append(forward({ inHtlcId: 0, phase: 'settled' }));
    expect(table.page('updated', 1, 10).map((row) => row.createdIndex)).toEqual([2, 1]);
    expect(table.page('updated', 2, 10).map((row) => row.createdIndex)).toEqual([1]);
  });

  it('a local failure has no updated index, no amount out, no out htlc and no end', () => {
    const table = new ForwardsTable();
    const row = table.append(
      forward({
        phase: 'local_failed',
        outHtlcId: undefined,
        failCode: 4103,
        failReason: 'WIRE_TEMPORARY_CHANNEL_FAILURE',
      }),
    );
    expect(row).toMatchObject({
      createdIndex: 1,
      updatedIndex: undefined,
      outMsat: undefined,
      feeMsat: undefined,
      outHtlcId: undefined,
      resolvedAt: undefined,
      failCode: 4103,
      failReason: 'WIRE_TEMPORARY_CHANNEL_FAILURE',
    });
    expect(table.lastIndex('updated')).toBe(0);
    expect(table.page('updated', 1, 10)).toEqual([]);
    expect(table.page('updated', 0, 10)).toHaveLength(1);
  });

  it('an unknown out channel stays unknown', () => {
    const row = new ForwardsTable().append(
      forward({ phase: 'local_failed', outIndex: undefined, outHtlcId: undefined }),
    );
    expect(row.outIndex).toBeUndefined();
  });

  it('a settled forward of the history makes a whole row', () => {
    const row = new ForwardsTable().append(forward({ phase: 'settled' }));
    expect([row.createdIndex, row.updatedIndex, row.status]).toEqual([1, 1, 'settled']);
  });

  it('filters by status inside a page, and the limit counts what matches', () => {
    const table = new ForwardsTable();
    for (let id = 0; id < 9; id++)
      table.append(forward({ inHtlcId: id, phase: id % 3 === 0 ? 'settled' : 'failed' }));
    expect(table.page('created', 1, 2, 'settled').map((row) => row.createdIndex)).toEqual([1, 4]);
    expect(table.page('created', 100, 5)).toEqual([]);
  });

  it('pages of any size see every row once, across blocks', () => {
    const table = new ForwardsTable();
    const rows = 65_536 + 40;
    for (let id = 0; id < rows; id++)
      table.append(forward({ inHtlcId: id, phase: 'settled', inMsat: 2_000_000 + id, outMsat: 1 }));
    let start = 65_000;
    const seen: number[] = [];
    for (;;) {
      const page = table.page('created', start, 100);
      if (page.length === 0) break;
      for (const row of page) seen.push(row.inMsat - 2_000_000);
      start = (page.at(-1)?.createdIndex ?? 0) + 1;
    }
    expect(seen).toEqual(Array.from({ length: rows - 64_999 }, (_, at) => 64_999 + at));
  });

  it('both sequences are gapless whatever the order of events', () => {
    const phase = fc.constantFrom('settled' as const, 'failed' as const, 'local_failed' as const);
    const script = fc.array(fc.record({ phase, delay: fc.nat(5) }), { maxLength: 60 });
    fc.assert(
      fc.property(script, (steps) => {
        const table = new ForwardsTable();
        const ends: { readonly due: number; readonly event: ForwardEvent }[] = [];
        steps.forEach((step, id) => {
          const local = step.phase === 'local_failed';
          table.append(forward({ inHtlcId: id, phase: local ? 'local_failed' : 'offered' }));
          if (!local)
            ends.push({
              due: id + step.delay,
              event: forward({ inHtlcId: id, phase: step.phase }),
            });
        });
        ends.sort((a, b) => a.due - b.due).forEach(({ event }) => void table.append(event));
        expect(created(table)).toEqual(steps.map((_, at) => at + 1));
        expect(updated(table)).toEqual(ends.map((_, at) => at + 1));
        expect(table.lastIndex('updated')).toBe(ends.length);
      }),
    );
  });

  it('keeps a million rows in less than 150 MB', () => {
    const table = new ForwardsTable();
    const before = process.memoryUsage().arrayBuffers;
    for (let id = 0; id < 200_000; id++) table.append(forward({ inHtlcId: id, phase: 'settled' }));
    const perRow = (process.memoryUsage().arrayBuffers - before) / 200_000;
    expect(perRow).toBeLessThan(140);
  });
});
