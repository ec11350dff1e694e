import { resolve } from 'node:path';
import { z } from 'zod';
import { RetryLater } from '../ports/errors.ts';

const scalar = z.union([z.string(), z.number(), z.bigint(), z.boolean()]);
type OptionValue = z.infer<typeof scalar> | readonly z.infer<typeof scalar>[];

const initParams = z.object({
  options: z.record(z.string(), z.union([scalar, z.array(scalar)])),
  configuration: z.object({
    'lightning-dir': z.string().min(1),
    'rpc-file': z.string().min(1),
    startup: z.boolean(),
    network: z.string().min(1),
    feature_set: z.record(z.string(), z.string()).optional(),
    proxy: z.unknown().optional(),
    torv3_enabled: z.boolean().optional(),
    always_use_proxy: z.boolean().optional(),
  }),
});

/** What lightningd tells us in `init`. */
export type InitParams = {
  /** As configured, unchecked; options without default and value are absent. */
  readonly options: ReadonlyMap<string, OptionValue>;
  /** The network's own directory, absolute. */
  readonly lightningDir: string;
  /** Absolute path of lightningd's unix socket. */
  readonly socketPath: string;
  readonly network: string;
  /** True while lightningd itself starts, false for `plugin start`. */
  readonly startup: boolean;
};

/** Reads the params of `init`; throws RetryLater naming the first wrong place. */
export function readInit(params: unknown): InitParams {
  const read = initParams.safeParse(params);
  if (!read.success) throw new RetryLater(`init: ${z.prettifyError(read.error)}`);
  const { options, configuration } = read.data;
  const lightningDir = resolve(configuration['lightning-dir']);
  return {
    options: new Map(Object.entries(options)),
    lightningDir,
    socketPath: resolve(lightningDir, configuration['rpc-file']),
    network: configuration.network,
    startup: configuration.startup,
  };
}
