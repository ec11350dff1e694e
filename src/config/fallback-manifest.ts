/** What the launcher answers to `getmanifest` when there is no Node to run us: src/config/fallback-manifest.json. */
import { manifestOptions } from './parse-options.ts';

/**
 * Every option and nothing else: an option that stands in lightningd's config and that nobody registers keeps
 * lightningd from starting. One line, because a shell reads it.
 */
export const fallbackManifest = (): string =>
  `${JSON.stringify({
    options: manifestOptions(),
    rpcmethods: [],
    subscriptions: [],
    hooks: [],
    notifications: [],
    dynamic: true,
    nonnumericids: true,
  })}\n`;
