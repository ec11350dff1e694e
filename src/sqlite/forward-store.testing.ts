/** A store in memory, and forwards to put into it. */
import { msat, unixMs } from '../core/units.ts';
import type { Store } from '../ports/store.ts';
import { channel, forward } from './forward-world.testing.ts';
import { openStore } from './open-store.ts';

export const AT = unixMs(1_750_000_000_000);

/** A store in memory that knows channels 1 to 3. */
export function storeOfThree(problems: string[]): Store {
  const store = openStore(':memory:', { onProblem: (sentence) => problems.push(sentence) });
  store.channels.learn([channel(1), channel(2), channel(3)], [], AT);
  return store;
}

/** `n` forwards from channel 1 to channel 2, a minute apart, 1 … n thousand sat, held for their number of seconds. */
export const series = (n: number, start = AT) =>
  Array.from({ length: n }, (_, i) =>
    forward({
      createdIndex: i + 1,
      updatedIndex: i + 1,
      inHtlcId: BigInt(i),
      inMsat: msat(BigInt(i + 1) * 1_000_000n + 100n),
      outMsat: msat(BigInt(i + 1) * 1_000_000n),
      receivedAt: unixMs(start + i * 60_000 - (i + 1) * 1000),
      resolvedAt: unixMs(start + i * 60_000),
    }),
  );
