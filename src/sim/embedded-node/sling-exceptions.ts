/** sling's lists of channels and peers it shall not route over. The market has no routes, so they only are remembered. */
import { parseNodeId, parseScid } from '../../core/units.ts';
import type { SlingMachine } from '../sling/sling-machine.ts';
import { asRecord, parseLossless, toJson } from './json-text.ts';
import type { NodeState } from './node-state.ts';
import { slingError } from './sling-parameters.ts';

const SUCCESS = toJson({ result: 'success' });

/** Changes or shows a list; the list is a bare array. */
function edited(list: Set<string>, command: unknown, name: unknown): string {
  if (command === 'list') return toJson([...list]);
  if (typeof name !== 'string') throw slingError('Please provide what to add or remove');
  if (command === 'add') list.add(name);
  else if (command === 'remove') list.delete(name);
  else throw slingError('unknown command, use add, remove or list');
  return SUCCESS;
}

function argumentsOf(params: string, second: string): readonly unknown[] {
  const given = parseLossless(params);
  if (Array.isArray(given)) return given;
  const named = asRecord(given);
  return [named?.command, named?.[second]];
}

export class SlingExceptions {
  readonly #node: NodeState;
  readonly #machine: SlingMachine;
  readonly #channels = new Set<string>();
  readonly #peers = new Set<string>();

  constructor(node: NodeState, machine: SlingMachine) {
    this.#node = node;
    this.#machine = machine;
  }

  channels(params: string): string {
    const [command, scid] = argumentsOf(params, 'scid');
    if (typeof scid === 'string' && parseScid(scid) === undefined)
      throw slingError('scid is not a valid short_channel_id');
    if (command === 'add' && this.#node.channels().some((channel) => channel.scid === scid))
      throw slingError('Own channels can not be excepted');
    return edited(this.#channels, command, scid);
  }

  peers(params: string): string {
    const [command, id] = argumentsOf(params, 'id');
    if (typeof id === 'string' && parseNodeId(id) === undefined)
      throw slingError('id is not a valid public key');
    const busy = this.#machine
      .jobs()
      .some(({ order }) => this.#node.named(order.channel)?.peerId === id);
    if (command === 'add' && busy) throw slingError('this peer has a job on one of its channels');
    return edited(this.#peers, command, id);
  }
}
