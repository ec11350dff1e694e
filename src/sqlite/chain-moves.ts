/** What the node recorded of its on-chain money, whole and for ever: a few thousand rows. Writes are within a transaction. */
import { z } from 'zod';
import { type ChannelId, msat, parseChannelId, type UnixMs, unixMs } from '../core/units.ts';
import type { ChainAccount, ChainMove } from '../ports/chain-records.ts';
import { StoreFailed } from '../ports/store.ts';
import {
  big,
  type Database,
  nullable,
  num,
  numOr,
  type Row,
  type Statement,
  text,
} from './database.ts';

const tags = z.array(z.string());

export class ChainMoves {
  readonly #put: Statement;
  readonly #ofTransaction: Statement;
  readonly #opening: Statement;

  constructor(db: Database) {
    // Told again, after a restart of the node or under another index, it is the same move.
    this.#put = db.prepare(
      `INSERT INTO chain_move VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
         created_index = excluded.created_index, extra_tags = excluded.extra_tags, height = excluded.height,
         output_msat = excluded.output_msat, output_count = excluded.output_count`,
    );
    this.#ofTransaction = db.prepare(
      `SELECT * FROM chain_move WHERE spending_txid = ?1
       UNION ALL SELECT * FROM chain_move WHERE txid = ?1 AND spending_txid = '' ORDER BY created_index`,
      'money',
    );
    this.#opening = db.prepare(
      "SELECT min(at) AS at FROM chain_move WHERE account = ? AND tag = 'channel_open'",
    );
  }

  /** The transactions of which something was told. */
  put(rows: readonly ChainMove[]): ReadonlySet<string> {
    for (const row of rows) {
      this.#put.run(
        ...([
          row.index,
          accountText(row.account),
          row.origin ? accountText(row.origin) : '',
        ] as const),
        ...([row.credit, row.debit, row.at, row.tag, JSON.stringify(row.extraTags)] as const),
        ...([row.outpoint.txid, row.outpoint.vout, row.spendingTxid ?? ''] as const),
        ...([row.output, nullable(row.outputCount), row.height] as const),
      );
    }
    return new Set(rows.map(transactionOf));
  }

  /** What it spent of ours and what it made, in the order in which it was told. */
  ofTransaction(txid: string): readonly ChainMove[] {
    return this.#ofTransaction.all(txid).map(chainMove);
  }

  openingOf(channelId: ChannelId): UnixMs | undefined {
    const at = numOr(this.#opening.get(accountText({ kind: 'channel', channelId }))?.at);
    return at === undefined ? undefined : unixMs(at);
  }
}

const transactionOf = ({ spendingTxid, outpoint }: ChainMove): string =>
  spendingTxid ?? outpoint.txid;

const OTHER = 'other ';
const CHANNEL = 'channel ';
function accountText(account: ChainAccount): string {
  switch (account.kind) {
    case 'channel':
      return `${CHANNEL}${account.channelId}`;
    case 'other':
      return `${OTHER}${account.name}`;
    case 'wallet':
    case 'external':
      return account.kind;
  }
}
function accountOf(stored: string): ChainAccount {
  if (stored === 'wallet' || stored === 'external') return { kind: stored };
  if (stored.startsWith(OTHER)) return { kind: 'other', name: stored.slice(OTHER.length) };
  const channelId = stored.startsWith(CHANNEL)
    ? parseChannelId(stored.slice(CHANNEL.length))
    : undefined;
  if (channelId === undefined) throw new StoreFailed(`a chain move is of no account: ${stored}`);
  return { kind: 'channel', channelId };
}

function chainMove(row: Row): ChainMove {
  const origin = text(row.origin);
  const spendingTxid = text(row.spending_txid);
  return {
    index: num(row.created_index),
    account: accountOf(text(row.account)),
    origin: origin === '' ? undefined : accountOf(origin),
    credit: msat(big(row.credit_msat)),
    debit: msat(big(row.debit_msat)),
    at: unixMs(num(row.at)),
    tag: text(row.tag),
    extraTags: extraTags(text(row.extra_tags)),
    outpoint: { txid: text(row.txid), vout: num(row.vout) },
    spendingTxid: spendingTxid === '' ? undefined : spendingTxid,
    output: msat(big(row.output_msat)),
    outputCount: numOr(row.output_count),
    height: num(row.height),
  };
}
function extraTags(stored: string): readonly string[] {
  try {
    return tags.parse(JSON.parse(stored));
  } catch (error) {
    throw new StoreFailed('a chain move has unreadable tags', { cause: error });
  }
}
