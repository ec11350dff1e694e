/** Who else runs on the node, and what is missing without them (SPEC 7.9). Missing ones degrade us loudly, never stop us. */
import type { Logger } from '../ports/logger.ts';
import type { LightningNode } from '../ports/node.ts';
import type { Neighbour } from './services.ts';

const KNOWN: readonly Omit<Neighbour, 'present'>[] = [
  { name: 'sling', consequence: 'without it nothing can be rebalanced; prices and books work' },
  {
    name: 'bookkeeper',
    consequence: 'without it opening costs are estimates on nodes older than 25.09',
  },
  { name: 'clboss', consequence: 'absent is normal: there is nobody to share the channels with' },
  { name: 'cl-hive', consequence: 'absent is normal: no fleet' },
];

/** The Python plugin of the same methods. */
const ANCESTOR = /^cl-revenue-ops\.py$/;

export class Neighbours {
  readonly #node: LightningNode;
  readonly #log: Logger;
  #running: readonly string[] | undefined;

  constructor(node: LightningNode, log: Logger) {
    this.#node = node;
    this.#log = log;
  }

  /** Asks again; called at start and whenever a plugin comes or goes. */
  async look(): Promise<void> {
    const before = this.#present();
    this.#running = await this.#node.plugins();
    const now = this.#present();
    for (const name of now) if (!before.has(name)) this.#log('info', `${name} is here`);
    for (const name of before) if (!now.has(name)) this.#log('info', `${name} has gone`);
  }

  list(): readonly Neighbour[] {
    const present = this.#present();
    return KNOWN.map((neighbour) => ({ ...neighbour, present: present.has(neighbour.name) }));
  }

  /** Sentences for the operator. */
  problems(): readonly string[] {
    if (this.#running === undefined) return ['lightningd has not said yet which plugins run'];
    if (!this.#running.some((plugin) => ANCESTOR.test(plugin))) return [];
    return [
      'the Python cl-revenue-ops runs beside us and sets fees too: stop it with `lightning-cli plugin stop cl-revenue-ops.py`',
    ];
  }

  #present(): ReadonlySet<Neighbour['name']> {
    const names = (this.#running ?? []).map((plugin) => plugin.replace(/\.\w+$/, ''));
    return new Set(KNOWN.map(({ name }) => name).filter((name) => names.includes(name)));
  }
}
