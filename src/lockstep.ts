/**
 * Life in the embedded node's virtual time (docs/decisions/005). Chosen by an environment variable that only the
 * embedded node sets; a production lightningd never does.
 */
import { z } from 'zod';
import type { App } from './app.ts';
import type { RpcClient } from './cln/rpc-client.ts';
import { unixMs } from './core/units.ts';
import type { Clock, Pacer } from './ports/clock.ts';
import type { Entropy } from './ports/entropy.ts';
import { RetryLater } from './ports/errors.ts';
import { LockstepClock } from './system/lockstep-clock.ts';
import { seededEntropy } from './system/seeded-entropy.ts';
import { simulatedPacer } from './system/simulated-pacer.ts';

export const LOCKSTEP_VARIABLE = 'CL_REVENUE_OPS_LOCKSTEP';
/** A paced world answers slowly on purpose. */
const ADVANCE_TIMEOUT_MS = 3_600_000;

const settings = z.object({ start_ms: z.int(), end_ms: z.int(), seed: z.int() });
const advanced = z.object({ now_ms: z.int(), notifications: z.int() });

export type LockstepLife = {
  readonly clock: Clock;
  readonly pacer: Pacer;
  readonly entropy: Entropy;
  /** Call it for every notification of the node. */
  received(): void;
  /** Lives until the end of the simulated time. */
  run(app: App, rpc: RpcClient): Promise<void>;
};

/** undefined in production. Throws on a malformed value: a simulation that is not one would be a lie. */
export function lockstepFromEnvironment(env: NodeJS.ProcessEnv): LockstepLife | undefined {
  const text = env[LOCKSTEP_VARIABLE];
  if (text === undefined) return undefined;
  const { start_ms, end_ms, seed } = settings.parse(JSON.parse(text));
  const clock = new LockstepClock(unixMs(start_ms));
  let count = 0;
  let waiting: { readonly until: number; readonly go: () => void } | undefined;
  return {
    clock,
    pacer: simulatedPacer,
    entropy: seededEntropy(seed),
    received() {
      count += 1;
      if (waiting && count >= waiting.until) waiting.go();
    },
    async run(app, rpc) {
      const advance = async (until: number) => {
        const answer = await rpc.call(
          'sim-advance',
          { until_ms: until },
          { timeoutMs: ADVANCE_TIMEOUT_MS },
        );
        const { now_ms, notifications } = advanced.parse(answer);
        return { now: unixMs(now_ms), notifications };
      };
      const taken = async (notifications: number): Promise<void> => {
        if (count < notifications)
          await new Promise<void>((go) => {
            waiting = { until: notifications, go };
          });
        waiting = undefined;
        await app.idle();
      };
      try {
        await app.idle();
        await clock.run({ advance, taken }, unixMs(end_ms));
        // Tells the embedded node that this life is over.
        await rpc.call('sim-state', {});
      } catch (error) {
        // The world ended first; its process is told by its stdin.
        if (!(error instanceof RetryLater)) throw error;
      }
    },
  };
}
