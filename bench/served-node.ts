/**
 * The lightningd stand-in over the synthetic channels, serving a forwards table of any length that is made page by
 * page when asked for, in about the time the real one needs (2 µs a row); and the real plugin in it.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { UnixMs } from '../src/core/units.ts';
import type { Forward } from '../src/ports/node.ts';
import type { Command } from '../src/sim/embedded-node/answers/command.ts';
import { u32, u64 } from '../src/sim/embedded-node/call-arguments.ts';
import { EmbeddedNode } from '../src/sim/embedded-node/embedded-node.ts';
import { toJson } from '../src/sim/embedded-node/json-text.ts';
import { doubleChannel, MarketDouble } from '../src/sim/embedded-node/market-double.ts';
import { DELAY_VARIABLE, type ProcessHealth } from './loop-delay.ts';
import { channelOf } from './synthetic-forwards.ts';

const LAUNCHER = resolve(import.meta.dirname, '../cl-revenue-ops');
const PRELOAD = pathToFileURL(resolve(import.meta.dirname, 'loop-delay.ts')).href;
const END_GRACE_MS = 6_000;

export type Table = {
  readonly rows: number;
  /** Row `number` from 1; created and updated index are the number. */
  readonly at: (number: number) => Forward;
};

export class ServedNode {
  readonly node: EmbeddedNode;
  readonly #health: string;
  readonly #directory: string;

  constructor(channels: number, table: Table, more: readonly Command[] = []) {
    this.#directory = mkdtempSync(join(tmpdir(), 'rb-'));
    this.#health = join(this.#directory, 'health.json');
    this.node = new EmbeddedNode({
      market: new MarketDouble(Array.from({ length: channels }, (_, i) => simChannel(i))),
      directory: join(this.#directory, 'ln'),
      extraCommands: [listforwards(table), wait(table), ...more],
      env: {
        [DELAY_VARIABLE]: this.#health,
        NODE_OPTIONS: `--import=${PRELOAD} --disable-warning=ExperimentalWarning`,
      },
      shutdownGraceMs: END_GRACE_MS,
    });
  }

  /** Starts the plugin as lightningd does. */
  async start(options: Readonly<Record<string, string>> = {}): Promise<void> {
    const [started] = await this.node.start([{ path: LAUNCHER, options }]);
    if (started?.kind !== 'started')
      throw new Error(`the plugin did not start: ${started?.reason ?? ''} ${this.node.stderr}`);
  }

  /** What the plugin's process last said of itself. */
  health(): ProcessHealth {
    return JSON.parse(readFileSync(this.#health, 'utf8'));
  }

  async end(): Promise<void> {
    await this.node.stop();
    await this.node.destroy();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function simChannel(index: number) {
  const { channelId, peerId, scid, aliasLocal, aliasRemote, opener } = channelOf(index);
  const names = {
    ...(scid && { scid }),
    ...(aliasLocal && { aliasLocal }),
    ...(aliasRemote && { aliasRemote }),
  };
  return doubleChannel(index, { channelId, peerId, opener, ...names });
}

const MS = 1000;
const seconds = (at: UnixMs): string =>
  `${Math.floor(at / MS)}.${String(at % MS).padStart(3, '0')}123456`;
const member = (name: string, value: bigint | number | undefined): string =>
  value === undefined ? '' : `"${name}":${value},`;

/** A row as lightningd v26.06.6 writes it. */
function text(row: Forward): string {
  const resolved =
    row.resolvedAt === undefined ? '' : `,"resolved_time":${seconds(row.resolvedAt)}`;
  const reason = row.failReason === undefined ? '' : `"failreason":"${row.failReason}",`;
  return (
    `{"created_index":${row.createdIndex},${member('updated_index', row.updatedIndex)}` +
    `"in_channel":"${row.inChannel}","in_htlc_id":${row.inHtlcId},"out_channel":"${row.outChannel}",` +
    `${member('out_htlc_id', row.inHtlcId)}"in_msat":${row.inMsat},${member('out_msat', row.outMsat)}` +
    `${member('fee_msat', row.feeMsat)}"status":"${row.status}",${reason}"style":"tlv",` +
    `"received_time":${seconds(row.receivedAt)}${resolved}}`
  );
}

const listforwards = (table: Table): Command => ({
  name: 'listforwards',
  usage: '[status] [in_channel] [out_channel] [index] [start] [limit]',
  answer: (_, args) => {
    const start = Number(u64(args, 'start') ?? 1n);
    const last = Math.min(table.rows, start + (u32(args, 'limit') ?? table.rows) - 1);
    const rows: string[] = [];
    for (let number = start; number <= last; number += 1) rows.push(text(table.at(number)));
    return `{"forwards":[${rows.join(',')}]}`;
  },
});

const wait = (table: Table): Command => ({
  name: 'wait',
  usage: 'subsystem indexname nextvalue',
  answer: () => toJson({ subsystem: 'forwards', created: table.rows, updated: table.rows }),
});
