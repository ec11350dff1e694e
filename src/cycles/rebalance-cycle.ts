/**
 * The rebalance cycle (SPEC 4.1): look → judge every channel → order what pays, best first → journal. Without an
 * airlock (below authority `full`) the whole path runs all the same and nothing comes of it but the journal.
 */
import { type Judged, judgeRebalances } from '../core/rebalance/rebalance-sequence.ts';
import type { SpendKind } from '../core/spending/types.ts';
import type { Store } from '../ports/store.ts';
import { shock } from './defibrillator.ts';
import { type ActParts, Orders } from './rebalance-acts.ts';
import { type Came, rebalanceEntry } from './rebalance-journal.ts';
import type { RebalanceLooker } from './rebalance-look.ts';

export type RebalanceCycleParts = ActParts & {
  readonly looker: Pick<RebalanceLooker, 'look'>;
  readonly store: Pick<Store, 'journal' | 'locks' | 'spending'>;
};

export type RebalanceReport = {
  /** Channels judged. */
  readonly judged: number;
  /** Rebalances and shocks that pay by the rules. */
  readonly planned: number;
  /** Of those, what wanted to act and was not held by a budget, a lock or a full house: for dead automation (7.6). */
  readonly wanted: number;
  readonly acted: number;
  readonly would: number;
};

export class RebalanceCycle {
  readonly #parts: RebalanceCycleParts;

  constructor(parts: RebalanceCycleParts) {
    this.#parts = parts;
  }

  async run(reason: string): Promise<RebalanceReport> {
    const { looker, log } = this.#parts;
    const look = await looker.look('cycle');
    const judged = judgeRebalances(look.channels, look.law, look.at);
    const { plans, refusals } = parted(judged);
    const orders = new Orders(this.#parts, look);
    for (const one of refusals) orders.note(rebalanceEntry(one, look, { outcome: 'none' }));
    await orders.begin();
    const came: Came[] = [];
    for (const { judged: one, plan } of plans) {
      const kind: SpendKind = one.destination.hive ? 'hive' : 'normal';
      const order = { kind, plan, subject: plan.destination };
      came.push(await orders.carryOut(order, (said) => rebalanceEntry(one, look, said)));
    }
    came.push(...(await shock(look, orders)));
    orders.end();
    const report = reportOf(judged.length, came);
    const { planned, acted } = report;
    log(
      'debug',
      `rebalance cycle (${reason}): ${judged.length} channels, ${planned} pay, ${acted} ordered`,
    );
    return report;
  }
}

type Planned = {
  readonly judged: Judged;
  readonly plan: Extract<Judged['verdict'], { kind: 'plan' }>['plan'];
};

function parted(judged: readonly Judged[]): {
  readonly plans: readonly Planned[];
  readonly refusals: readonly Judged[];
} {
  const plans: Planned[] = [];
  const refusals: Judged[] = [];
  for (const one of judged)
    if (one.verdict.kind === 'plan') plans.push({ judged: one, plan: one.verdict.plan });
    else refusals.push(one);
  return { plans, refusals };
}

function reportOf(judged: number, came: readonly Came[]): RebalanceReport {
  const acted = came.filter(({ outcome }) => outcome === 'done' || outcome === 'unknown').length;
  const failed = came.filter(({ outcome }) => outcome === 'failed').length;
  const unready = came.filter(({ held }) => held?.by === 'not_ready').length;
  const would = came.filter(({ outcome }) => outcome === 'would').length;
  return { judged, planned: came.length, wanted: acted + failed + unready, acted, would };
}
