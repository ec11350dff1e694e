/** What is tried: how sling behaves, at which moments the process dies, and what is counted. */
import type { CallPhase } from '../../src/sim/embedded-node/dispatcher.ts';
import type { SlingMode } from '../../src/sim/sling/sling-order.ts';

export type Scene = {
  readonly name: string;
  /** How sling behaves when it is ordered. */
  readonly mode: SlingMode;
  /** How it behaves when the plugin comes back, should that be otherwise. */
  readonly turns?: SlingMode;
  /** An operator's job runs beside ours. */
  readonly operator?: boolean;
  /** deeds: before every call, and after each that changes something. all: also after those that only read. */
  readonly moments: 'deeds' | 'all';
  /** All that once more for a start into a job that runs. */
  readonly again?: boolean;
};
export type Tally = {
  readonly name: string;
  kills: number;
  /** Of those, first ones of two in one story. */
  twice: number;
  recoveries: number;
  /** Orders refused by a cap. */
  refused: number;
  paid: bigint;
  booked: bigint;
  /** Jobs that were not settled in the time allowed. */
  unsettled: number;
  /** Jobs of ours found in sling after that. */
  orphans: number;
  readonly breaches: string[];
  /** Where it was killed: `before sling-once`. */
  readonly moments: Set<string>;
};

/** What is asked and ordered while money is on its way; the plugin also asks for prices and forwards meanwhile. */
const MONEY_PATH: ReadonlySet<string> = new Set([
  'listpeerchannels',
  'listfunds',
  'getinfo',
  'sling-version',
  'sling-jobsettings',
  'sling-stats',
  'sling-once',
  'sling-stop',
  'sling-deletejob',
  'listchannelmoves',
  'listsendpays',
]);
/** What changes something outside. */
const DEEDS: ReadonlySet<string> = new Set(['sling-once', 'sling-stop', 'sling-deletejob']);

/** A kind of moment: before or after one of these calls. */
export type Kind = { readonly phase: CallPhase; readonly method: ReadonlySet<string> };
const BEFORE: Kind = { phase: 'before', method: MONEY_PATH };
export const KINDS: Readonly<Record<Scene['moments'], readonly Kind[]>> = {
  deeds: [BEFORE, { phase: 'after', method: DEEDS }],
  all: [BEFORE, { phase: 'after', method: MONEY_PATH }],
};

export const blank = (name: string): Tally => ({
  name,
  kills: 0,
  twice: 0,
  recoveries: 0,
  refused: 0,
  paid: 0n,
  booked: 0n,
  unsettled: 0,
  orphans: 0,
  breaches: [],
  moments: new Set(),
});
