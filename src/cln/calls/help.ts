import { z } from 'zod';
import { NodeRefused, UNKNOWN_COMMAND } from '../../ports/errors.ts';
import type { NodeCaller } from '../rpc-client.ts';
import { readAnswer } from './read-answer.ts';

const help = z.object({ help: z.array(z.object({ command: z.string() })) });

/** Names of every command lightningd and its plugins offer: each line begins with it. */
export const readCommands = (answer: unknown): ReadonlySet<string> =>
  new Set(
    readAnswer(help, 'help', answer).help.map(({ command }) => command.split(' ', 1)[0] ?? ''),
  );

/** The same of a node that may not even know `help`: what it does not tell of is not there. */
export async function askCommandsIfAny(node: NodeCaller): Promise<ReadonlySet<string>> {
  try {
    return await askCommands(node);
  } catch (error) {
    if (error instanceof NodeRefused && error.code === UNKNOWN_COMMAND) return new Set();
    throw error;
  }
}

export const askCommands = async (node: NodeCaller): Promise<ReadonlySet<string>> =>
  readCommands(await node.call('help', {}));
