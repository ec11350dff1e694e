/** Writes docs/options.md and docs/rpc.md anew: `npm run docs`. */
import { writeFileSync } from 'node:fs';
import { optionsReference } from '../config/reference.ts';
import { rpcReference } from '../rpc/reference.ts';

const docs = new URL('../../docs/', import.meta.url);
writeFileSync(new URL('options.md', docs), optionsReference());
writeFileSync(new URL('rpc.md', docs), rpcReference());
