/**
 * Dead automation (SPEC 7.6): the loop turns, there is something to do, and nothing is ever done. Only a cycle in
 * which something wanted to act says anything; one that kept everything by decision is neither alive nor dead.
 */

/** SPEC 7.6: in cycles; both are about a day. */
export const DEAD_AFTER = { rebalance: 96, fees: 48 } as const;
export type Automation = keyof typeof DEAD_AFTER;

export type DeadCount = {
  /** Cycles in a row in which something wanted to act and nothing did. */
  readonly idle: number;
};
export const ALIVE: DeadCount = { idle: 0 };

export type DeadVerdict = { readonly count: DeadCount; readonly alert: string | undefined };

/** One cycle. `eligible`: how many wanted to act; `acted`: how many did. Numbers that are none change nothing. */
export function nextDeadCount(
  count: DeadCount,
  eligible: number,
  acted: number,
  automation: Automation,
): DeadVerdict {
  if (acted > 0) return { count: ALIVE, alert: undefined };
  if (!(eligible > 0) || acted !== 0) return { count, alert: undefined };
  const idle = count.idle + 1;
  const limit = DEAD_AFTER[automation];
  const alert =
    idle % limit === 0
      ? `dead automation: ${idle} ${automation} cycles in a row wanted to act and none did; ${eligible} wait now`
      : undefined;
  return { count: { idle }, alert };
}
