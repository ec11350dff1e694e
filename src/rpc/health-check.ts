/** One thing revenue-doctor looked at. */
export type HealthCheck = {
  readonly name: string;
  /** unknown: could not be looked at now. */
  readonly verdict: 'ok' | 'attention' | 'unknown';
  readonly finding: string;
  /** What the operator can do about it. */
  readonly advice?: string | undefined;
};

export const ok = (name: string, finding: string): HealthCheck => ({
  name,
  verdict: 'ok',
  finding,
});
export const attention = (name: string, finding: string, advice: string): HealthCheck => ({
  name,
  verdict: 'attention',
  finding,
  advice,
});
