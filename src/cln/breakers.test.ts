import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NodeRefused, RetryLater } from '../ports/errors.ts';
import { Breaker } from './breakers.ts';

const LAW = { failures: 3, openMs: 60_000 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function broken() {
  const said: string[] = [];
  const breaker = new Breaker('sling', LAW, (level, text) => said.push(`${level} ${text}`));
  const neighbour = vi.fn(async (): Promise<string> => {
    throw new RetryLater('down');
  });
  const ask = () => breaker.run(neighbour);
  return { breaker, neighbour, ask, said };
}

async function fail(ask: () => Promise<unknown>, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await expect(ask()).rejects.toThrow(RetryLater);
}

test('opens at the third failure in a row, not at the second', async () => {
  const { breaker, neighbour, ask } = broken();
  await fail(ask, 2);
  expect(breaker.isOpen).toBe(false);
  await fail(ask, 1);
  expect(breaker.isOpen).toBe(true);
  await fail(ask, 5);
  expect(neighbour).toHaveBeenCalledTimes(3);
});

test('a success in between begins the count anew', async () => {
  const { breaker, neighbour, ask } = broken();
  await fail(ask, 2);
  neighbour.mockResolvedValueOnce('up');
  await ask();
  await fail(ask, 2);
  expect(breaker.isOpen).toBe(false);
});

test('after its time one call tests: success closes it, failure opens it again', async () => {
  const { breaker, neighbour, ask, said } = broken();
  await fail(ask, 3);
  vi.advanceTimersByTime(LAW.openMs - 1);
  await fail(ask, 1);
  expect(neighbour).toHaveBeenCalledTimes(3);
  vi.advanceTimersByTime(1);
  await fail(ask, 2);
  expect(neighbour).toHaveBeenCalledTimes(4);
  vi.advanceTimersByTime(LAW.openMs);
  neighbour.mockResolvedValue('up');
  await expect(ask()).resolves.toBe('up');
  expect(breaker.isOpen).toBe(false);
  expect(said.at(-1)).toBe('info sling answers again');
});

test('a wall clock set back by a day does not keep it open for a day', async () => {
  const { breaker, neighbour, ask } = broken();
  await fail(ask, 3);
  vi.setSystemTime(Date.now() - 86_400_000);
  vi.advanceTimersByTime(LAW.openMs + 1);
  neighbour.mockResolvedValue('up');
  await expect(ask()).resolves.toBe('up');
  expect(breaker.isOpen).toBe(false);
});

test('what is not RetryLater passes through and counts for nothing', async () => {
  const { breaker, neighbour, ask } = broken();
  neighbour.mockRejectedValue(new NodeRefused('no', -1));
  for (let i = 0; i < 10; i++) await expect(ask()).rejects.toThrow(NodeRefused);
  expect(breaker.isOpen).toBe(false);
});
