/** A node of a few channels whose `setchannel` can obey, refuse, lie, or fall silent before or after acting. */
import { type ChannelId, ppm } from '../../src/core/units.ts';
import { NodeRefused, RetryLater } from '../../src/ports/errors.ts';
import type {
  ChainFees,
  ClosedChannel,
  FeeSetter,
  Forward,
  LightningNode,
  PeerChannel,
  SetChannel,
  SetChannelAnswer,
} from '../../src/ports/node.ts';

export type Manner = 'obeys' | 'refuses' | 'lies' | 'silent-undone' | 'silent-done';

export class PricedNode implements LightningNode, FeeSetter {
  manner: Manner = 'obeys';
  /** Rows the next look leaves out as unreadable. */
  unreadable = 0;
  readonly log: string[] = [];
  channels: readonly PeerChannel[];

  constructor(channels: readonly PeerChannel[]) {
    this.channels = channels;
  }

  /** Someone else, or the world, changes a channel. */
  change(channelId: ChannelId, change: Partial<PeerChannel>): void {
    this.channels = this.channels.map((one) =>
      one.channelId === channelId ? { ...one, ...change } : one,
    );
  }

  async peerChannels(): Promise<readonly PeerChannel[]> {
    this.log.push('look');
    return this.channels.slice(this.unreadable);
  }
  leftOut(): number {
    return this.unreadable;
  }
  async setChannel({ channelId, base, ppm: rate, htlcMax }: SetChannel): Promise<SetChannelAnswer> {
    this.log.push(`set ${rate}`);
    const ours = this.channels.find((one) => one.channelId === channelId)?.ours;
    if (!ours) throw new NodeRefused('Could not find channel', -32602);
    if (this.manner === 'refuses') throw new NodeRefused('Channel is closing', -1);
    if (this.manner === 'silent-undone') throw new RetryLater('no answer');
    const told = { channelId, base, ppm: rate, htlcMax: htlcMax ?? ours.htlcMax };
    if (this.manner === 'lies') return { ...told, ppm: ppm(rate + 1000) };
    this.change(channelId, { ours: { ...ours, base, ppm: rate, htlcMax: told.htlcMax } });
    if (this.manner === 'silent-done') throw new RetryLater('no answer');
    return told;
  }

  async peerChannel(_: unknown, channelId: ChannelId): Promise<PeerChannel | undefined> {
    return this.channels.find((one) => one.channelId === channelId);
  }
  async identity(): Promise<never> {
    throw new RetryLater('nobody should ask');
  }
  async synced(): Promise<undefined> {
    return undefined;
  }
  async closedChannels(): Promise<readonly ClosedChannel[]> {
    return [];
  }
  async peers() {
    return this.channels.map(({ peerId, connected }) => ({ peerId, connected }));
  }
  async forwards(..._: Parameters<LightningNode['forwards']>): Promise<readonly Forward[]> {
    return [];
  }
  async lastForwardIndex(..._: Parameters<LightningNode['lastForwardIndex']>): Promise<number> {
    return 0;
  }
  async chainFees(): Promise<ChainFees> {
    return { satPerVbyte: undefined };
  }
  async plugins() {
    return [];
  }
  async commands() {
    return new Set<string>();
  }
}
