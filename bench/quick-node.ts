/** A node that answers at once from memory, so that what is measured is ours; it counts what it was asked. */
import { type ChannelId, ppm } from '../src/core/units.ts';
import type {
  FeeSetter,
  Forward,
  LightningNode,
  PeerChannel,
  SetChannel,
  SetChannelAnswer,
} from '../src/ports/node.ts';
import { channelOf } from './synthetic-forwards.ts';

export class QuickNode implements LightningNode, FeeSetter {
  /** Calls of listpeerchannels. */
  looks = 0;
  /** Calls of setchannel, and those among them that asked for what was there already. */
  set = 0;
  setUnchanged = 0;
  readonly #channels: PeerChannel[];
  readonly #position: ReadonlyMap<ChannelId, number>;

  constructor(channels: number) {
    this.#channels = Array.from({ length: channels }, (_, index) => channelOf(index));
    this.#position = new Map(this.#channels.map(({ channelId }, index) => [channelId, index]));
  }

  async peerChannels(): Promise<readonly PeerChannel[]> {
    this.looks += 1;
    return [...this.#channels];
  }
  leftOut(): number {
    return 0;
  }
  async setChannel(request: SetChannel): Promise<SetChannelAnswer> {
    const position = this.#position.get(request.channelId) ?? -1;
    const channel = this.#channels[position];
    if (channel?.ours === undefined) throw new Error(`no channel ${request.channelId}`);
    const { ours } = channel;
    const htlcMax = request.htlcMax ?? ours.htlcMax;
    this.set += 1;
    if (ours.ppm === request.ppm && ours.base === request.base && ours.htlcMax === htlcMax)
      this.setUnchanged += 1;
    const now = { ...ours, ppm: request.ppm, base: request.base, htlcMax };
    this.#channels[position] = { ...channel, ours: now };
    return { channelId: request.channelId, base: now.base, ppm: ppm(now.ppm), htlcMax };
  }

  async peerChannel(_: unknown, channelId: ChannelId): Promise<PeerChannel | undefined> {
    return this.#channels[this.#position.get(channelId) ?? -1];
  }
  async identity(): Promise<never> {
    throw new Error('nobody asks');
  }
  async synced(): Promise<undefined> {
    return undefined;
  }
  async closedChannels(): Promise<readonly []> {
    return [];
  }
  async peers() {
    return this.#channels.map(({ peerId, connected }) => ({ peerId, connected }));
  }
  async forwards(): Promise<readonly Forward[]> {
    return [];
  }
  async lastForwardIndex(): Promise<number> {
    return 0;
  }
  async chainFees() {
    return { satPerVbyte: 5 };
  }
  async plugins(): Promise<readonly string[]> {
    return ['bookkeeper'];
  }
  async commands(): Promise<ReadonlySet<string>> {
    return new Set();
  }
}
