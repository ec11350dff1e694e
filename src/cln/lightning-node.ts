import type { ChannelId, NodeId } from '../core/units.ts';
import type {
  ChainFees,
  ClosedChannel,
  Forward,
  ForwardIndex,
  LightningNode,
  NodeIdentity,
  PeerChannel,
  PeerConnection,
} from '../ports/node.ts';
import { askChainFees } from './calls/feerates.ts';
import { askIdentity, askSync } from './calls/getinfo.ts';
import { askCommands } from './calls/help.ts';
import { askClosedChannels } from './calls/listclosedchannels.ts';
import { askConfigs, type NodeSetting } from './calls/listconfigs.ts';
import { askForwards } from './calls/listforwards.ts';
import { askPeerChannel, askPeerChannels } from './calls/listpeerchannels.ts';
import { askPeers } from './calls/listpeers.ts';
import { askPlugins } from './calls/plugin-list.ts';
import type { OnProblem } from './calls/read-answer.ts';
import { askForwardIndex } from './calls/wait.ts';
import type { NodeCaller } from './rpc-client.ts';

/** lightningd behind its socket, in the port's words. It only reads. */
export class ClnNode implements LightningNode {
  readonly #node: NodeCaller;
  readonly #onProblem: OnProblem;
  #leftOut = 0;

  /** `onProblem` hears of rows that were left out because they could not be read. */
  constructor(node: NodeCaller, onProblem: OnProblem) {
    this.#node = node;
    this.#onProblem = onProblem;
  }

  identity(): Promise<NodeIdentity> {
    return askIdentity(this.#node);
  }
  synced(): Promise<string | undefined> {
    return askSync(this.#node);
  }
  async peerChannels(): Promise<readonly PeerChannel[]> {
    let leftOut = 0;
    const channels = await askPeerChannels(this.#node, (problem) => {
      leftOut += 1;
      this.#onProblem(problem);
    });
    this.#leftOut = leftOut;
    return channels;
  }
  leftOut(): number {
    return this.#leftOut;
  }
  peerChannel(peerId: NodeId, channelId: ChannelId): Promise<PeerChannel | undefined> {
    return askPeerChannel(this.#node, peerId, channelId);
  }
  closedChannels(): Promise<readonly ClosedChannel[]> {
    return askClosedChannels(this.#node, this.#onProblem);
  }
  peers(): Promise<readonly PeerConnection[]> {
    return askPeers(this.#node);
  }
  forwards(index: ForwardIndex, start: number, limit: number): Promise<readonly Forward[]> {
    return askForwards(this.#node, index, start, limit);
  }
  lastForwardIndex(index: ForwardIndex): Promise<number> {
    return askForwardIndex(this.#node, index);
  }
  chainFees(): Promise<ChainFees> {
    return askChainFees(this.#node);
  }
  plugins(): Promise<readonly string[]> {
    return askPlugins(this.#node);
  }
  commands(): Promise<ReadonlySet<string>> {
    return askCommands(this.#node);
  }
  configs(): Promise<ReadonlyMap<string, NodeSetting>> {
    return askConfigs(this.#node);
  }
}
