import type { Fee } from '../core/fees/types.ts';
import type { ChannelId } from '../core/units.ts';
import type { FeeSetter, SetChannel, SetChannelAnswer } from '../ports/node.ts';
import { readFeesSet } from './calls/fees-set.ts';
import type { NodeCaller } from './rpc-client.ts';

/** The only code that can change a fee on the node. Built only where authority allows it (SPEC 1). */
export class NodeFeeSetter implements FeeSetter {
  readonly #node: NodeCaller;

  constructor(node: NodeCaller) {
    this.#node = node;
  }

  /**
   * By channel_id, so it is one channel and the one meant. htlcmin and whatever is left out stay as they are.
   * RetryLater: not known whether it was done. The caller compares the answer with the intention.
   */
  async setChannel(request: SetChannel): Promise<SetChannelAnswer> {
    const { channelId, base, ppm, htlcMax, enforceDelay } = request;
    const answer = await this.#node.call('setchannel', {
      id: channelId,
      feebase: base,
      feeppm: ppm,
      ...(htlcMax === undefined ? {} : { htlcmax: htlcMax }),
      ...(enforceDelay === undefined ? {} : { enforcedelay: enforceDelay }),
    });
    return readFeesSet(answer, channelId);
  }
}

/** What an operator types to set a fee without us. */
export const restoreCommand = (channelId: ChannelId, { base, ppm }: Fee): string =>
  `lightning-cli setchannel ${channelId} ${base} ${ppm}`;
