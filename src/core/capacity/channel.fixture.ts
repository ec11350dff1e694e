/** Channels for the planner's tests: a plain one that is neither winner nor loser, and what makes it either. */
import type { ChannelId, NodeId } from '../units.ts';
import { fromSat, parseChannelId, parseNodeId, share } from '../units.ts';
import type { CapacityChannel } from './types.ts';

function sure<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('a test constant does not parse');
  return value;
}
export const idOf = (number: number): ChannelId =>
  sure(parseChannelId(number.toString(16).padStart(64, '0')));
const peerOf = (number: number): NodeId =>
  sure(parseNodeId(`02${number.toString(16).padStart(64, '0')}`));

/** Half full, used a little, even. */
export const capacityChannel = (
  number: number,
  change: Partial<CapacityChannel> = {},
): CapacityChannel => ({
  channelId: idOf(number),
  peerId: peerOf(number),
  name: `80000${number}x1x0`,
  capacity: fromSat(4_000_000),
  toUs: fromSat(1_000_000),
  spendable: fromSat(960_000),
  share: share(0.25),
  class: 'BREAK_EVEN',
  roi: 0,
  marginalRoi: 0,
  monthNet: fromSat(0),
  monthVolume: fromSat(100_000),
  direction: 0,
  dailyVolume: fromSat(3_000),
  ageDays: 200,
  idleDays: 1,
  watched: true,
  attempts: 0,
  splices: true,
  ...change,
});

export const WINS: Partial<CapacityChannel> = {
  class: 'PROFITABLE',
  roi: 0.5,
  marginalRoi: 0.3,
  direction: 0.9,
  monthVolume: fromSat(2_100_000),
  monthNet: fromSat(4_000),
};
export const DEAD: Partial<CapacityChannel> = {
  class: 'ZOMBIE',
  roi: -1,
  idleDays: 40,
  attempts: 2,
};
export const SILENT: Partial<CapacityChannel> = {
  class: 'STAGNANT_CANDIDATE',
  roi: -0.2,
  idleDays: 9,
};
