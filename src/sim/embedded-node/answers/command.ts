import type { CallArguments } from '../call-arguments.ts';
import type { NodeState } from '../node-state.ts';

/** One method of the socket. */
export type Command = {
  readonly name: string;
  /** As `help` prints it: `id [feebase]`. Names and order of the parameters come from here. */
  readonly usage: string;
  /** The result as JSON text. Throws RpcError to refuse. */
  readonly answer: (node: NodeState, args: CallArguments) => string | Promise<string>;
  /** Whether this node's version has it; every version when left out. */
  readonly exists?: (node: NodeState) => boolean;
};
