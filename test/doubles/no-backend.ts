import { msat } from '../../src/core/units.ts';
import { NodeRefused } from '../../src/ports/errors.ts';
import type { Surroundings } from '../../src/surroundings.ts';

const absent = async (): Promise<never> => {
  throw new NodeRefused('Unknown command', -32601);
};

/** A node on which no sling runs and nothing was ever paid. */
export const NO_BACKEND: Pick<Surroundings, 'payments' | 'backend' | 'orderPlacer'> = {
  payments: {
    hasChannelMoves: async () => true,
    channelMoves: async () => [],
    sendPays: async () => [],
    pendingSendPays: async () => [],
    wallet: async () => ({ confirmed: msat(0n) }),
    inboundFees: async () => new Map(),
    networkMedianPpm: async () => undefined,
  },
  backend: { version: absent, jobs: absent, stop: absent, remove: absent },
  orderPlacer: () => ({ start: absent }),
};
