/** cl-hive's calls into a life: what it sets on channels by itself is no call of the plugin's. */
import { HiveCaller } from '../../src/sim/embedded-node/hive-caller.ts';
import type { Life } from './harness.ts';

export function bridgeTo(life: Life): HiveCaller {
  return new HiveCaller(async (method, params) => {
    if (method !== 'setchannel') return life.call(method, params);
    const { index } = life.market.channels().find(({ scid }) => scid === params.id) ?? {};
    if (index === undefined) throw new Error(`no channel ${String(params.id)}`);
    await life.outsiderSets(index, Number(params.feebase), Number(params.feeppm));
    return {};
  });
}

/** Names of hive's own methods that the plugin called. */
export const askedOfHive = (life: Life): readonly string[] => [
  ...new Set(
    life.called.map(({ method }) => method).filter((method) => method.startsWith('hive-')),
  ),
];

/** Prices the plugin set on a channel, oldest first: ppm and base as they were sent. */
export const pricesSet = (life: Life, index: number): readonly (readonly [string, string])[] =>
  life.sets
    .filter(({ id }) => id === life.channel(index).channelId)
    .map(({ ppm, base }) => [ppm, base] as const);
