/** What the records of on-chain money have in common: whose it is, and how much there can be. */
import { z } from 'zod';
import { parseChannelId } from '../../core/units.ts';
import type { ChainAccount } from '../../ports/chain-records.ts';
import { wireMsat } from './wire-values.ts';

/** 21 million bitcoin. */
const ALL_MONEY = 2_100_000_000_000_000_000n;

/** msat; more than there is is no amount. */
export const wireChainMsat = wireMsat.refine((amount) => amount <= ALL_MONEY, {
  message: 'expected at most 21 million bitcoin',
});

/** A plugin may keep books of its own under any name. */
const accountOf = (name: string): ChainAccount => {
  if (name === 'wallet' || name === 'external') return { kind: name };
  const channelId = parseChannelId(name);
  return channelId === undefined ? { kind: 'other', name } : { kind: 'channel', channelId };
};
export const wireChainAccount = z.string().min(1).transform(accountOf);
