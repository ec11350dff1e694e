/** What a test or a tool may ask of the stand-in. */
import type { UnixMs } from '../../core/units.ts';
import type { Market } from '../market/market.ts';
import type { SlingMode } from '../sling/sling-order.ts';
import type { Command } from './answers/command.ts';
import type { ClbossMode } from './clboss-double.ts';
import type { OnCalled } from './dispatcher.ts';
import type { HiveMode } from './hive-double.ts';
import type { Network } from './node-state.ts';
import type { LogLine } from './plugin-host.ts';

export type EmbeddedNodeOptions = {
  readonly market: Market;
  /** lightning-dir; a short temporary one when left out, removed at the end. */
  readonly directory?: string;
  readonly network?: Network;
  readonly version?: string;
  readonly alias?: string;
  readonly deprecatedApis?: boolean;
  /** Simulated time moves only by `sim-advance`. */
  readonly lockstep?: boolean;
  /** Simulated time runs `speed` times as fast as the wall clock. */
  readonly realtime?: { readonly speed: number };
  /** In lockstep: simulated time after `after` passes at most `speed` times as fast as the wall clock. */
  readonly pace?: { readonly after: UnixMs; readonly speed: number };
  /** Added to lightningd's environment for every plugin. */
  readonly env?: Readonly<Record<string, string>>;
  /** Plugins that `plugin list` shows though they do not run: by default lightningd's bookkeeper. */
  readonly listedPlugins?: readonly string[];
  /** sling is there and behaves like that; left out: there is no sling. */
  readonly sling?: SlingMode;
  /** clboss is there and behaves like that; left out: there is no clboss. */
  readonly clboss?: ClbossMode;
  /** cl-hive is there and behaves like that; left out: there is none. */
  readonly hive?: HiveMode;
  /** Methods of neighbours that do not run as plugins here. */
  readonly extraCommands?: readonly Command[];
  /** Instead of lightningd's 30 s and 120 s, for tests of what comes after. */
  readonly shutdownGraceMs?: number;
  readonly handshakeMs?: number;
  readonly onLog?: (line: LogLine) => void;
  /** Every call on the socket: method and params as JSON text. */
  readonly onCall?: (method: string, params: string) => void;
  /** Every call that the node itself answers, around its execution; it may get lost. */
  readonly onCalled?: OnCalled;
};
