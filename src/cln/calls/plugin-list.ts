import { basename } from 'node:path';
import { z } from 'zod';
import type { NodeCaller } from '../rpc-client.ts';
import { readAnswer } from './read-answer.ts';

const pluginList = z.object({
  plugins: z.array(z.object({ name: z.string(), active: z.boolean() })),
});

/** File names of the plugins that run, without path. */
export const readPlugins = (answer: unknown): readonly string[] =>
  readAnswer(pluginList, 'plugin list', answer)
    .plugins.filter(({ active }) => active)
    .map(({ name }) => basename(name));

export const askPlugins = async (node: NodeCaller): Promise<readonly string[]> =>
  readPlugins(await node.call('plugin', { subcommand: 'list' }));
