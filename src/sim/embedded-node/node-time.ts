/** Moves the market on and tells the plugins what that brought. */
import { type UnixMs, unixMs } from '../../core/units.ts';
import type { ChainLife } from '../chain/chain-life.ts';
import type { Market, MarketEvent, SimChannel } from '../market/market.ts';
import { chainMoveDetails, forwardDetails, moveDetails, sendpayDetails } from './answers/wait.ts';
import type { NodeState, Recorded } from './node-state.ts';
import {
  chainMovement,
  channelOpened,
  channelStateChanged,
  type Notification,
  notificationsOf,
  paymentNotes,
} from './notifications.ts';
import type { ForeignPayment } from './own-payments.ts';
import type { ChannelQuirk } from './quirks.ts';

/** How often the market is moved on when it runs by the clock on the wall. */
const STEP_MS = 50;

type World = Pick<Market, 'advance'>;

export class NodeTime {
  readonly #node: NodeState;
  readonly #tell: (notification: Notification) => void;
  readonly #world: World;
  #known: ReadonlyMap<number, SimChannel>;
  #timer: NodeJS.Timeout | undefined;

  /** `world`: what lets time pass, when more than the market lives in it. */
  constructor(
    node: NodeState,
    tell: (notification: Notification) => void,
    world: World = node.market,
  ) {
    this.#node = node;
    this.#world = world;
    this.#tell = tell;
    this.#known = this.#snapshot();
  }

  /** Runs everything up to and including `until`; every notification is written before this returns. */
  advance(until: UnixMs): void {
    this.#world.advance(until, this.happened);
    this.#compare();
  }

  /** From now on simulated time runs `speed` times as fast as the wall clock. */
  run(speed: number): void {
    const [from, began] = [this.#node.now(), performance.now()];
    this.#timer = setInterval(() => {
      this.advance(unixMs(from + (performance.now() - began) * speed));
    }, STEP_MS);
  }

  halt(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Changes how a channel looks, and says so when that changes its state. */
  setQuirk(index: number, quirk: ChannelQuirk): void {
    const change = this.#node.setQuirk(index, quirk);
    const channel = this.#node.named(index);
    if (change === undefined || channel === undefined) return;
    this.#tell(channelStateChanged(this.#node, channel, change));
  }

  /** Takes in what happened, and says it. */
  readonly happened = (event: MarketEvent): void => {
    const recorded = this.#node.record(event);
    for (const note of notificationsOf(this.#node, event, recorded)) this.#tell(note);
    this.#wake(recorded);
  };

  /** Somebody else paid ourselves: an operator by hand, another plugin. */
  foreign(payment: ForeignPayment): void {
    const recorded = this.#node.recordForeign(payment);
    for (const note of paymentNotes(this.#node, recorded)) this.#tell(note);
    this.#wake(recorded);
  }

  /** Lets something happen on the chain, and says it. */
  onChain(act: (chain: ChainLife) => void): void {
    const { chain, waiters } = this.#node;
    const before = chain.rows.length;
    act(chain);
    for (const row of chain.rows.slice(before)) {
      this.#tell(chainMovement(this.#node, row));
      waiters.changed('chainmoves', 'created', row.index, () => chainMoveDetails(row));
    }
  }

  /** Answers the `wait` calls that a row was waited for with. */
  #wake({ forward, payment, firstMove }: Recorded): void {
    const { waiters, moves } = this.#node;
    if (waiters.idle) return;
    const changed = (
      subsystem: 'forwards' | 'sendpays',
      row: { readonly createdIndex: number; readonly updatedIndex: number | undefined },
      details: () => object,
    ): void => {
      waiters.changed(subsystem, 'created', row.createdIndex, details);
      if (row.updatedIndex !== undefined)
        waiters.changed(subsystem, 'updated', row.updatedIndex, details);
    };
    if (forward !== undefined)
      changed('forwards', forward, () => forwardDetails(this.#node, forward));
    if (payment !== undefined) changed('sendpays', payment, () => sendpayDetails(payment));
    if (firstMove === undefined) return;
    for (const move of moves.page(firstMove, 2))
      waiters.changed('channelmoves', 'created', move.createdIndex, () =>
        moveDetails(this.#node, move),
      );
  }

  #snapshot(): Map<number, SimChannel> {
    return new Map(this.#node.market.channels().map((channel) => [channel.index, channel]));
  }

  /** Channels that came or went while time passed. */
  #compare(): void {
    const before = this.#known;
    this.#known = this.#snapshot();
    for (const [index, channel] of this.#known) {
      const earlier = before.get(index);
      if (earlier === undefined && !channel.closed) this.#opened(channel);
      if (earlier?.closed === false && channel.closed) this.#closed(channel);
    }
  }

  #opened(channel: SimChannel): void {
    const at = channel.openedAt;
    const [early, late] = ['CHANNELD_AWAITING_LOCKIN', 'CHANNELD_NORMAL'] as const;
    this.#tell(channelStateChanged(this.#node, channel, { at, from: undefined, to: early }));
    for (const note of channelOpened(this.#node, channel)) this.#tell(note);
    this.#tell(channelStateChanged(this.#node, channel, { at, from: early, to: late }));
  }

  #closed(channel: SimChannel): void {
    const at = this.#node.now();
    const path = [
      'CHANNELD_NORMAL',
      'CHANNELD_SHUTTING_DOWN',
      'CLOSINGD_COMPLETE',
      'ONCHAIN',
    ] as const;
    path.slice(1).forEach((to, i) => {
      const from = path[i] ?? 'CHANNELD_NORMAL';
      this.#tell(channelStateChanged(this.#node, channel, { at, from, to }));
    });
    this.#tell(channelStateChanged(this.#node, channel, { at, from: 'ONCHAIN', to: 'CLOSED' }));
  }
}
