/** Run by import-killed.test.ts in a process of its own: imports, and kills itself beside one of its writes. */
import { parseOptions } from '../../src/config/parse-options.ts';
import { unixMs } from '../../src/core/units.ts';
import { ConfigService } from '../../src/cycles/config-service.ts';
import { ImportService } from '../../src/cycles/import-service.ts';
import { PolicyService } from '../../src/cycles/policy-service.ts';
import type { Store } from '../../src/ports/store.ts';
import { openStore } from '../../src/sqlite/open-store.ts';

const [own = '', path = '', now = '', killAt = ''] = process.argv.slice(2);
const clock = { now: () => unixMs(Number(now)), elapsed: () => 0, at: () => () => undefined };

/** Every write is counted; the process dies before or after the one that was asked for. */
let writes = 0;
function dying<T extends object>(store: T, names: readonly string[]): T {
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (!names.includes(String(name))) return Reflect.apply(value, target, args);
        die();
        const answer: unknown = Reflect.apply(value, target, args);
        die();
        return answer;
      };
    },
  });
}
function die(): void {
  writes += 1;
  if (writes === Number(killAt)) process.kill(process.pid, 'SIGKILL');
}

const store: Store = openStore(own, {
  onProblem: (sentence) => {
    throw new Error(sentence);
  },
});
const config = new ConfigService(
  dying(store.settings, ['put']),
  parseOptions(new Map()).values,
  clock,
);
const policies = new PolicyService({
  store: dying(store.policies, ['write']),
  clock,
  changed: () => undefined,
});
const service = new ImportService({
  ancestors: store.ancestors,
  store: dying(store.imports, [
    ...['begin', 'addDays', 'addCosts', 'addRebalances', 'addFeeChanges', 'mark', 'finish'],
  ]),
  config,
  policies,
  clock,
  pacer: { pause: () => new Promise((resolve) => setImmediate(resolve)) },
  waitingFor: () => undefined,
});
const result = await service.run(path, false);
store.close();
if (result.kind !== 'imported') throw new Error(result.kind);
