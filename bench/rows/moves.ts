/**
 * The whole plugin reads a million channel moves for the first time, to know what its node paid before it (SPEC 4.7):
 * it may take its time, but disturbs nobody meanwhile.
 */
import { type Bench, row } from '../bench-row.ts';
import { ServedNode } from '../served-node.ts';
import { forwardOf } from '../synthetic-forwards.ts';
import { listchannelmoves } from '../synthetic-moves.ts';

const CHANNELS = 200;
const MOVES = 1_000_000;
const FORWARDS = 1000;
/** Nothing is spent before the end of it: a node with ten million rows waits a quarter of an hour. */
const MOVES_A_SECOND = 10_000;
const DELAY_MS = 50;
const LOOK_EVERY_MS = 250;
const GIVE_UP_MS = 300_000;

export const moves: Bench = {
  name: 'moves',
  async run(say) {
    const table = { rows: FORWARDS, at: (number: number) => forwardOf(number, CHANNELS) };
    const read = new Reading();
    const from = Math.floor(Date.now() / 1000) - 2 * MOVES;
    const served = new ServedNode(CHANNELS, table, [
      listchannelmoves({ rows: MOVES, channels: CHANNELS, from, given: read.note }),
    ]);
    try {
      await served.start();
      await read.finished();
      await new Promise((done) => setTimeout(done, 2 * LOOK_EVERY_MS));
      const { p99Ms, cpuMs } = served.health();
      say(`the plugin computed for ${(cpuMs / 1000).toFixed(1)} s of ${read.seconds.toFixed(1)} s`);
      return [
        row('moves/first reading of 1 M', MOVES / read.seconds, 'rows/s', MOVES_A_SECOND),
        row('moves/event-loop delay p99', p99Ms, 'ms', DELAY_MS),
      ];
    } finally {
      await served.end();
    }
  },
};

/** From the first page given to the last. */
class Reading {
  #first: number | undefined;
  #last: number | undefined;

  get seconds(): number {
    return ((this.#last ?? Number.NaN) - (this.#first ?? Number.NaN)) / 1000;
  }

  readonly note = (index: number): void => {
    this.#first ??= performance.now();
    if (index >= MOVES) this.#last ??= performance.now();
  };

  async finished(): Promise<void> {
    const giveUp = performance.now() + GIVE_UP_MS;
    while (this.#last === undefined) {
      if (performance.now() > giveUp) throw new Error('the moves were not read');
      await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
    }
  }
}
