/** Run by crash.test.ts in a process of its own: stores pages and events for ever, saying what was answered. */
import { writeSync } from 'node:fs';
import { DYNAMIC } from '../core/policy/policy.ts';
import { ppm, unixMs } from '../core/units.ts';
import { forward, nodeId } from './forward-world.testing.ts';
import { openStore } from './open-store.ts';

const AT = unixMs(1_750_000_000_000);
const ROWS = 50;
const store = openStore(process.argv[2] ?? '', {
  onProblem: (sentence) => {
    throw new Error(sentence);
  },
});
/** Synchronous: what was said was answered before. */
const say = (text: string) => writeSync(1, `${text}\n`);

let { created } = store.forwards.cursors();
say('ready');
for (;;) {
  const rows = Array.from({ length: ROWS }, (_, i) =>
    forward({ createdIndex: created + i + 1, inHtlcId: BigInt(created + i + 1) }),
  );
  // Every third batch comes live first, and once more as a page.
  if ((created / ROWS) % 3 === 0) {
    store.forwards.storeEvents(rows, AT);
    say(`live ${created + ROWS}`);
  }
  store.forwards.storePage('created', rows, created + ROWS, AT);
  created += ROWS;
  say(`created ${created}`);
  const version = store.settings.put(new Map([['progress', String(created)]]), AT);
  say(`version ${version}`);
  const policy = { ...DYNAMIC, feePpm: ppm((store.policies.logRange()?.last ?? 0) + 1) };
  const [change] = store.policies.write(
    [
      {
        subject: { peerId: nodeId(1) },
        peerId: nodeId(1),
        action: 'set',
        by: 'operator',
        stack: [{ policy, rules: true, by: 'operator', at: AT }],
      },
    ],
    AT,
  );
  say(`policy ${change?.sequence}`);
}
