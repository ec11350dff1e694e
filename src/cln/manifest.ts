/** An option as `getmanifest` declares it. `string-conceal` hides the value in listconfigs. */
export type ManifestOption = {
  readonly name: string;
  readonly type: 'string' | 'string-conceal' | 'int' | 'bool' | 'flag';
  readonly description: string;
  /** Left out: an option without default is absent from `init`. */
  readonly default?: string | number | boolean;
  /** May be changed with `setconfig`. */
  readonly dynamic?: boolean;
  readonly multi?: boolean;
  readonly deprecated?: boolean | readonly string[];
};
export type ManifestMethod = {
  readonly name: string;
  /** Parameter names as `help` shows them, optional ones in brackets. */
  readonly usage: string;
  readonly description: string;
  readonly longDescription?: string;
  /** lightningd marks it in `help`, and refuses it where deprecated APIs are off. */
  readonly deprecated?: boolean;
};

/** SPEC 2.1. No hooks: nothing of ours stands in the path of an HTLC. */
export const SUBSCRIPTIONS = [
  'forward_event',
  'connect',
  'disconnect',
  'channel_state_changed',
  'channel_opened',
  'coin_movement',
  'sendpay_success',
  'sendpay_failure',
  'block_added',
  'plugin_started',
  'plugin_stopped',
  'shutdown',
] as const;
/** Topics of our own that other plugins may subscribe to. */
const NOTIFICATIONS = ['revenue_decision', 'revenue_alert'] as const;
export type OwnTopic = (typeof NOTIFICATIONS)[number];

/** The answer of `getmanifest`. `disable`: why we cannot run here; lightningd shows it and goes on without us. */
export function manifest(parts: {
  readonly options: readonly ManifestOption[];
  readonly methods: readonly ManifestMethod[];
  readonly disable?: string | undefined;
}): object {
  return {
    options: parts.options,
    rpcmethods: parts.methods.map(declared),
    subscriptions: SUBSCRIPTIONS,
    hooks: [],
    notifications: NOTIFICATIONS.map((method) => ({ method })),
    dynamic: true,
    nonnumericids: true,
    cancheck: true,
    ...(parts.disable === undefined ? {} : { disable: parts.disable }),
  };
}

/** Only what lightningd reads: what else a method of ours holds is no business of its. */
const declared = ({ name, usage, description, longDescription, deprecated }: ManifestMethod) => ({
  name,
  usage,
  description,
  ...(longDescription === undefined ? {} : { long_description: longDescription }),
  ...(deprecated ? { deprecated: true } : {}),
});
