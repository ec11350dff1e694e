/**
 * The active shock for channels that went silent (SPEC 4.9 b): a small diagnostic rebalance, so that nothing is
 * called dead before it was tried. What two attempts prove is said in core/books/diagnosis; the zero-fee probe
 * (4.9 a) is the fee cycle's.
 */
import { type DiagnosticVerdict, planDiagnostic } from '../core/rebalance/diagnostic.ts';
import { diagnosticsDue, type Patient } from '../core/rebalance/diagnostics-due.ts';
import type { RebalanceChannel } from '../core/rebalance/types.ts';
import type { ChannelId } from '../core/units.ts';
import type { Orders } from './rebalance-acts.ts';
import { type Came, diagnosticEntry } from './rebalance-journal.ts';
import type { WideLook } from './rebalance-look.ts';

/** Begun in one turn; the others have theirs in the next. */
const MOST_BEGUN = 5;
/** Patients for whom all channels are looked at in one turn. */
const MOST_SOUGHT_FOR = 20;
/** Refusals that are told from the patient alone. */
const AT_ONCE = (code: string): boolean => code !== 'no_source' && code !== 'no_other_peer';

export type Treatment = {
  readonly channelId: ChannelId;
  readonly subject: RebalanceChannel;
  readonly verdict: DiagnosticVerdict;
};

/** Who is treated next, and why not those before: as many plans as there are places. Pure. */
export function treatments(look: WideLook): readonly Treatment[] {
  const { channels, law, at } = look;
  const { inOrder, places } = diagnosticsDue(patientsIn(look), channels.length, at);
  const byId = new Map(channels.map((one) => [one.channelId, one]));
  const chosen: Treatment[] = [];
  let free = Math.min(places, MOST_BEGUN);
  let sought = 0;
  for (const { channelId } of inOrder) {
    const subject = byId.get(channelId);
    if (free === 0 || sought === MOST_SOUGHT_FOR) break;
    if (subject === undefined) continue;
    const verdict = planDiagnostic(subject, channels, law, at);
    chosen.push({ channelId, subject, verdict });
    if (verdict.kind === 'plan') free -= 1;
    else if (!AT_ONCE(verdict.code)) sought += 1;
  }
  return chosen;
}

function patientsIn({ channels, sleepers }: WideLook): readonly Patient[] {
  return channels.flatMap((one) => {
    const sleeper = sleepers.get(one.channelId);
    if (sleeper?.idleMs === undefined) return [];
    const { idleMs, attempts, running } = sleeper;
    return {
      channelId: one.channelId,
      class: one.class,
      ageDays: one.ageDays,
      idleMs,
      attempts,
      running,
    };
  });
}

/** Shocks what is due through the cycle's orders, and journals each. */
export async function shock(look: WideLook, orders: Orders): Promise<readonly Came[]> {
  const all: Came[] = [];
  for (const { channelId, subject, verdict } of treatments(look)) {
    const entry = (came: Came) => diagnosticEntry(subject, verdict, look, came);
    if (verdict.kind === 'refused') {
      orders.note(entry({ outcome: 'none' }));
      continue;
    }
    const order = { kind: 'diagnostic' as const, plan: verdict.plan, subject: channelId };
    all.push(await orders.carryOut(order, entry));
  }
  return all;
}
