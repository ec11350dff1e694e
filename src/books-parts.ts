/** The books, wired once: what reads the chain's costs, what closes days, and what answers for them. */
import { fromSat, HOUR_MS, type Msat, type UnixMs } from './core/units.ts';
import { BooksCycle } from './cycles/books-cycle.ts';
import { BooksFromMemory } from './cycles/books-service.ts';
import { ChainIngest } from './cycles/chain-ingest.ts';
import type { ConfigService } from './cycles/config-service.ts';
import type { Ingest } from './cycles/ingest.ts';
import type { Job } from './cycles/jobs.ts';
import type { PeerChannel } from './ports/node.ts';
import type { Surroundings } from './surroundings.ts';

/** After the first look at the channels, and when payments were read. */
const FIRST_MS = 90_000;

export type BooksNeeds = {
  readonly around: Surroundings;
  readonly config: ConfigService;
  readonly ingest: Pick<Ingest, 'readAsOf'>;
  readonly paymentsReadAsOf: () => UnixMs | undefined;
  /** The open channels as last seen: none before the first look. `whole`: only where all of them could be read. */
  readonly picture: {
    readonly latest: readonly PeerChannel[] | undefined;
    readonly whole: readonly PeerChannel[] | undefined;
  };
  readonly alert: (text: string) => void;
};

export function wireBooks(needs: BooksNeeds) {
  const { around, config, ingest, paymentsReadAsOf, picture, alert } = needs;
  const { store, chainRecords: records, payments, clock, pacer, log } = around;
  const cycle = new BooksCycle({
    store,
    chain: new ChainIngest({ records, books: store.books, pacer, alert }),
    records,
    payments,
    forwardsReadAsOf: () => ingest.readAsOf,
    paymentsReadAsOf,
    picture: () => picture.whole,
    clock,
    pacer,
    log,
  });
  const openEstimate = (): Msat => fromSat(config.snapshot().estimated_open_cost_sats);
  const service = new BooksFromMemory({
    store,
    cycle,
    picture: () => picture.latest,
    whole: () => picture.whole,
    clock,
    openEstimate,
  });
  /** `blocked`: while the history of forwards is being read. */
  const job = (blocked: () => string | undefined): Job => ({
    name: 'books',
    everyMs: () => HOUR_MS,
    firstAfterMs: FIRST_MS,
    even: true,
    blocked,
    run: () => cycle.run(),
  });
  return { cycle, service, job };
}
