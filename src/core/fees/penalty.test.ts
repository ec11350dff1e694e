import { expect, it } from 'vitest';
import { LAW, seenAs } from './channel.fixture.ts';
import { holdSurcharge, penalty } from './penalty.ts';

it.each([
  ['spammy and UNDERWATER', 0.5, 'UNDERWATER', true, 1.15],
  ['not at the minimum', 0.500_001, 'UNDERWATER', true, 1],
  ['PROFITABLE spammers are immune', 0.5, 'PROFITABLE', true, 1],
  ['reputation switched off', 0.5, 'UNDERWATER', false, 1],
] as const)('penalty: %s', (_, peerWeight, kind, reputation, value) => {
  const seen = seenAs({ peerWeight, books: { class: kind, roi: 0, marginalRoi: 0 } });
  const outcome = penalty(seen, { ...LAW, reputation });
  expect(outcome.value).toBe(value);
  expect(outcome.step).toEqual({
    rule: 'penalty',
    verdict: value === 1 ? 'passes' : 'applies',
    value,
    because: `volume weight 0.5, ${kind}`,
  });
});

it.each([
  [undefined, 1, 'passes', 'hold times unknown'],
  [1, 1, 'passes', 'hold times of the last 7 days'],
  [1.2, 1.2, 'applies', 'hold times of the last 7 days'],
] as const)('a hold of %s multiplies by %d', (hold, value, verdict, because) => {
  expect(holdSurcharge(seenAs({ hold }))).toEqual({
    value,
    step: { rule: 'hold', verdict, value, because },
  });
});
