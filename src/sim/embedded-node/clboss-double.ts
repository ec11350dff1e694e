/**
 * clboss as one of the node's plugins (0.15.1): the two commands with their true contract, the hourly fee setter that
 * prices by peer, and the ways in which it may fail those who rely on it. It lives here and not in the plugin under
 * test: it goes on when that one is killed.
 */
import { HOUR_MS, laterBy, type NodeId, parseNodeId, type UnixMs } from '../../core/units.ts';
import type { Market, MarketEvent } from '../market/market.ts';
import { bindArguments, requiredText } from './call-arguments.ts';
import type { DirectCommand } from './dispatcher.ts';
import { toJson } from './json-text.ts';
import type { NodeChannel, NodeState } from './node-state.ts';
import { type Notification, pluginChanged } from './notifications.ts';
import { priceable } from './quirks.ts';
import { CODE, RpcError } from './rpc-error.ts';

export const CLBOSS_PATH = '/usr/local/bin/clboss';

/**
 * working. absent: it is not there. no data: it runs and its status says nothing yet. permission denied: whoever asks
 * may not change tags. slow: it answers after SLOW_MS. drifted: a later version with other names and shapes. hostile:
 * it says yes, does something else, and its status is full of traps.
 */
export type ClbossMode =
  | 'working'
  | 'absent'
  | 'no data'
  | 'permission denied'
  | 'slow'
  | 'drifted'
  | 'hostile';

export type ClbossSettings = {
  readonly node: NodeState;
  readonly mode: ClbossMode;
  /** What lets time pass beneath it. */
  readonly world: Pick<Market, 'advance'>;
  readonly tell: (notification: Notification) => void;
};

const SLOW_MS = 6_000;
/** Not on the hour: nobody else does it at that minute. */
const FIRST_PRICES_MS = 17 * 60_000;
const TAGS: ReadonlySet<string> = new Set(['lnfee', 'open', 'close', 'balance']);
/** Seconds; it leaves the choice to lightningd. */
const ENFORCE_DELAY = 600;
/** Its price moves a little each hour, with what the peer itself asks. */
const WOBBLE = [0, 0.1, 0.2, -0.1, -0.2] as const;

export class ClbossDouble {
  /** Whether its fee setter runs. */
  prices = true;
  /** Peers it was told to leave alone in some way, sorted as it keeps them. */
  readonly #tags = new Map<NodeId, ReadonlySet<string>>();
  readonly #settings: ClbossSettings;
  readonly #commands: readonly DirectCommand[];
  #mode: ClbossMode;
  #nextPrices: UnixMs;

  constructor(settings: ClbossSettings) {
    this.#settings = settings;
    this.#mode = settings.mode;
    this.#nextPrices = laterBy(settings.node.now(), FIRST_PRICES_MS);
    this.#commands = [
      { name: 'clboss-status', usage: '', run: () => this.#slowly(() => this.#status()) },
      {
        name: 'clboss-unmanage',
        usage: 'nodeid tags',
        run: ({ params }) => this.#slowly(() => this.#unmanage(params)),
      },
    ];
  }

  get mode(): ClbossMode {
    return this.#mode;
  }

  /** From now on it behaves like that; coming and going is told as lightningd does. */
  set mode(mode: ClbossMode) {
    const [was, is] = [this.present, mode !== 'absent'];
    this.#mode = mode;
    if (was === is) return;
    const methods = this.#commands.map(({ name }) => name);
    const plugin = { name: 'clboss', path: CLBOSS_PATH, methods };
    this.#settings.tell(pluginChanged(is ? 'plugin_started' : 'plugin_stopped', plugin));
  }

  get present(): boolean {
    return this.#mode !== 'absent';
  }

  /** What the node offers now. */
  get commands(): readonly DirectCommand[] {
    return this.present ? this.#commands : [];
  }

  /** What it leaves alone of a peer, sorted. */
  tagsOf(peerId: NodeId): readonly string[] {
    return [...(this.#tags.get(peerId) ?? [])].toSorted();
  }

  /** What an operator said on the command line, whatever the mode: replaces the whole set. */
  operatorUnmanages(peerId: NodeId, tags: string): void {
    this.#replace(peerId, tags);
  }

  /** Lets time pass, and prices every hour. */
  advance(until: UnixMs, emit: (event: MarketEvent) => void): void {
    const { world } = this.#settings;
    while (this.#nextPrices <= until) {
      world.advance(this.#nextPrices, emit);
      if (this.present && this.prices) this.#setPrices();
      this.#nextPrices = laterBy(this.#nextPrices, HOUR_MS);
    }
    world.advance(until, emit);
  }

  /** By peer: all its channels get the same base and rate, unless `lnfee` is left alone. Never below 1 ppm. */
  #setPrices(): void {
    const { node } = this.#settings;
    const hour = Math.floor(this.#nextPrices / HOUR_MS);
    const wobble = 1 + (WOBBLE[hour % WOBBLE.length] ?? 0);
    const byPeer = new Map<NodeId, NodeChannel[]>();
    for (const channel of node.channels().filter(({ state }) => priceable(state)))
      byPeer.set(channel.peerId, [...(byPeer.get(channel.peerId) ?? []), channel]);
    for (const [peerId, channels] of byPeer) {
      if (this.#tags.get(peerId)?.has('lnfee') === true) continue;
      const [first] = channels;
      const ppm = Math.max(1, Math.round((first?.theirs.ppm ?? 0) * wobble));
      const base = first?.theirs.base ?? 0;
      for (const { index } of channels) node.market.setPolicy(index, { base, ppm }, ENFORCE_DELAY);
    }
  }

  async #slowly(answer: () => string): Promise<string> {
    if (this.#mode === 'slow') await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
    return answer();
  }

  #status(): string {
    const comment = 'Nodes that some part of CLBoss leaves alone, and which.';
    const listed = [...this.#tags.keys()].map((id) => [id, this.tagsOf(id).join(', ')] as const);
    const info = { version: '0.15.1' };
    switch (this.#mode) {
      case 'absent':
      case 'working':
      case 'permission denied':
      case 'slow':
        return toJson({ info, unmanaged: { comment, ...Object.fromEntries(listed) } });
      case 'no data':
        return toJson({ info: {} });
      case 'drifted':
        return toJson({
          info,
          unmanaged: listed.map(([nodeid, tags]) => ({ nodeid, tags: tags.split(', ') })),
        });
      case 'hostile':
        return toJson({
          info,
          unmanaged: {
            comment: { $set: '$(reboot)' },
            '__proto__ ': 'lnfee',
            '02; reboot': 'lnfee, balance',
            ...Object.fromEntries(listed),
          },
          swap_report: 'x'.repeat(100_000),
        });
    }
  }

  #unmanage(params: string): string {
    switch (this.#mode) {
      case 'permission denied':
        throw new RpcError(CODE.PLUGIN_ERROR, 'Permission denied');
      case 'drifted':
        throw new RpcError(CODE.INVALID_PARAMS, 'missing required parameter: peer');
      case 'absent':
      case 'working':
      case 'no data':
      case 'slow':
      case 'hostile':
        break;
    }
    const args = bindArguments('nodeid tags', params);
    const peerId = parseNodeId(requiredText(args, 'nodeid'));
    if (peerId === undefined) throw new RpcError(CODE.INVALID_PARAMS, 'nodeid: not a node id');
    const tags = requiredText(args, 'tags');
    // It says yes and keeps only what nobody asked for.
    this.#replace(peerId, this.#mode === 'hostile' ? 'close' : tags);
    return '{}';
  }

  #replace(peerId: NodeId, text: string): void {
    const tags = text === '' ? [] : text.split(',');
    // A space belongs to the tag, and then there is none of that name.
    const unknown = tags.find((tag) => !TAGS.has(tag));
    if (unknown !== undefined) throw new RpcError(CODE.INVALID_PARAMS, `Unknown tag: '${unknown}'`);
    if (tags.length === 0) this.#tags.delete(peerId);
    else this.#tags.set(peerId, new Set(tags));
  }
}
