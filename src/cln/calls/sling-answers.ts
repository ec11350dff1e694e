/** What the backend answers (sling ≥ 4.0); fields of a later version are no problem, wrong types are garbage. */
import { z } from 'zod';
import { type Msat, parseScid, type Scid } from '../../core/units.ts';
import { RetryLater } from '../../ports/errors.ts';
import type { BackendJob } from '../../ports/rebalancer.ts';
import { readAnswer } from './read-answer.ts';
import { ifKnown, wireCount, wireMsat, wireScid } from './wire-values.ts';

const version = z.object({ version: z.string() });
const started = z.object({ result: z.literal('started') });
const deleted = z.object({ result: z.literal('success') });
const stopped = z.object({ stopped_count: wireCount });

/** `Pull` in its answers, `pull` in its job file. */
const direction = z.enum(['Pull', 'pull', 'Push', 'push']).transform((word): 'pull' | 'push' => {
  switch (word) {
    case 'Pull':
    case 'pull':
      return 'pull';
    case 'Push':
    case 'push':
      return 'push';
  }
});
type Settings = Omit<BackendJob, 'channel'>;
const settings = z
  .object({
    sat_direction: direction,
    amount_msat: wireMsat,
    onceamount_msat: ifKnown<Msat>(wireMsat),
    maxppm: wireCount,
    candidates: ifKnown<Scid[]>(z.array(wireScid)),
  })
  .transform(
    (row): Settings => ({
      direction: row.sat_direction,
      chunk: row.amount_msat,
      total: row.onceamount_msat,
      maxPpm: row.maxppm,
      sources: row.candidates ?? [],
    }),
  );
const jobs = z.record(z.string(), settings);
/** Of a task that does nothing any more. Whatever else a version may say is one that still may pay. */
const ENDED = new Set(['Balanced', 'Stopped', 'NotStarted']);
const tasks = z.array(z.object({ scid: wireScid, status: z.array(z.string()) }));

export const readBackendVersion = (answer: unknown): string =>
  readAnswer(version, 'sling-version', answer).version;

/** RetryLater unless it says that it started: then it is not known whether it did. */
export const readStarted = (answer: unknown): void => {
  readAnswer(started, 'sling-once', answer);
};
/** How many tasks the channel had, running or long ended. */
export const readStopped = (answer: unknown): number =>
  readAnswer(stopped, 'sling-stop', answer).stopped_count;

export const readDeleted = (answer: unknown): void => {
  readAnswer(deleted, 'sling-deletejob', answer);
};

/** All or none: a job that was skipped could not be respected. */
export function readJobs(answer: unknown): readonly BackendJob[] {
  const read = readAnswer(jobs, 'sling-jobsettings', answer);
  return Object.entries(read).map(([name, job]) => {
    const channel = parseScid(name);
    if (!channel) throw new RetryLater('sling-jobsettings: a job without a short channel id');
    return { channel, ...job };
  });
}

/** Channels on which a task is under way, with or without a lasting job; each status is `1:Rebalancing`. */
export const readAtWork = (answer: unknown): ReadonlySet<Scid> =>
  new Set(
    readAnswer(tasks, 'sling-stats', answer)
      .filter(({ status }) => status.some((one) => !ENDED.has(one.replace(/^\d+:/, ''))))
      .map(({ scid }) => scid),
  );
