import { describe, expect, test } from 'vitest';
import type { Step } from '../core/fees/types.ts';
import { reasonOf } from './reason.ts';

const anchor: Step = { rule: 'anchor', verdict: 'applies', because: 'at 640 ppm I expect more' };
const price: Step = { rule: 'price', verdict: 'applies', because: '640 ppm ×1 is 640 ppm' };
const gossip: Step = { rule: 'gossip', verdict: 'passes', because: '640 → 650 ppm is 1.6 %' };
const trail = [anchor, price, gossip];

describe('the reason of a decision', () => {
  test('names the binding constraint, its words, and how the price came about', () =>
    expect(reasonOf({ rule: 'price', binding: 'anchor', trail })).toBe(
      'anchor: at 640 ppm I expect more; 640 ppm ×1 is 640 ppm',
    ));

  test('a binding with a subject is explained by the step of its family', () =>
    expect(reasonOf({ rule: 'price', binding: 'gossip: deadband', trail })).toBe(
      'gossip: deadband: 640 → 650 ppm is 1.6 %; 640 ppm ×1 is 640 ppm',
    ));

  test('a step of exactly that name comes before its family', () => {
    const floor: Step = { rule: 'floor: chain', verdict: 'applies', because: 'blocks are dear' };
    const other: Step = { rule: 'floor', verdict: 'applies', because: 'another' };
    expect(
      reasonOf({ rule: 'price', binding: 'floor: chain', trail: [other, floor, price] }),
    ).toContain('blocks are dear');
  });

  test('one and the same step is not said twice', () =>
    expect(reasonOf({ rule: 'price', binding: 'price', trail })).toBe(
      'price: 640 ppm ×1 is 640 ppm',
    ));

  test('without words of its own the binding stands alone: an unreadable trail still answers', () =>
    expect(reasonOf({ rule: 'price', binding: 'ceiling', trail: [] })).toBe('ceiling'));
});
