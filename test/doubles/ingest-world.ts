/** An ingest over a node and a memory that misbehave on demand. */

import type { ChannelId } from '../../src/core/units.ts';
import { Ingest } from '../../src/cycles/ingest.ts';
import type { LogLevel } from '../../src/ports/logger.ts';
import { ForwardsNode, IN, OUT, START } from './forwards-node.ts';
import { InstantPacer, ManualClock } from './manual-clock.ts';
import { MemoryForwards } from './memory-forwards.ts';

const A = 'aa'.repeat(32) as ChannelId;
const B = 'bb'.repeat(32) as ChannelId;

export function ingestWorld(node = new ForwardsNode(), store = new MemoryForwards()) {
  const clock = new ManualClock(START);
  const pacer = new InstantPacer();
  const lines: string[] = [];
  const alerts: string[] = [];
  const bugs: unknown[] = [];
  const asked = { names: 0 };
  const ready: number[] = [];
  store.names.set(IN, A).set(OUT, B);
  const directory = {
    refresh: async () => {
      asked.names += 1;
      return [];
    },
  };
  const log = (level: LogLevel, text: string) => lines.push(`${level}: ${text}`);
  const alert = (text: string) => alerts.push(text);
  const onBug = (error: unknown) => bugs.push(error);
  const onReady = () => ready.push(clock.now());
  const make = () =>
    new Ingest({
      keepDays: () => 90,
      node,
      store,
      directory,
      clock,
      pacer,
      log,
      alert,
      onBug,
      onReady,
    });
  return { node, store, clock, pacer, lines, alerts, bugs, asked, ready, make, ingest: make() };
}

type World = ReturnType<typeof ingestWorld>;

/** A world that has read its history. */
export async function live(rows = 0): Promise<World> {
  const w = ingestWorld();
  for (let i = 0; i < rows; i += 1) w.node.settle(1000 + i);
  w.ingest.start();
  await w.ingest.idle();
  return w;
}
