/** The oldest backend that may be trusted with money (SPEC 4.1). */

/** Before it, a peer could hand back less than was sent and still be paid. */
const LEAST = [4, 3, 1] as const;
/** `v4.3.1`, `4.3.1`, `4.3.1-rc1` (before 4.3.1), `4.3.1+build` (the same). */
const VERSION = /^v?(\d{1,5})\.(\d{1,5})\.(\d{1,5})(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/** A sentence for the operator why a backend that calls itself this may not spend; undefined: it may. */
export function backendRefusal(version: string): string | undefined {
  const parts = VERSION.exec(version.trim());
  const least = LEAST.join('.');
  if (!parts) return `sling's version cannot be read: ${least} or later is needed`;
  const [major, minor, patch] = parts.slice(1, 4).map(Number);
  const distance = difference([major ?? 0, minor ?? 0, patch ?? 0], LEAST);
  const isPreRelease = parts[4] !== undefined;
  if (distance > 0 || (distance === 0 && !isPreRelease)) return undefined;
  const name = parts[0].startsWith('v') ? parts[0] : `v${parts[0]}`;
  return `sling ${name} settles the returning payment without checking its amount (fixed in ${least}): upgrade it`;
}

/** Positive: `some` is later; negative: earlier. */
function difference(some: readonly number[], other: readonly number[]): number {
  const at = some.findIndex((part, i) => part !== other[i]);
  return at < 0 ? 0 : (some[at] ?? 0) - (other[at] ?? 0);
}
