import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { rpcWorld } from '../../test/doubles/rpc-world.ts';
import { capacityChannel, DEAD, WINS } from '../core/capacity/channel.fixture.ts';
import { revenuePlan } from './revenue-plan.ts';

const ask = async (params: unknown, world = rpcWorld()) =>
  revenuePlan.answer.parse(await revenuePlan.run(params, world.context, { check: false }));
const text = z.object({ 'format-hint': z.literal('simple'), result: z.string() });

describe('revenue-plan', () => {
  test('numbered steps; a close and what follows it share one payback', async () => {
    const answer = z
      .looseObject({ steps: z.array(z.looseObject({ payback: z.unknown() })) })
      .parse(await ask([]));
    const [close, splice, wake] = answer.steps;
    expect(answer.steps).toHaveLength(3);
    expect(close).toMatchObject({ step: 1, action: 'CLOSE', amount_sats: 3_000_000 });
    expect(splice).toMatchObject({ step: 2, action: 'SPLICE_IN', scid: '800001x1x0' });
    expect(splice?.payback).toEqual(close?.payback);
    expect(splice?.payback).toMatchObject({ verdict: 'days', days: 46, date: '2026-02-21' });
    expect(wake).toMatchObject({ step: 3, action: 'DEFIBRILLATE', scid: '800003x1x0' });
    expect(wake?.payback).toBeUndefined();
  });

  test('as a table for people', async () => {
    const { result } = text.parse(await ask({ format: 'table' }));
    const lines = result.split('\n');
    expect(lines[0]).toBe('Mempool: PROCEED, 10 sat/vB: block space is not dear.');
    expect(lines[1]).toMatch(/^step +action +channel +sat +cost sat +pays back +because$/);
    expect(lines[3]).toMatch(/^ +1 +CLOSE +800002x1x0 +3 000 000 +4 600 +46 days +FIRE SALE/);
    expect(lines.at(-1)).toBe('Advice only: nothing of this is done by itself.');
  });

  test.each([
    [undefined, 'unknown'],
    [5000, 'never'],
  ])('at %s sat/vB it pays back: %s', async (satPerVbyte, verdict) => {
    const world = rpcWorld();
    world.capacity.satPerVbyte = satPerVbyte;
    world.capacity.channels = [capacityChannel(1, WINS), capacityChannel(2, DEAD)];
    expect(text.parse(await ask(['table'], world)).result).toContain(`  ${verdict}  `);
  });

  test('nothing to do is said', async () => {
    const world = rpcWorld();
    world.capacity.channels = [];
    expect(text.parse(await ask(['table'], world)).result).toContain('Nothing to do');
    expect(await ask([], world)).toMatchObject({ steps: [] });
  });

  test('another format is refused by name', async () => {
    await expect(ask({ format: 'pdf' })).rejects.toMatchObject({ field: 'format' });
  });
});
