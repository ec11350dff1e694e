/**
 * A tiny plugin for the tests of the stand-in: it does what FAKE_PLUGIN tells it and writes down every chunk it read
 * (FAKE_RECORD, one JSON text a line). Run as a process of its own.
 */
import { appendFileSync } from 'node:fs';

export type FakeBehaviour = {
  /** Written instead of an answer to getmanifest. */
  readonly sayFirst?: string;
  /** It answers nothing at all. */
  readonly mute?: boolean;
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly initResult?: unknown;
  /** What it does at `shutdown`, and at EOF. */
  readonly atShutdown?: 'exit' | 'ignore';
  readonly atEof?: 'exit' | 'ignore';
};

const behaviour: FakeBehaviour = JSON.parse(process.env.FAKE_PLUGIN ?? '{}');
const record = (what: string, text: string): void => {
  const file = process.env.FAKE_RECORD;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ what, text })}\n`);
};
const say = (message: unknown): void => {
  process.stdout.write(`${JSON.stringify(message)}\n\n`);
};
const method = (name: string, usage = ''): object => ({ name, usage, description: name });

const MANIFEST = {
  options: [
    { name: 'fake-text', type: 'string', default: 'as it is', description: 'text' },
    { name: 'fake-int', type: 'int', default: 42, description: 'number' },
    { name: 'fake-none', type: 'string', description: 'no default' },
  ],
  rpcmethods: [
    method('fake-echo', '[a] [b]'),
    method('fake-fail'),
    method('fake-slow'),
    method('fake-say', 'raw'),
    method('fake-progress'),
  ],
  subscriptions: [
    'forward_event',
    'coin_movement',
    'connect',
    'disconnect',
    'block_added',
    'channel_state_changed',
    'channel_opened',
    'plugin_started',
    'plugin_stopped',
    'shutdown',
  ],
  notifications: [{ method: 'fake_event' }],
  dynamic: true,
  nonnumericids: true,
  cancheck: true,
};

type Message = { id?: string; method: string; params: unknown };

function answer({ id, method: called, params }: Message): void {
  if (behaviour.mute === true) return;
  switch (called) {
    case 'getmanifest':
      if (behaviour.sayFirst !== undefined) process.stdout.write(behaviour.sayFirst);
      say({ jsonrpc: '2.0', id, result: { ...MANIFEST, ...behaviour.manifest } });
      return;
    case 'init':
      say({ jsonrpc: '2.0', id, result: behaviour.initResult ?? {} });
      say({ jsonrpc: '2.0', method: 'log', params: { level: 'info', message: 'up\nand running' } });
      process.stderr.write('fake on stderr\n');
      return;
    case 'fake-fail':
      say({ jsonrpc: '2.0', id, error: { code: -32602, message: 'fake says no' } });
      return;
    case 'fake-slow':
      return;
    case 'fake-say':
      process.stdout.write(String(Array.isArray(params) ? params[0] : ''));
      say({ jsonrpc: '2.0', id, result: {} });
      return;
    case 'fake-progress':
      say({ jsonrpc: '2.0', method: 'message', params: { id, level: 'info', message: 'half' } });
      say({ jsonrpc: '2.0', id, result: {} });
      return;
    case 'check':
      say({ jsonrpc: '2.0', id, result: { checked: params } });
      return;
    default:
      say({ jsonrpc: '2.0', id, result: { params } });
  }
}

function receive(message: Message): void {
  if (message.id !== undefined) answer(message);
  else if (message.method === 'shutdown' && behaviour.atShutdown !== 'ignore') {
    record('exit', 'shutdown');
    process.exit(0);
  } else if (message.method === 'block_added') {
    say({ jsonrpc: '2.0', method: 'fake_event', params: { fake_event: { seen: 'block_added' } } });
  }
}

let text = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk: string) => {
  record('in', chunk);
  text += chunk;
  const messages = text.split('\n\n');
  text = messages.pop() ?? '';
  for (const message of messages) if (message.trim() !== '') receive(JSON.parse(message));
});
process.stdin.on('end', () => {
  record('exit', 'eof');
  if (behaviour.atEof !== 'ignore') process.exit(0);
  setInterval(() => undefined, 1000);
});
record(
  'start',
  JSON.stringify({
    cwd: process.cwd(),
    version: process.env.LIGHTNINGD_VERSION,
    plugin: process.env.LIGHTNINGD_PLUGIN,
  }),
);
