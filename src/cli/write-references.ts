/** Writes anew what is made from the tables: docs/options.md, docs/rpc.md and the launcher's manifest (`npm run docs`). */
import { writeFileSync } from 'node:fs';
import { fallbackManifest } from '../config/fallback-manifest.ts';
import { optionsReference } from '../config/reference.ts';
import { rpcReference } from '../rpc/reference.ts';

const docs = new URL('../../docs/', import.meta.url);
writeFileSync(new URL('options.md', docs), optionsReference());
writeFileSync(new URL('rpc.md', docs), rpcReference());
writeFileSync(new URL('../config/fallback-manifest.json', import.meta.url), fallbackManifest());
