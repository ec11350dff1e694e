/** The money that must stay (SPEC 4.6): below it everything that spends is suspended. */

import { type Msat, msat } from '../units.ts';
import { sats } from '../wording.ts';
import type { CapName, Funds, SpendLaw } from './types.ts';

export type Breach = { readonly cap: CapName; readonly because: string };

/**
 * Why `going` (msat: all that is held and this request) must not go; undefined: the reserves stand also without it.
 * Rebalancing spends nothing on-chain, so that reserve is asked as it is.
 */
export function reserveBreach(
  funds: Funds,
  going: Msat,
  law: Pick<SpendLaw, 'minWalletReserve' | 'minOnchainReserve'>,
): Breach | undefined {
  const { confirmedOnchain, spendable } = funds;
  if (!isKnown(confirmedOnchain)) return unknown('the confirmed on-chain balance');
  if (!isKnown(spendable)) return unknown('the spendable balance');
  const left = msat(confirmedOnchain + spendable - going);
  if (left < law.minWalletReserve)
    return {
      cap: 'wallet_reserve',
      because: `${sats(left)} would be left, ${sats(law.minWalletReserve)} are the reserve`,
    };
  if (law.minOnchainReserve > 0n && confirmedOnchain < law.minOnchainReserve)
    return {
      cap: 'onchain_reserve',
      because: `${sats(confirmedOnchain)} are confirmed on-chain, ${sats(law.minOnchainReserve)} are the reserve`,
    };
  return undefined;
}

const isKnown = (amount: Msat | undefined): amount is Msat => amount !== undefined && amount >= 0n;
const unknown = (what: string): Breach => ({
  cap: 'unknown',
  because: `${what} is not known: nothing is spent on it`,
});
