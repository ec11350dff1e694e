import { expect, test } from 'vitest';
import { manifest, SUBSCRIPTIONS } from './manifest.ts';

const parts = {
  options: [{ name: 'revenue-x', type: 'int', description: 'x', default: 7, dynamic: true }],
  methods: [
    { name: 'revenue-status', usage: '[verbose]', description: 's', longDescription: 'long' },
    { name: 'revenue-pause', usage: '', description: 'p', answer: 'no business of lightningd' },
    { name: 'revenue-ignore', usage: 'peer_id', description: 'i', deprecated: true },
  ],
} as const;

test('original §5 (a round trip in every HTLC): what lightningd reads: options, methods, topics, and no hook at all (SPEC 2.1)', () => {
  const answer = manifest(parts);
  expect(answer).toMatchObject({
    options: parts.options,
    rpcmethods: [
      { name: 'revenue-status', usage: '[verbose]', description: 's', long_description: 'long' },
      { name: 'revenue-pause', usage: '', description: 'p' },
      { name: 'revenue-ignore', usage: 'peer_id', description: 'i', deprecated: true },
    ],
    hooks: [],
    notifications: [{ method: 'revenue_decision' }, { method: 'revenue_alert' }],
    dynamic: true,
    nonnumericids: true,
    cancheck: true,
  });
  expect(answer).not.toHaveProperty('disable');
  expect(JSON.stringify(answer)).not.toContain('longDescription');
  expect(JSON.stringify(answer)).not.toContain('no business');
});

test('original §5 (the shutdown code never ran): shutdown is subscribed to, or lightningd would kill us without a word', () => {
  expect(manifest(parts)).toHaveProperty('subscriptions', SUBSCRIPTIONS);
  expect(SUBSCRIPTIONS).toContain('shutdown');
  expect(SUBSCRIPTIONS).toHaveLength(12);
});

test('a reason not to run is handed over', () => {
  expect(manifest({ ...parts, disable: 'Node 20 is too old' })).toMatchObject({
    disable: 'Node 20 is too old',
  });
});
