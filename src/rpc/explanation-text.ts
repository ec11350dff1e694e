/** An explanation as an operator reads it. */
import { type UnixMs, unixMs } from '../core/units.ts';
import { stepSentence } from './answers.ts';
import type { ChannelAnswer, DecisionAnswer } from './explanation.ts';
import { fromNow, grouped, percent, utc } from './wording.ts';

const bullets = (lines: readonly string[]): readonly string[] => lines.map((line) => `  - ${line}`);
const ofSeconds = (at: number): UnixMs => unixMs(at * 1000);

type Outcomes = Readonly<Record<DecisionAnswer['outcome'], string>>;
const OF_FEES: Outcomes = {
  done: 'lightningd confirmed it',
  failed: 'lightningd did not take it',
  unknown: 'lightningd did not answer; the node is read again before the next decision',
  would: 'nothing was sent: authority is observe',
  none: 'nothing needed to be sent',
};
/** How it ended is not known when it is decided: that is in recent_rebalances. */
const OF_REBALANCES: Outcomes = {
  done: 'sling took the order',
  failed: 'sling did not take it; nothing was spent',
  unknown: 'sling did not answer; what it may cost stays held until that is known',
  would: 'nothing was sent: nothing is spent below authority full',
  none: 'nothing was ordered',
};
const outcomesOf = (kind: DecisionAnswer['kind']): Outcomes =>
  kind === 'rebalance' || kind === 'rebalance-manual' || kind === 'diagnostic'
    ? OF_REBALANCES
    : OF_FEES;

export function decisionText(decision: DecisionAnswer, now: UnixMs): string {
  const { short_channel_id: channel, number, error } = decision;
  const at = ofSeconds(decision.at);
  const rate = number === undefined ? '' : `: ${grouped(number)} ppm`;
  const repeated =
    decision.count > 1
      ? `; the same ${decision.count} times until ${utc(ofSeconds(decision.last_at))}`
      : '';
  return [
    `Decision ${decision.id}${channel === undefined ? '' : ` on ${channel}`}${rate} (${decision.kind}, rule ${decision.rule})`,
    `Made ${utc(at)} (${fromNow(at, now)})${repeated}, under config version ${decision.config_version}`,
    `Result: ${outcomesOf(decision.kind)[decision.outcome]}${error === undefined ? '' : ` (${error})`}`,
    'Why:',
    ...bullets(decision.why.map(stepSentence)),
    `What fixed the number: ${decision.bound_by}`,
    ...(decision.rejected.length > 0
      ? ['Asked and passed:', ...bullets(decision.rejected.map(stepSentence))]
      : []),
    `Replayed: ${decision.replay.because}`,
  ].join('\n');
}

export function channelText(channel: ChannelAnswer, now: UnixMs): string {
  return [
    `Channel ${channel.short_channel_id}${channel.open ? '' : ' (closed)'}${channel.peer_id === undefined ? '' : ` with ${channel.peer_id}`}`,
    ...price(channel),
    ...channel.locks.map((lock) => `Locked, ${lock}`),
    '',
    channel.decision === undefined
      ? 'Nothing was decided about it yet.'
      : decisionText(channel.decision, now),
    '',
    `Why no rebalance: ${channel.no_rebalance}`,
    `Next: ${channel.next.because}${channel.next.at === undefined ? '' : ` ${fromNow(ofSeconds(channel.next.at), now)}`}`,
  ].join('\n');
}

function price({
  fee_ppm: asks,
  target_ppm: target,
  sent_ppm: sent,
  capacity_msat: capacity,
  spendable_msat: spendable,
}: ChannelAnswer): readonly string[] {
  const lines: string[] = [];
  if (asks !== undefined && capacity !== undefined && spendable !== undefined) {
    const part = capacity === 0n ? 0 : Number(spendable) / Number(capacity);
    const size = grouped(Number(capacity / 1000n));
    lines.push(`It asks ${grouped(asks)} ppm now; ${percent(part)} of its ${size} sat can leave`);
  }
  if (target !== undefined && sent !== undefined && target !== sent)
    lines.push(
      `Wanted: ${grouped(target)} ppm; on the node: ${grouped(sent)} ppm (the difference is not worth a message yet, or could not be sent)`,
    );
  return lines;
}
