import { builtinModules } from 'node:module';
import { defineConfig } from 'vite';

/** One-file plugin in dist/: what lightningd starts when it is there. */
export default defineConfig({
  ssr: { noExternal: true, target: 'node' },
  build: {
    target: 'node24',
    outDir: 'dist',
    emptyOutDir: false,
    rolldownOptions: {
      external: [/^node:/, ...builtinModules],
      output: { entryFileNames: 'cl-revenue-ops.mjs', codeSplitting: false },
    },
  },
});
