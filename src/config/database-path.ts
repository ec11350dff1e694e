import { join, resolve } from 'node:path';

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
