/** The plugin as it is installed: the launcher beside a bundle built from this source. It starts in a third of the time. */
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import { memoryFolder } from '../e2e/harness.ts';

const ROOT = resolve(import.meta.dirname, '../..');

export type InstalledPlugin = { readonly folder: string; readonly launcher: string };

/** A folder with nothing in it but what runs; whoever asks removes it. */
export async function installPlugin(): Promise<InstalledPlugin> {
  const folder = memoryFolder();
  const launcher = join(folder, 'cl-revenue-ops');
  const outDir = join(folder, 'dist');
  mkdirSync(outDir);
  copyFileSync(join(ROOT, 'cl-revenue-ops'), launcher);
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await build({
    root: ROOT,
    configFile: join(ROOT, 'vite.config.ts'),
    logLevel: 'warn',
    build: { ssr: 'src/plugin.ts', outDir, emptyOutDir: false },
  });
  return { folder, launcher };
}
