/** A store on disk, a file of the Python plugin beside it, and everything that an import touches. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseOptions } from '../../../src/config/parse-options.ts';
import { DAY_MS, HOUR_MS, msat, type UnixMs, unixMs } from '../../../src/core/units.ts';
import { ConfigService } from '../../../src/cycles/config-service.ts';
import type { ImportPart } from '../../../src/cycles/import-plan.ts';
import { ImportService } from '../../../src/cycles/import-service.ts';
import { PolicyService } from '../../../src/cycles/policy-service.ts';
import type { AncestorSchema } from '../../../src/ports/ancestor.ts';
import type { Forward } from '../../../src/ports/node.ts';
import type { Store } from '../../../src/ports/store.ts';
import { openStore } from '../../../src/sqlite/open-store.ts';
import { type AncestorRows, ancestorFile } from '../../doubles/ancestor-file.ts';

export const NOW = unixMs(Math.floor(1_767_700_800_000 / DAY_MS) * DAY_MS + 12 * HOUR_MS);
export const TODAY = Math.floor(NOW / DAY_MS);
/** Seconds at noon, so many days ago. */
export const noon = (daysAgo: number): bigint => BigInt((TODAY - daysAgo) * 86_400 + 43_200);
export const midnight = (daysAgo: number): bigint => BigInt((TODAY - daysAgo) * 86_400);
export const A = '700001x1x0';
export const B = '700002x1x0';

/** A forward of 1000 sat from A to B as the Python plugin wrote it: 1 sat of fee. */
export const past = (
  daysAgo: number,
  change: Record<string, number | bigint | string | null> = {},
) => ({
  in_channel: A,
  out_channel: B,
  in_msat: 1_001_000n,
  out_msat: 1_000_000n,
  fee_msat: 1_000n,
  resolution_time: 1.25 + daysAgo / 1024,
  timestamp: noon(daysAgo),
  ...change,
});

/** The same as lightningd tells it. */
export const listed = (daysAgo: number, htlc: number, change: Partial<Forward> = {}): Forward => ({
  createdIndex: htlc + 1,
  updatedIndex: htlc + 1,
  inChannel: A,
  inHtlcId: BigInt(htlc),
  outChannel: B,
  inMsat: msat(1_001_000n),
  outMsat: msat(1_000_000n),
  feeMsat: msat(1_000n),
  status: 'settled',
  failReason: undefined,
  paymentHash: undefined,
  receivedAt: unixMs(Number(noon(daysAgo)) * 1000),
  resolvedAt: unixMs(Number(noon(daysAgo)) * 1000 + 1250),
  ...change,
});

export class ImportWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'import-'));
  readonly own = join(this.folder, 'ours', 'revenue-ops.db');
  readonly path = join(this.folder, 'theirs', 'revenue_ops.db');
  now: UnixMs = NOW;
  waiting: string | undefined;
  /** Called at every pause: what happens between two slices. */
  onPause: () => void = () => undefined;
  readonly due: string[] = [];
  readonly problems: string[] = [];
  store: Store;
  policies: PolicyService;
  config: ConfigService;
  service: ImportService;

  constructor() {
    ({
      store: this.store,
      policies: this.policies,
      config: this.config,
      service: this.service,
    } = this.#life());
  }

  #life() {
    const store = openStore(this.own, { onProblem: (text) => this.problems.push(text) });
    const clock = { now: () => this.now, elapsed: () => 0, at: () => () => undefined };
    const config = new ConfigService(store.settings, parseOptions(new Map()).values, clock);
    const policies = new PolicyService({
      store: store.policies,
      clock,
      changed: (reason) => this.due.push(reason),
    });
    const service = new ImportService({
      ancestors: store.ancestors,
      store: store.imports,
      config,
      policies,
      clock,
      pacer: {
        pause: async () => {
          this.onPause();
          await new Promise<void>((resolve) => setImmediate(resolve));
        },
      },
      waitingFor: () => this.waiting,
    });
    return { store, policies, config, service };
  }

  /** Another life on the same disk. */
  restart(): void {
    this.store.close();
    ({
      store: this.store,
      policies: this.policies,
      config: this.config,
      service: this.service,
    } = this.#life());
  }

  file(schema: AncestorSchema, rows: AncestorRows = {}, more = ''): string {
    const folder = mkdtempSync(join(this.folder, 'theirs-'));
    return ancestorFile(join(folder, 'revenue_ops.db'), schema, rows, more);
  }

  /** What lightningd still has, read to the end. */
  hydrate(forwards: readonly Forward[]): void {
    const { store } = this;
    store.forwards.beginHydration(0, this.now, 90);
    store.forwards.storePage('created', forwards, forwards.length, this.now);
    store.forwards.setHydrated(this.now);
  }

  async import(path: string, dryRun = false) {
    const result = await this.service.run(path, dryRun);
    if (result.kind === 'refused') throw new Error(result.because);
    const of = (name: ImportPart) => {
      const found = result.parts.find(({ part }) => part === name);
      if (!found) throw new Error(`no part ${name}`);
      return found;
    };
    const taken = Object.fromEntries(
      result.parts.flatMap(({ part, taken: n }) => (n > 0 ? [[part, n]] : [])),
    );
    return { result, of, taken };
  }

  /** Everything of ours that could change, as one text. */
  memory(): string {
    const { store } = this;
    return JSON.stringify(
      [
        store.forwards.nodeTotals(),
        store.imports.soFar(),
        store.imports.lastSource(),
        store.imports.firstForwardDay(),
        [...store.policies.held(this.now)],
        [...store.settings.overrides().values],
      ],
      (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value),
    );
  }

  end(): void {
    this.store.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Names and contents of a folder. */
export const folderState = (folder: string): readonly string[] =>
  readdirSync(folder)
    .sort()
    .map(
      (name) =>
        `${name} ${createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex')}`,
    );
