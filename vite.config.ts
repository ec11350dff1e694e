import { builtinModules } from 'node:module';
import { defineConfig } from 'vite';

/**
 * The whole plugin in one file in dist/: as a module for the launcher, or, with `--mode binary`, as the CommonJS that
 * Node's single executables take.
 */
export default defineConfig(({ mode }) => {
  const binary = mode === 'binary';
  return {
    ssr: { noExternal: true, target: 'node' },
    build: {
      target: 'node24',
      outDir: 'dist',
      emptyOutDir: false,
      rolldownOptions: {
        external: [/^node:/, ...builtinModules],
        output: {
          format: binary ? 'cjs' : 'es',
          entryFileNames: binary ? 'cl-revenue-ops.cjs' : 'cl-revenue-ops.mjs',
          codeSplitting: false,
        },
      },
    },
  };
});
