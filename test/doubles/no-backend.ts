import { msat } from '../../src/core/units.ts';
import { NodeRefused } from '../../src/ports/errors.ts';
import type { Surroundings } from '../../src/surroundings.ts';

const absent = async (): Promise<never> => {
  throw new NodeRefused('Unknown command', -32601);
};

type Absent =
  | 'payments'
  | 'chainRecords'
  | 'backend'
  | 'orderPlacer'
  | 'hive'
  | 'clboss'
  | 'tagsCommand';

/** A node on which neither sling, cl-hive nor clboss runs and nothing was ever paid. */
export const NO_BACKEND: Pick<Surroundings, Absent> = {
  payments: {
    hasChannelMoves: async () => true,
    channelMoves: async () => [],
    sendPays: async () => [],
    pendingSendPays: async () => [],
    wallet: async () => ({ confirmed: msat(0n) }),
    inboundFees: async () => new Map(),
    networkMedianPpm: async () => undefined,
  },
  chainRecords: {
    hasChainMoves: async () => true,
    chainMoves: async () => [],
    hasIncome: async () => false,
    income: absent,
  },
  backend: { version: absent, jobs: absent, stop: absent, remove: absent },
  orderPlacer: () => ({ start: absent }),
  clboss: { unmanaged: absent, setTags: absent },
  tagsCommand: () => '',
  hive: { membership: absent, report: absent, brokenOff: false },
};
