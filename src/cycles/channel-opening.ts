/** When a channel opened (SPEC 6.1), from everything that may say so. */
import { blockOf, openingOf } from '../core/books/age.ts';
import type { UnixMs } from '../core/units.ts';
import type { BookStore } from '../ports/books.ts';
import type { PeerChannel } from '../ports/node.ts';
import type { KnownChannel } from '../ports/store.ts';

export type OpeningBooks = Pick<BookStore, 'recordedOpening' | 'blocksAround'>;

/**
 * The node's history of the channel, what was noted of it earlier, its record of the opening, or the block of its
 * name. undefined: nothing says it. Only channels without a history of states cost a query.
 */
export function openingOfChannel(
  { channelId, stateChanges, scid }: Pick<PeerChannel, 'channelId' | 'stateChanges' | 'scid'>,
  known: Pick<KnownChannel, 'openedAt'> | undefined,
  books: OpeningBooks,
): UnixMs | undefined {
  const evidence = { changes: stateChanges, recorded: undefined, height: undefined };
  const told = openingOf({ ...evidence, below: undefined, above: undefined })?.at;
  if (told !== undefined || known?.openedAt !== undefined) return told ?? known?.openedAt;
  // After a splice the name is that of the splice.
  const isSpliced = stateChanges.some(({ from }) => from === 'CHANNELD_AWAITING_SPLICE');
  const height = scid === undefined || isSpliced ? undefined : blockOf(scid);
  const blocks = height === undefined ? undefined : books.blocksAround(height);
  const recorded = books.recordedOpening(channelId);
  const { below, above } = blocks ?? { below: undefined, above: undefined };
  return openingOf({ ...evidence, recorded, height, below, above })?.at;
}
