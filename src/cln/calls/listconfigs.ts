import { z } from 'zod';
import type { NodeCaller } from '../rpc-client.ts';
import { readAnswer } from './read-answer.ts';
import { ifKnown, wireMsat } from './wire-values.ts';

const integer = z.union([z.number(), z.bigint()]);
const setting = z
  .object({
    value_str: ifKnown(z.string()),
    value_int: ifKnown(integer),
    value_bool: ifKnown(z.boolean()),
    value_msat: ifKnown(wireMsat),
    values_str: ifKnown(z.array(z.string())),
    values_int: ifKnown(z.array(integer)),
    values_bool: ifKnown(z.array(z.boolean())),
    values_msat: ifKnown(z.array(wireMsat)),
    set: ifKnown(z.boolean()),
    source: ifKnown(z.string()),
  })
  .transform((row) => ({
    value:
      row.value_str ??
      row.value_int ??
      row.value_bool ??
      row.value_msat ??
      row.values_str ??
      row.values_int ??
      row.values_bool ??
      row.values_msat ??
      row.set,
    /** A file and line, "cmdline", "default" … */
    source: row.source,
  }));
const listconfigs = z.object({ configs: z.record(z.string(), setting) });

export type NodeSetting = z.infer<typeof setting>;

export const readConfigs = (answer: unknown): ReadonlyMap<string, NodeSetting> =>
  new Map(Object.entries(readAnswer(listconfigs, 'listconfigs', answer).configs));

/** The node's own settings, by option name. */
export const askConfigs = async (node: NodeCaller): Promise<ReadonlyMap<string, NodeSetting>> =>
  readConfigs(await node.call('listconfigs', {}));
