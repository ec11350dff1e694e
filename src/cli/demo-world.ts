/** The world a demo lives in: a simulated market, or the replay of a real history; and where its time begins and ends. */
import { DAY_MS, laterBy, type UnixMs, unixMs } from '../core/units.ts';
import type { Market } from '../sim/market/market.ts';
import { SimulatedMarket } from '../sim/market/simulated-market.ts';
import { type PastForward, readChannels, readHistory } from '../sim/replay/history.ts';
import { ReplayMarket } from '../sim/replay/replay-market.ts';

/** Simulated lives begin here: a fixed day, so that a seed is a life. */
const BORN = unixMs(Date.UTC(2026, 0, 5));

export type DemoWorld = {
  readonly market: Market;
  readonly start: UnixMs;
  readonly end: UnixMs;
  /** One line for the person who waits. */
  readonly about: string;
};
export type WorldChoice = {
  readonly seed: number;
  readonly days: number;
  readonly channels: number;
  readonly forwardsFile: string | undefined;
  readonly channelsFile: string | undefined;
};

export function demoWorld(choice: WorldChoice): DemoWorld {
  return choice.forwardsFile === undefined
    ? simulated(choice)
    : replayed(choice, choice.forwardsFile);
}

function simulated({ seed, days, channels }: WorldChoice): DemoWorld {
  const market = new SimulatedMarket({ seed, start: BORN, channels });
  const about = `a simulated market with ${channels} channels, seed ${seed}`;
  return { market, start: BORN, end: laterBy(BORN, days * DAY_MS), about };
}

/** The last `days` days happen live; everything before is what the node already has in its table. */
function replayed({ days, channelsFile }: WorldChoice, forwardsFile: string): DemoWorld {
  const forwards = readHistory(forwardsFile);
  const channels = channelsFile === undefined ? [] : readChannels(channelsFile);
  const last = newest(forwards);
  const start = laterBy(last, -days * DAY_MS);
  const market = new ReplayMarket({ forwards, channels, liveFrom: start });
  const about = `the replay of ${forwards.length} real forwards through ${channels.length} open channels`;
  // A day more, so that what came last is measured and priced.
  return { market, start, end: laterBy(last, DAY_MS), about };
}

function newest(forwards: readonly PastForward[]): UnixMs {
  const last = forwards.at(-1);
  if (!last) throw new Error('the forwards file holds no forward');
  return unixMs(last.t * 1000);
}
