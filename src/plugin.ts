/**
 * What lightningd starts: the protocol on stdin and stdout, and behind it the app with the real node, store and
 * clock. `getmanifest` touches no file; `init` answers at once and the rest happens in the background (SPEC 7.10).
 */
import { homedir } from 'node:os';
import packageJson from '../package.json' with { type: 'json' };
import { App } from './app.ts';
import { ClnChainRecords } from './cln/chain-records.ts';
import { ClnClboss, tagsCommand } from './cln/clboss.ts';
import { NodeFeeSetter, restoreCommand } from './cln/fee-setter.ts';
import { ClnHive } from './cln/hive.ts';
import { type InitParams, readInit } from './cln/init-answer.ts';
import { ClnNode } from './cln/lightning-node.ts';
import { manifest } from './cln/manifest.ts';
import { type NodeEvent, readEvent } from './cln/node-events.ts';
import { ClnPayments } from './cln/payment-records.ts';
import { type MethodHandler, PluginProtocol, type ShutdownCause } from './cln/plugin-protocol.ts';
import { RpcClient } from './cln/rpc-client.ts';
import { SlingRebalancer } from './cln/sling.ts';
import { ancestorPlaces, databasePath } from './config/database-path.ts';
import { OPTIONS } from './config/options.ts';
import { disableReason, manifestOptions, parseOptions } from './config/parse-options.ts';
import { lockstepFromEnvironment } from './lockstep.ts';
import { methodContext } from './method-context.ts';
import { RetryLater } from './ports/errors.ts';
import type { RevenueMethod } from './rpc/method.ts';
import { METHODS } from './rpc/methods.ts';
import { openStore } from './sqlite/open-store.ts';
import { StoreRefused } from './sqlite/store-refused.ts';
import { SystemClock, systemEntropy, systemPacer } from './system/system-time.ts';

/** SPEC 7.10: a clean end takes at most this long; then the process ends as it is, which loses nothing. */
const END_WITHIN_MS = 4_500;

let running: { readonly app: App; readonly rpc: RpcClient } | undefined;
/** Set by the embedded node only: the plugin lives in its virtual time. */
const lockstep = lockstepFromEnvironment(process.env);

const protocol = new PluginProtocol(process.stdin, process.stdout, {
  getmanifest: () => manifest({ options: manifestOptions(), methods: METHODS }),
  init: (params) => begin(readInit(params)),
  methods: new Map(METHODS.map((method) => [method.name, serve(method)])),
  onNotification: (topic, payload) => {
    lockstep?.received();
    if (running) handle(running.app, readEvent(topic, payload));
  },
  onShutdown: (cause) => void end(cause),
});

/** A method as the protocol calls it. Before `init` nobody can call one. */
function serve({ run }: RevenueMethod): MethodHandler {
  return (params, mode) => {
    if (!running) throw new RetryLater('the plugin has not been initialised yet');
    return run(params, methodContext(running.app.parts, packageJson.version), mode);
  };
}

function begin(init: InitParams): object {
  const options = parseOptions(init.options);
  const refused = disableReason(options);
  if (refused !== undefined) return { disable: refused };
  try {
    running = open(init, options.values);
  } catch (error) {
    if (!(error instanceof StoreRefused)) throw error;
    return { disable: error.message };
  }
  const { app, rpc } = running;
  app
    .start()
    .then(() => lockstep?.run(app, rpc))
    .catch(crash);
  return {};
}

function open(init: InitParams, options: ReturnType<typeof parseOptions>['values']) {
  const rpc = new RpcClient(init.socketPath, protocol.log);
  const onProblem = (text: string): void => protocol.log('unusual', text);
  const dbPath = String(options.get('db_path') ?? OPTIONS.db_path.default);
  const { lightningDir } = init;
  const path = databasePath(dbPath, { lightningDir, home: homedir() });
  const store = openStore(path, {
    onProblem,
    ancestorPlaces: ancestorPlaces(lightningDir, homedir()),
  });
  const clock = lockstep?.clock ?? new SystemClock();
  const sling = new SlingRebalancer(rpc);
  const app = new App({
    node: new ClnNode(rpc, onProblem),
    feeSetter: () => new NodeFeeSetter(rpc),
    payments: new ClnPayments(rpc, (scid) => store.channels.resolve(scid), clock),
    chainRecords: new ClnChainRecords(rpc),
    backend: sling,
    orderPlacer: () => sling.orders(),
    hive: new ClnHive(rpc),
    clboss: new ClnClboss(rpc),
    tagsCommand,
    commandFor: restoreCommand,
    store,
    clock,
    pacer: lockstep?.pacer ?? systemPacer,
    entropy: lockstep?.entropy ?? systemEntropy,
    options,
    log: protocol.log,
    notify: (topic, payload) => protocol.notify(topic, payload),
    onBug: crash,
  });
  return { app, rpc };
}

function handle(app: App, event: NodeEvent): void {
  switch (event.kind) {
    case 'forward':
      app.onForward(event.forward);
      return;
    case 'connection':
      app.onConnection(event.peerId, event.connected);
      return;
    case 'channel-state':
    case 'channel-opened':
      app.onChannelsChanged();
      return;
    case 'plugin':
      app.onPluginsChanged();
      return;
    case 'malformed':
      protocol.log('info', `${event.topic} not understood, left out: ${event.problem}`);
      return;
    case 'payment':
      // sling fails about once a second and job: nothing was paid, and what waits for its end looks again by itself.
      if (event.topic !== 'sendpay_failure') app.onPayment();
      return;
    case 'block':
      app.onBlock(event.height);
      return;
    case 'shutdown':
    case 'other':
      return;
  }
}

/** One way out for `shutdown`, a closed stdin and a lightningd that cannot be understood any more. */
async function end(cause: ShutdownCause): Promise<void> {
  const deadline = setTimeout(() => process.exit(0), END_WITHIN_MS);
  deadline.unref();
  if (running) await running.app.stop(cause === 'signal');
  running?.rpc.close();
  await protocol.drained();
  process.exit(0);
}

/** A defect of ours: said where the operator looks, then a clean exit; lightningd goes on without us. */
function crash(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`cl-revenue-ops: ${text}\n`);
  protocol.log('broken', `a defect, please report it: ${text}`);
  void protocol.drained().then(() => process.exit(1));
}

process.on('uncaughtException', crash);
process.on('unhandledRejection', crash);
protocol.start();
