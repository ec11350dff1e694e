/** What the operator allows to be spent, and what there is to spend it from (SPEC 4.6). */
import type { ConfigSnapshot } from '../../config/snapshot.ts';
import type { Funds, SpendLaw } from '../../core/spending/types.ts';
import { fromSat, type Msat, msat, type UnixMs } from '../../core/units.ts';
import type { PeerChannel } from '../../ports/node.ts';
import type { PaymentRecords } from '../../ports/payments.ts';
import type { ForwardStore } from '../../ports/store.ts';
import { answerOf } from './answer.ts';

export const spendLaw = (config: ConfigSnapshot): SpendLaw => ({
  dailyBudget: fromSat(config.daily_budget_sats),
  // 0 is the default of four days.
  weeklyBudget: config.weekly_budget_sats > 0 ? fromSat(config.weekly_budget_sats) : undefined,
  proportional: config.enable_proportional_budget,
  proportionalPct: config.proportional_budget_pct,
  minWalletReserve: fromSat(config.min_wallet_reserve),
  minOnchainReserve: fromSat(config.min_onchain_reserve),
  hiveWeeklyLoss: fromSat(config.hive_weekly_loss_sats),
});

/** Asks the wallet; `channels`: all open ones, `leftOut` of them unreadable. What cannot be read is unknown. */
export async function fundsOf(
  payments: Pick<PaymentRecords, 'wallet'>,
  forwards: Pick<ForwardStore, 'revenue'>,
  channels: readonly PeerChannel[],
  leftOut: number,
  now: UnixMs,
): Promise<Funds> {
  const wallet = await answerOf(() => payments.wallet());
  const usable = channels.filter(isUsable);
  return {
    confirmedOnchain: wallet.kind === 'answer' ? wallet.value.confirmed : undefined,
    spendable: leftOut > 0 ? undefined : sum(usable.map(({ spendable }) => spendable)),
    revenue24h: sum([...forwards.revenue(now, 1).values()].map(({ fees }) => fees)),
  };
}

/** Money can leave by it now. */
export const isUsable = ({ state, connected }: PeerChannel): boolean =>
  state === 'CHANNELD_NORMAL' && connected;

const sum = (amounts: readonly Msat[]): Msat => msat(amounts.reduce((all, one) => all + one, 0n));
