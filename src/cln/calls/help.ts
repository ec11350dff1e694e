import { z } from 'zod';
import type { NodeCaller } from '../rpc-client.ts';
import { readAnswer } from './read-answer.ts';

const help = z.object({ help: z.array(z.object({ command: z.string() })) });

/** Names of every command lightningd and its plugins offer: each line begins with it. */
export const readCommands = (answer: unknown): ReadonlySet<string> =>
  new Set(
    readAnswer(help, 'help', answer).help.map(({ command }) => command.split(' ', 1)[0] ?? ''),
  );

export const askCommands = async (node: NodeCaller): Promise<ReadonlySet<string>> =>
  readCommands(await node.call('help', {}));
