/** sling behind a socket, and without one. */
import { type NodeCaller, RpcClient } from '../../../src/cln/rpc-client.ts';
import { SlingRebalancer } from '../../../src/cln/sling.ts';
import { fromSat, parseScid, ppm, type Scid } from '../../../src/core/units.ts';
import { Bug } from '../../../src/ports/errors.ts';
import type { RebalanceOrder } from '../../../src/ports/rebalancer.ts';
import { type Asked, LightningdDouble } from './lightningd-double.ts';
import { toldCaller } from './told-caller.ts';

function scid(text: string): Scid {
  const name = parseScid(text);
  if (!name) throw new Bug('a constant of this test is malformed');
  return name;
}

export const TO = scid('700000x1x0');
export const FROM = scid('700000x2x0');
export const ALSO_FROM = scid('700000x3x1');

export const order: RebalanceOrder = {
  destination: TO,
  sources: [FROM, ALSO_FROM],
  chunk: fromSat(500_000),
  total: fromSat(2_000_000),
  maxPpm: ppm(321),
  keepShare: 0.4,
  keepAmount: fromSat(1_000_000),
};

/** sling over a real socket; no call takes longer than `patience` ms. */
export async function over(answer: (asked: Asked) => void, patience = 2000) {
  const double = await new LightningdDouble(answer).listen();
  const client = new RpcClient(double.path, () => {});
  const hurried: NodeCaller = {
    call: (method, params, options) =>
      client.call(method, params, { ...options, timeoutMs: patience }),
  };
  return {
    double,
    client,
    sling: new SlingRebalancer(hurried),
    asked: () => double.asked.map(({ method, params }) => [method, params]),
    async [Symbol.asyncDispose]() {
      client.close();
      await double[Symbol.asyncDispose]();
    },
  };
}

/** Answers without a socket, and remembers how it was asked. */
export function told(...answers: readonly (object | Error)[]) {
  const { caller, asked } = toldCaller(answers);
  return { sling: new SlingRebalancer(caller), asked };
}
