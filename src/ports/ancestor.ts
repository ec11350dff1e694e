/** The database of the Python plugin, as an import sees it: a private copy that nobody can change meanwhile. */

/** The two layouts there are: as of January 2026, and as of its last version. */
export type AncestorSchema = 'v1.4' | 'v2.2';
export const ANCESTOR_TABLES = [
  'forwards',
  'daily_forwarding_stats',
  'rebalance_costs',
  'rebalance_history',
  'fee_changes',
  'peer_policies',
  'ignored_peers',
  'config_overrides',
] as const;
export type AncestorTable = (typeof ANCESTOR_TABLES)[number];

/** As it stands in the file; undefined: too long to be meant, a blob, or no such column in this layout. */
export type AncestorCell = bigint | number | string | null | undefined;
/** One row by its columns. Nothing about it is checked yet. */
export type AncestorRow = Readonly<Record<string, AncestorCell>>;

/** The file is not what it should be: a sentence for the operator. Nothing was written. */
export class AncestorRefused extends Error {
  override name = 'AncestorRefused';
}

export interface AncestorDatabase {
  readonly schema: AncestorSchema;
  readonly bytes: number;
  /** The same for the same content, whatever the file is called. */
  readonly fingerprint: string;
  /**
   * The next rows of a table in the order of their row ids, and where the ones after them begin; `next` undefined:
   * that was all. Throws AncestorRefused where the file is damaged.
   */
  page(
    table: AncestorTable,
    after: bigint | undefined,
    limit: number,
  ): { readonly rows: readonly AncestorRow[]; readonly next: bigint | undefined };
  /** Removes the copy. */
  close(): Promise<void>;
}

export interface Ancestors {
  /** Takes a copy and looks it over. Throws AncestorRefused. The file itself is only ever read. */
  open(path: string): Promise<AncestorDatabase>;
  /** Files at the places where the Python plugin keeps its database. They are only looked at. */
  lying(): readonly string[];
}
