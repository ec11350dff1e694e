import { join, resolve } from 'node:path';

/** Where the Python plugin keeps its database: in the home by default, and beside lightningd's own. */
export const ancestorPlaces = (lightningDir: string, home: string): readonly string[] =>
  [join(home, '.lightning'), join(lightningDir, '..'), lightningDir].map((folder) =>
    join(folder, 'revenue_ops.db'),
  );

/**
 * Where the database lies, absolute. A relative `db_path` begins at the network's own directory, so state never
 * lies beside the code (SPEC 7.2).
 */
export function databasePath(
  dbPath: string,
  { lightningDir, home }: { readonly lightningDir: string; readonly home: string },
): string {
  if (dbPath === '~' || dbPath.startsWith('~/')) return join(home, dbPath.slice(1));
  return resolve(lightningDir, dbPath);
}
