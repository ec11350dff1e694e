/** SPEC 7.4: what is written down of a shock leads to the same shock again. */
import { expect, test } from 'vitest';
import {
  channelNamed,
  destinationAs,
  LAW,
  NOW,
  peerNamed,
  sourceAs,
} from '../core/rebalance/channel.fixture.ts';
import { planDiagnostic } from '../core/rebalance/diagnostic.ts';
import type { RebalanceChannel } from '../core/rebalance/types.ts';
import { fromSat, share } from '../core/units.ts';
import { Bug } from '../ports/errors.ts';
import { diagnosticEntry, replayRebalance } from './rebalance-journal.ts';

const other = sourceAs({ channelId: channelNamed(2), peerId: peerNamed(2) });
const ill = (change: Partial<RebalanceChannel>) =>
  destinationAs({ ...change, class: 'STAGNANT_CANDIDATE' });
const written = (subject: RebalanceChannel, others: readonly RebalanceChannel[]) => {
  const channels = [subject, ...others];
  const verdict = planDiagnostic(subject, channels, LAW, NOW);
  const frame = { at: NOW, law: LAW, channels };
  const { inputs } = diagnosticEntry(subject, verdict, frame, { outcome: 'none' });
  return { verdict, text: typeof inputs === 'function' ? inputs() : inputs };
};

test.each([
  ['filling', ill({}), [other]],
  [
    'draining',
    ill({ share: share(0.8), spendable: fromSat(8_000_000), receivable: fromSat(1_900_000) }),
    [destinationAs({ channelId: channelNamed(3), peerId: peerNamed(3) })],
  ],
  ['nobody to take it from', ill({}), []],
] as const)(
  'the verdict on %s comes back from its text, to the last word of its trail',
  (_, subject, others) => {
    const { verdict, text } = written(subject, others);
    expect(replayRebalance(text)).toEqual(verdict);
  },
);

test('an entry whose inputs lack a part is not replayed', () => {
  const { text } = written(ill({}), [other]);
  expect(() => replayRebalance(text.replace('"channels"', '"channel"'))).toThrow(Bug);
});
