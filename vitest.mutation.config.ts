import { defineConfig } from 'vitest/config';

/** What `npm run mutation` runs against each mutant: the rules' own tests, nothing slower. */
export default defineConfig({ test: { include: ['src/core/**/*.test.ts'] } });
