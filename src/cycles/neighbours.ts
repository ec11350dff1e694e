/** Who else runs on the node, and what is missing without them (SPEC 7.9). Missing ones degrade us loudly, never stop us. */
import { NodeRefused, RetryLater } from '../ports/errors.ts';
import type { Logger } from '../ports/logger.ts';
import type { LightningNode } from '../ports/node.ts';
import type { Neighbour } from './services.ts';

type Known = Omit<Neighbour, 'present'> & {
  /** Its file goes by many names; a reading command of its own is there or not. */
  readonly command: string;
};
const KNOWN: readonly Known[] = [
  {
    name: 'sling',
    command: 'sling-stats',
    consequence: 'without it nothing can be rebalanced; prices and books work',
  },
  {
    name: 'bookkeeper',
    command: 'bkpr-listincome',
    consequence: 'without it opening costs are estimates on nodes older than 25.09',
  },
  {
    name: 'clboss',
    command: 'clboss-status',
    consequence: 'absent is normal: there is nobody to share the channels with',
  },
  { name: 'cl-hive', command: 'hive-status', consequence: 'absent is normal: no fleet' },
];

/** The Python plugin of the same methods. */
const ANCESTOR = /^cl-revenue-ops\.py$/;

/** What lightningd said when last asked. */
type Answer = { readonly plugins: readonly string[]; readonly commands: ReadonlySet<string> };

export class Neighbours {
  readonly #node: Pick<LightningNode, 'plugins' | 'commands'>;
  readonly #log: Logger;
  #answer: Answer | undefined;

  constructor(node: Pick<LightningNode, 'plugins' | 'commands'>, log: Logger) {
    this.#node = node;
    this.#log = log;
  }

  /** lightningd has not answered yet: ask again. */
  get unknown(): boolean {
    return this.#answer === undefined;
  }

  /** Asks again; called at start and whenever a plugin comes or goes. */
  async look(): Promise<void> {
    const plugins = await this.#node.plugins();
    const commands = await this.#commands();
    const before = this.#answer && this.#present();
    this.#answer = { plugins, commands };
    const now = this.#present();
    for (const { name, consequence } of KNOWN) {
      if (now.has(name)) {
        if (!before?.has(name)) this.#log('info', `${name} is here`);
      } else if (before === undefined) this.#log('info', `no ${name}: ${consequence}`);
      else if (before.has(name)) this.#log('info', `${name} has gone: ${consequence}`);
    }
  }

  list(): readonly Neighbour[] {
    const present = this.#present();
    return KNOWN.map(({ name, consequence }) => ({
      name,
      consequence,
      present: present.has(name),
    }));
  }

  /** undefined: lightningd has not said yet. */
  isPresent(name: Neighbour['name']): boolean | undefined {
    return this.#answer && this.#present().has(name);
  }

  /** Sentences for the operator. */
  problems(): readonly string[] {
    if (this.#answer === undefined) return ['lightningd has not said yet which plugins run'];
    if (!this.#answer.plugins.some((plugin) => ANCESTOR.test(plugin))) return [];
    return [
      'the Python cl-revenue-ops runs beside us and sets fees too: stop it with `lightning-cli plugin stop cl-revenue-ops.py`, then take over its database with revenue-import',
    ];
  }

  /** Names of plugins are enough where lightningd does not list its commands. */
  async #commands(): Promise<ReadonlySet<string>> {
    try {
      return await this.#node.commands();
    } catch (error) {
      if (!(error instanceof RetryLater || error instanceof NodeRefused)) throw error;
      this.#log('info', `neighbours are told by their file names only: ${error.message}`);
      return new Set();
    }
  }

  #present(): ReadonlySet<Neighbour['name']> {
    const { plugins, commands } = this.#answer ?? { plugins: [], commands: new Set() };
    const names = plugins.map((plugin) => plugin.replace(/\.\w+$/, ''));
    return new Set(
      KNOWN.filter(({ name, command }) => names.includes(name) || commands.has(command)).map(
        ({ name }) => name,
      ),
    );
  }
}
