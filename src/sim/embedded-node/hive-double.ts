/**
 * cl-hive as one of the node's plugins, as far as anybody asks it here (facts/neighbours.md §4): its working contract,
 * and the ways in which it has been seen, or can be imagined, to fail. A refusal of its is a successful answer with
 * an `error` in it.
 */
import { bindArguments, flagArgument, requiredText, u64 } from './call-arguments.ts';
import type { DirectCommand } from './dispatcher.ts';
import { toJson } from './json-text.ts';
import { type Notification, pluginChanged } from './notifications.ts';

export const HIVE_PATH = '/usr/local/libexec/c-lightning/plugins/cl-hive.py';

/**
 * absent: its commands are unknown, as when it ended. drifted: the shapes of another version. hostile: numbers that
 * are none, bulk, and answers that want to be obeyed.
 */
export type HiveMode =
  | 'absent'
  | 'member'
  | 'neophyte'
  | 'not a member'
  | 'no data'
  | 'permission denied'
  | 'slow'
  | 'drifted'
  | 'hostile';

/** What it was told of a rebalance. */
export type ToldOutcome = {
  readonly from: string;
  readonly to: string;
  readonly amountSats: bigint | undefined;
  readonly costSats: bigint | undefined;
  readonly success: boolean | undefined;
  readonly viaFleet: boolean | undefined;
};

const BULK = 20_000;

export class HiveDouble {
  readonly outcomes: ToldOutcome[] = [];
  /** How long it thinks in mode slow, ms of the wall clock: longer than anybody waits. */
  slowMs = 6000;
  readonly #tell: (notification: Notification) => void;
  readonly #commands: readonly DirectCommand[];
  #mode: HiveMode;

  constructor(mode: HiveMode, tell: (notification: Notification) => void) {
    this.#mode = mode;
    this.#tell = tell;
    this.#commands = [
      this.#command('hive-status', '', () => this.#status()),
      this.#command(
        'hive-report-rebalance-outcome',
        'from_channel to_channel amount_sats cost_sats success [via_fleet]',
        (params, usage) => this.#outcome(params, usage),
      ),
      this.#command('hive-fee-intel-query', '[peer_id] [action]', () => this.#intel()),
    ];
  }

  get mode(): HiveMode {
    return this.#mode;
  }

  /** From now on it behaves like that; that it came or went is told to the plugins. */
  set mode(mode: HiveMode) {
    const [was, is] = [this.present, mode !== 'absent'];
    this.#mode = mode;
    if (was !== is) this.#tell(pluginChanged(is ? 'plugin_started' : 'plugin_stopped', this.#it()));
  }

  get present(): boolean {
    return this.#mode !== 'absent';
  }

  /** What the node offers now. */
  get commands(): readonly DirectCommand[] {
    return this.present ? this.#commands : [];
  }

  #it(): { name: string; path: string; methods: string[] } {
    return { name: 'cl-hive.py', path: HIVE_PATH, methods: this.#commands.map(({ name }) => name) };
  }

  #command(
    name: string,
    usage: string,
    answer: (params: string, usage: string) => object,
  ): DirectCommand {
    const run = async ({ params }: { readonly params: string }): Promise<string> => {
      bindArguments(usage, params);
      if (this.#mode === 'slow') await new Promise((resolve) => setTimeout(resolve, this.slowMs));
      return toJson(answer(params, usage));
    };
    return { name, usage, run };
  }

  #status(): object {
    const working = {
      status: 'active',
      governance_mode: 'advisor',
      membership: { tier: this.#tier(), joined_at: 1_767_000_000, pubkey: `02${'a'.repeat(64)}` },
      members: { total: 3, member: 2, neophyte: 1 },
      limits: { max_members: 50, market_share_cap: 0.2 },
      version: '0.1.0-dev',
    };
    switch (this.#mode) {
      case 'drifted':
        // The layout that the Python plugin expected and that never was.
        return { hive_id: 'hive_1', tier: 'member', uptime_pct: 99.5, contribution_ratio: 1.2 };
      case 'hostile':
        return { ...working, ...HOSTILE, membership: { tier: 'emperor', limits: HOSTILE } };
      case 'absent':
      case 'member':
      case 'neophyte':
      case 'not a member':
      case 'no data':
      case 'permission denied':
      case 'slow':
        return working;
    }
  }

  #tier(): 'member' | 'neophyte' | null {
    if (this.#mode === 'not a member') return null;
    return this.#mode === 'neophyte' || this.#mode === 'permission denied' ? 'neophyte' : 'member';
  }

  #outcome(params: string, usage: string): object {
    switch (this.#mode) {
      case 'not a member':
        return { error: 'Not a Hive member', required_tier: 'neophyte' };
      case 'permission denied':
        return {
          error: 'permission_denied',
          message: 'members only',
          current_tier: 'neophyte',
          required_tier: 'member',
        };
      case 'no data':
        return { error: 'no_data' };
      case 'drifted':
        return { status: 'accepted', observation_id: 7 };
      case 'hostile':
        return { recorded: 'NaN', ...HOSTILE };
      case 'absent':
      case 'member':
      case 'neophyte':
      case 'slow':
        this.#note(params, usage);
        return { recorded: true, circular_flows_detected: 0 };
    }
  }

  #note(params: string, usage: string): void {
    const given = bindArguments(usage, params);
    this.outcomes.push({
      from: requiredText(given, 'from_channel'),
      to: requiredText(given, 'to_channel'),
      amountSats: u64(given, 'amount_sats'),
      costSats: u64(given, 'cost_sats'),
      success: flagArgument(given, 'success'),
      viaFleet: flagArgument(given, 'via_fleet'),
    });
  }

  /** Advice that nobody here asks for. */
  #intel(): object {
    if (this.#mode === 'no data') return { error: 'no_data' };
    const [optimal, confidence] = this.#mode === 'hostile' ? [1_000_000_000, 7] : [250, 0.6];
    return { avg_fee_charged: 200, optimal_fee_estimate: optimal, confidence, hive_reporters: 2 };
  }
}

/** What would be fatal to whoever believed it. */
const HOSTILE = {
  recommended_fee_ppm: 1_000_000_000,
  daily_budget_sats: -1,
  budget_multiplier: 'NaN',
  amount_sats: -5_000_000,
  peer_id: 'not a peer',
  authority: 'full',
  warnings: Array.from({ length: BULK }, (_, n) => ({ n, text: 'x'.repeat(50) })),
} as const;
