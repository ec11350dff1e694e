import { expect, it } from 'vitest';
import { destinationAs, historyAs, LAW } from './channel.fixture.ts';
import { inboundEstimate } from './inbound-estimate.ts';

it.each([
  ['the median of three', [900, 100, 300], 200, 300, 'median of 3 successes to this peer'],
  [
    'of an even number the middle, up',
    [100, 201, 9, 900],
    50,
    151,
    'median of 4 successes to this peer',
  ],
  ['two are too few', [900, 100], 200, 200, 'what the peer and the way ask'],
  ['gossip, rounded up', [], 200.2, 201, 'what the peer and the way ask'],
  ['nothing known', [900, 100], undefined, 500, 'nothing better is known'],
])('%s', (_, paidPpm, gossipInboundPpm, ppm, because) => {
  const history = historyAs({ paidPpm, gossipInboundPpm });
  expect(inboundEstimate(destinationAs({ history }), LAW)).toEqual({ ppm, because });
});
