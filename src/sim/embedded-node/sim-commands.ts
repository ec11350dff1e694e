/** Our own methods for a plugin that lives in simulated time; only there when the node runs in lockstep. */
import { type UnixMs, unixMs } from '../../core/units.ts';
import { bindArguments, requiredText, u64 } from './call-arguments.ts';
import type { DirectCommand } from './dispatcher.ts';
import { toJson } from './json-text.ts';
import type { NodeState } from './node-state.ts';
import type { NodeTime } from './node-time.ts';
import { badToken } from './rpc-error.ts';

/** `notifications`: how many were written to the plugin so far, so that it knows when it has read them all. */
type Told = () => number;

const simState = (node: NodeState, told: Told): DirectCommand => ({
  name: 'sim-state',
  usage: '',
  run: () =>
    toJson({
      now_ms: node.now(),
      notifications: told(),
      created_index: node.forwards.lastIndex('created'),
      updated_index: node.forwards.lastIndex('updated'),
      block_height: node.height,
    }),
});

type Pace = { readonly after: UnixMs; readonly speed: number };
/** So that somebody who watches sees time flow, not jump. */
const LONGEST_STEP_MS = 100;

/** Moves on in small steps of the wall clock from `after` on. */
async function paced(node: NodeState, time: NodeTime, until: UnixMs, pace: Pace): Promise<void> {
  while (node.now() < until) {
    const left = (until - Math.max(node.now(), pace.after)) / pace.speed;
    const wait = Math.min(left, LONGEST_STEP_MS);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, wait)));
    const from = Math.max(node.now(), pace.after);
    time.advance(unixMs(Math.min(until, from + Math.ceil(wait * pace.speed))));
  }
}

const simAdvance = (
  node: NodeState,
  time: NodeTime,
  told: Told,
  pace: Pace | undefined,
): DirectCommand => ({
  name: 'sim-advance',
  usage: 'until_ms',
  async run(request) {
    const args = bindArguments('until_ms', request.params);
    const until = Number(u64(args, 'until_ms') ?? 0n);
    if (until < node.now()) {
      throw badToken('until_ms', 'time does not run backwards', requiredText(args, 'until_ms'));
    }
    if (pace && until > pace.after) await paced(node, time, unixMs(until), pace);
    else time.advance(unixMs(until));
    return toJson({ now_ms: node.now(), notifications: told() });
  },
});

export const simCommands = (
  node: NodeState,
  time: NodeTime,
  told: Told,
  pace: Pace | undefined,
): DirectCommand[] => [simAdvance(node, time, told, pace), simState(node, told)];
