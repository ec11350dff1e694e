/**
 * Loaded into the measured process before everything else (`--import`), so that the product needs no instrument of
 * its own: writes event-loop delay and memory to the file that the environment names, four times a second.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

export const DELAY_VARIABLE = 'REVENUE_BENCH_DELAY_FILE';
const EVERY_MS = 250;
const NS_A_MS = 1e6;
/** The timer that is measured fires every millisecond; what it shows contains that. */
const RESOLUTION_MS = 1;
const KIB = 1024;

/** Milliseconds; bytes; `cpuMs`: user and system time of all its threads. */
export type ProcessHealth = {
  readonly cpuMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly rss: number;
  readonly peakRss: number;
};

const file = process.env[DELAY_VARIABLE];
if (file !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const write = (): void => {
    const { user, system } = process.cpuUsage();
    const health: ProcessHealth = {
      cpuMs: (user + system) / 1000,
      p99Ms: delay.percentile(99) / NS_A_MS - RESOLUTION_MS,
      maxMs: delay.max / NS_A_MS - RESOLUTION_MS,
      rss: process.memoryUsage.rss(),
      peakRss: process.resourceUsage().maxRSS * KIB,
    };
    writeFileSync(`${file}~`, JSON.stringify(health));
    renameSync(`${file}~`, file);
  };
  setInterval(write, EVERY_MS).unref();
}
