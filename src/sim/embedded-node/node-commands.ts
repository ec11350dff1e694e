/** The methods about the node's own running: plugins, help, check, configuration, stop. */
import { bindArguments, flagArgument, requiredText, textOf } from './call-arguments.ts';
import type { DirectCommand, Dispatcher } from './dispatcher.ts';
import { elements, members, parseLossless, toJson } from './json-text.ts';
import { type OptionValue, PluginFault } from './manifest.ts';
import type { NodeState } from './node-state.ts';
import { type GivenOptions, typedOption } from './plugin-options.ts';
import { configOf, type PluginRegistry } from './plugin-registry.ts';
import { badToken, CODE, RpcError } from './rpc-error.ts';
import type { Connection, Request } from './socket-server.ts';

/** `name`: a path, or a name among lightningd's own plugins. */
export type ListedPlugin = { readonly name: string; readonly dynamic: boolean };

export type Surroundings = {
  readonly node: NodeState;
  readonly plugins: PluginRegistry;
  readonly dispatcher: Dispatcher;
  /** Plugins that are only listed: bookkeeper, sling, … */
  readonly listedPlugins: () => readonly ListedPlugin[];
  /** The next number of lightningd's own request ids. */
  readonly nextId: () => number;
  readonly startPlugin: (path: string, options: GivenOptions, callerId: string) => Promise<void>;
  /** `lightningd stop`; the caller's connection stays for the answer. */
  readonly stop: (keep: Connection) => Promise<void>;
};

const BUILT_IN = '/usr/local/libexec/c-lightning/plugins/';

const word = (token: string | undefined): string | undefined => {
  if (token === undefined) return undefined;
  const value: unknown = JSON.parse(token);
  return typeof value === 'string' ? value : token;
};

function pluginList({ plugins, listedPlugins }: Surroundings): object[] {
  const listed = listedPlugins().map(({ name, dynamic }) => ({
    name: name.startsWith('/') ? name : `${BUILT_IN}${name}`,
    active: true,
    dynamic,
  }));
  const running = plugins.hosts.map((host) => ({
    name: host.path,
    active: host.active,
    dynamic: host.manifest?.dynamic ?? false,
  }));
  return [...listed, ...running];
}

const isOptionValue = (value: unknown): value is OptionValue =>
  ['string', 'number', 'bigint', 'boolean'].includes(typeof value);

/** `plugin start` takes the plugin's options beside its own parameters. */
function startOptions(given: ReadonlyMap<string, string>): GivenOptions {
  const options: Record<string, OptionValue> = {};
  for (const [name, token] of given) {
    const value = parseLossless(token);
    if (name !== 'subcommand' && name !== 'plugin' && isOptionValue(value)) options[name] = value;
  }
  return options;
}

async function runPlugin(around: Surroundings, request: Request): Promise<string> {
  const given = request.params.startsWith('[')
    ? new Map(
        elements(request.params).map((token, i) => [['subcommand', 'plugin'][i] ?? `${i}`, token]),
      )
    : members(request.params);
  const subcommand = word(given.get('subcommand'));
  const name = word(given.get('plugin'));
  if (subcommand === 'list') return toJson({ command: 'list', plugins: pluginList(around) });
  if (subcommand !== 'start' && subcommand !== 'stop') {
    throw new RpcError(
      CODE.INVALID_PARAMS,
      `subcommand: unknown subcommand: invalid token '${given.get('subcommand')}'`,
    );
  }
  if (name === undefined) {
    throw new RpcError(CODE.INVALID_PARAMS, 'missing required parameter: plugin');
  }
  if (subcommand === 'stop') {
    await around.plugins.stop(name);
    return toJson({
      command: 'stop',
      result: `Successfully stopped ${name.replace(/^.*\//, '')}.`,
    });
  }
  try {
    await around.startPlugin(name, startOptions(given), request.id);
  } catch (error) {
    if (!(error instanceof PluginFault)) throw error;
    throw new RpcError(CODE.PLUGIN_ERROR, error.message);
  }
  return toJson({ command: 'start', plugins: pluginList(around) });
}

const plugin = (around: Surroundings): DirectCommand => ({
  name: 'plugin',
  usage: 'subcommand=start|stop|startdir|rescan|list',
  run: (request) => runPlugin(around, request),
});

const help = ({ plugins, dispatcher }: Surroundings): DirectCommand => ({
  name: 'help',
  usage: '[command]',
  run(request) {
    const asked = textOf(bindArguments('[command]', request.params), 'command');
    const all = [...dispatcher.methods(), ...plugins.methods()]
      .filter(({ name }) => asked === undefined || name === asked)
      .map(({ name, usage }) => ({ command: `${name} ${usage}` }))
      .sort((a, b) => (a.command < b.command ? -1 : 1));
    if (all.length === 0) {
      throw new RpcError(CODE.METHOD_NOT_FOUND, `Unknown command ${asked}`);
    }
    return toJson({ help: all, 'format-hint': 'simple' });
  },
});

/** Everything but doing it: parameters are bound, a plugin that can check is asked. */
const check = ({ plugins, dispatcher }: Surroundings): DirectCommand => ({
  name: 'check',
  usage: 'command_to_check',
  run(request, connection) {
    const given = request.params.startsWith('[')
      ? new Map([['command_to_check', elements(request.params)[0] ?? 'null']])
      : members(request.params);
    const method = word(given.get('command_to_check'));
    if (method === undefined || method === 'null') {
      throw new RpcError(CODE.INVALID_PARAMS, 'missing required parameter: command_to_check');
    }
    const usage = dispatcher.usageOf(method);
    const host = plugins.serving(method);
    if (usage !== undefined) {
      const others = [...given].filter(([name]) => name !== 'command_to_check');
      const text = others.map(([name, token]) => `${JSON.stringify(name)}:${token}`).join(',');
      bindArguments(
        usage,
        request.params.startsWith('[')
          ? `[${elements(request.params).slice(1).join(',')}]`
          : `{${text}}`,
      );
    } else if (host?.manifest?.canCheck === true) {
      return dispatcher.toPlugin(host, request, connection).then(() => never());
    } else if (host === undefined) {
      throw new RpcError(CODE.METHOD_NOT_FOUND, `Unknown command '${method}'`);
    }
    return toJson({ command_to_check: method });
  },
});

/** The plugin has answered the caller itself. */
const never = (): Promise<string> => new Promise(() => undefined);

const OWN_CONFIGS = (node: NodeState): Record<string, object> => ({
  'lightning-dir': { value_str: node.settings.directory, source: 'cmdline' },
  network: { value_str: node.settings.network, source: 'cmdline' },
  'rpc-file': { value_str: 'lightning-rpc', source: 'default' },
  'allow-deprecated-apis': { value_bool: node.settings.deprecatedApis, source: 'cmdline' },
  alias: { value_str: node.settings.alias, source: 'cmdline' },
  'ignore-fee-limits': { value_bool: true, source: 'default' },
  'cltv-delta': { value_int: 34, source: 'default' },
  'fee-base': { value_int: 1000, source: 'default' },
  'fee-per-satoshi': { value_int: 10, source: 'default' },
  'max-concurrent-htlcs': { value_int: 483, source: 'default' },
  'htlc-minimum-msat': { value_msat: 0, source: 'default' },
  'htlc-maximum-msat': { value_msat: 18_446_744_073_709_551_615n, source: 'default' },
});

const listconfigs = ({ node, plugins }: Surroundings): DirectCommand => ({
  name: 'listconfigs',
  usage: '[config]',
  run(request) {
    const asked = textOf(bindArguments('[config]', request.params), 'config');
    const configs = new Map<string, unknown>(Object.entries(OWN_CONFIGS(node)));
    for (const host of plugins.hosts) {
      for (const [name, value] of Object.entries(plugins.optionsOf(host))) {
        configs.set(name, configOf(host, name, value));
      }
    }
    if (asked !== undefined && !configs.has(asked)) {
      throw new RpcError(
        CODE.INVALID_PARAMS,
        `config: Unknown config option: invalid token '"${asked}"'`,
      );
    }
    const shown = [...configs].filter(([name]) => asked === undefined || name === asked);
    return toJson({ configs: Object.fromEntries(shown) });
  },
});

/** A plugin hears of its dynamic option as text, and may refuse. Nothing is written to a file here. */
const setconfig = ({ plugins, nextId }: Surroundings): DirectCommand => ({
  name: 'setconfig',
  usage: 'config [val] [transient]',
  async run(request) {
    const args = bindArguments('config [val] [transient]', request.params);
    const config = requiredText(args, 'config');
    const found = plugins.declaring(config);
    if (found?.option.dynamic !== true) {
      throw badToken('config', 'Not a dynamic option', args.get('config') ?? '');
    }
    const val = textOf(args, 'val') ?? '';
    const { host, option } = found;
    const id = `${request.id.replace(/^"|"$/g, '')}/cln:setconfig#${nextId()}`;
    await host.call('setconfig', { config, val }, id);
    plugins.setOption(host, config, typedOption(option, val));
    const shown = { ...configOf(host, config, plugins.optionsOf(host)[config]) };
    return toJson({ config: { config, ...shown, source: 'setconfig transient' } });
  },
});

const notifications: DirectCommand = {
  name: 'notifications',
  usage: 'enable',
  run(request, connection) {
    connection.wantsProgress =
      flagArgument(bindArguments('enable', request.params), 'enable') ?? false;
    return '{}';
  },
};

const stop = ({ stop: stopNode }: Surroundings): DirectCommand => ({
  name: 'stop',
  usage: '',
  async run(_, connection) {
    await stopNode(connection);
    return toJson('Shutdown complete');
  },
});

export const nodeCommands = (around: Surroundings): DirectCommand[] => [
  plugin(around),
  help(around),
  check(around),
  listconfigs(around),
  setconfig(around),
  notifications,
  stop(around),
];
