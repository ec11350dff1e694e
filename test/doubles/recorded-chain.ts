/** The on-chain life of a node as `listchainmoves` has it, row by row; what each transaction cost is counted aside. */
import type { ChainAccount, ChainMove } from '../../src/core/books/chain-move.ts';
import { fromSat, type Msat, msat, type UnixMs } from '../../src/core/units.ts';
import type { ChainRecords } from '../../src/ports/chain-records.ts';
import { RetryLater } from '../../src/ports/errors.ts';
import { channelId } from './peer-channel.ts';

type Kind = 'open' | 'close' | 'splice' | 'onchain';
/** `number` undefined: of no channel. */
export type ChainFee = {
  readonly number: number | undefined;
  readonly kind: Kind;
  readonly fee: bigint;
  readonly at: UnixMs;
};

const WALLET: ChainAccount = { kind: 'wallet' };
const EXTERNAL: ChainAccount = { kind: 'external' };
const account = (number: number): ChainAccount => ({
  kind: 'channel',
  channelId: channelId(number),
});
const ANCHOR = fromSat(330);
/** What the wallet puts in beyond what is needed; it comes back as change. */
const CHANGE = fromSat(5_000_000);
const BLOCK_MS = 600_000;

type Row = {
  readonly account: ChainAccount;
  readonly tag: string;
  readonly credit?: Msat;
  readonly debit?: Msat;
  readonly outpoint: ChainMove['outpoint'];
  readonly spent?: string;
} & Partial<Pick<ChainMove, 'extraTags' | 'output' | 'origin' | 'outputCount'>>;

export class RecordedChain implements ChainRecords {
  /** lightningd ≥ 25.09. */
  has = true;
  /** It does not answer. */
  silent = false;
  readonly rows: ChainMove[] = [];
  /** Every fee that is ours, on the day of its transaction. */
  readonly fees: ChainFee[] = [];
  /** The output each channel lives in. */
  readonly #funding = new Map<number, ChainMove['outpoint']>();
  #transactions = 0;

  // ---------------------------------------------------------------- what happens

  /**
   * We open several channels in one transaction. The wallet's rows are there with the block; `lockIn` writes those of
   * the channels, as lightningd does only then.
   */
  openBatch(
    channels: readonly { readonly number: number; readonly capacity: Msat }[],
    fee: bigint,
    at: UnixMs,
  ): { readonly lockIn: (at: UnixMs) => void } {
    const txid = this.#txid();
    const whole = channels.reduce((sum, { capacity }) => sum + capacity, 0n);
    this.#spendWallet(txid, msat(whole + CHANGE + fee), at);
    this.#make(txid, channels.length, { account: WALLET, tag: 'deposit', credit: CHANGE }, at);
    const each = fee / BigInt(channels.length);
    for (const [vout, { number }] of channels.entries()) {
      const more = BigInt(vout) < fee % BigInt(channels.length) ? 1n : 0n;
      this.#cost(number, 'open', each + more, at);
      this.#funding.set(number, { txid, vout });
    }
    return {
      lockIn: (later) => {
        for (const [vout, { number, capacity }] of channels.entries())
          this.#make(
            txid,
            vout,
            {
              account: account(number),
              tag: 'channel_open',
              credit: capacity,
              extraTags: ['opener'],
            },
            later,
          );
      },
    };
  }
  /** The peer opens one: a row without money of ours. */
  openedByPeer(number: number, capacity: Msat, at: UnixMs): void {
    const txid = this.#txid();
    this.#make(txid, 0, { account: account(number), tag: 'channel_open', output: capacity }, at);
    this.#funding.set(number, { txid, vout: 0 });
  }

  /** `ours` is our side of it, `added` comes from the wallet (or, below 0, goes there). */
  splice(number: number, ours: Msat, capacity: Msat, added: bigint, fee: bigint, at: UnixMs): void {
    const txid = this.#txid();
    this.#spendChannel(number, txid, ours, { output: capacity, extraTags: ['splice'] }, at);
    const wallet = added >= 0n ? added + fee + CHANGE : 0n;
    if (wallet > 0n) this.#spendWallet(txid, msat(wallet), at);
    const grown = { credit: msat(ours + added), output: msat(capacity + added) };
    this.#make(txid, 0, { account: account(number), tag: 'channel_open', ...grown }, at);
    const back = added >= 0n ? CHANGE : -added - fee;
    this.#make(txid, 1, { account: WALLET, tag: 'deposit', credit: msat(back) }, at);
    this.#cost(number, 'splice', fee, at);
    this.#funding.set(number, { txid, vout: 0 });
  }

  /** Both agree, and we pay `fee` (0 where the peer opened it). */
  closeTogether(number: number, ours: Msat, capacity: Msat, fee: bigint, at: UnixMs): void {
    const txid = this.#txid();
    const outputCount = 2;
    this.#spendChannel(number, txid, ours, { output: capacity, outputCount }, at);
    this.#make(txid, 0, { account: WALLET, tag: 'deposit', credit: msat(ours - fee) }, at);
    const theirs = { output: msat(capacity - ours), credit: msat(capacity - ours) };
    this.#make(
      txid,
      1,
      { account: EXTERNAL, tag: 'to_them', origin: account(number), ...theirs },
      at,
    );
    this.#cost(number, 'close', fee, at);
  }
  /** We publish our commitment; `sweep` fetches what is ours once its delay is over. */
  closeAlone(number: number, ours: Msat, capacity: Msat, fee: bigint, at: UnixMs) {
    const txid = this.#txid();
    const origin = account(number);
    this.#spendChannel(number, txid, ours, { output: capacity, outputCount: 4 }, at);
    for (const vout of [0, 1])
      this.#make(
        txid,
        vout,
        { account: EXTERNAL, tag: 'anchor', origin, credit: ANCHOR, output: ANCHOR },
        at,
      );
    const kept = msat(ours - fee - 2n * ANCHOR);
    this.#make(txid, 2, { account: origin, tag: 'delayed_to_us', credit: kept }, at);
    const theirs = msat(capacity - ours);
    this.#make(
      txid,
      3,
      { account: EXTERNAL, tag: 'to_them', origin, credit: theirs, output: theirs },
      at,
    );
    this.#cost(number, 'close', fee + 2n * ANCHOR, at);
    return {
      sweep: (sweepFee: bigint, later: UnixMs): void => {
        const sweeping = this.#txid();
        this.#row(
          {
            account: origin,
            tag: 'to_wallet',
            debit: kept,
            output: kept,
            outpoint: { txid, vout: 2 },
            spent: sweeping,
          },
          later,
        );
        this.#make(
          sweeping,
          0,
          { account: WALLET, tag: 'deposit', credit: msat(kept - sweepFee) },
          later,
        );
        this.#cost(number, 'close', sweepFee, later);
      },
    };
  }

  /** The wallet puts its outputs together. */
  consolidate(fee: bigint, at: UnixMs): void {
    const txid = this.#txid();
    this.#spendWallet(txid, msat(CHANGE + fee), at);
    this.#make(txid, 0, { account: WALLET, tag: 'deposit', credit: CHANGE }, at);
    this.#cost(undefined, 'onchain', fee, at);
  }
  /** Somebody pays in: no cost of ours. */
  deposit(amount: Msat, at: UnixMs): void {
    this.#make(this.#txid(), 0, { account: WALLET, tag: 'deposit', credit: amount }, at);
  }
  /** We pay out; only the fee is a cost. */
  withdraw(amount: Msat, fee: bigint, at: UnixMs): void {
    const txid = this.#txid();
    this.#spendWallet(txid, msat(amount + fee + CHANGE), at);
    this.#make(
      txid,
      0,
      { account: EXTERNAL, tag: 'deposit', origin: WALLET, credit: amount, output: amount },
      at,
    );
    this.#make(txid, 1, { account: WALLET, tag: 'deposit', credit: CHANGE }, at);
    this.#cost(undefined, 'onchain', fee, at);
  }

  // ---------------------------------------------------------------- what is asked

  async hasChainMoves(): Promise<boolean> {
    return this.has;
  }
  async chainMoves(start: number, limit: number): Promise<readonly ChainMove[]> {
    if (this.silent) throw new RetryLater('chain moves: no answer');
    return this.rows.slice(Math.max(0, start - 1), Math.max(0, start - 1) + limit);
  }
  async hasIncome(): Promise<boolean> {
    return false;
  }
  async income(): Promise<readonly never[]> {
    return [];
  }

  #txid(): string {
    this.#transactions += 1;
    return `cc${this.#transactions.toString(16).padStart(62, '0')}`;
  }
  #cost(number: number | undefined, kind: Kind, fee: bigint, at: UnixMs): void {
    this.fees.push({ number, kind, fee, at });
  }
  #spendWallet(txid: string, amount: Msat, at: UnixMs): void {
    const outpoint = { txid: this.#txid(), vout: 0 };
    this.#row(
      { account: WALLET, tag: 'withdrawal', debit: amount, output: amount, outpoint, spent: txid },
      at,
    );
  }
  #spendChannel(
    number: number,
    txid: string,
    ours: Msat,
    more: Partial<Pick<ChainMove, 'extraTags' | 'output' | 'outputCount'>>,
    at: UnixMs,
  ): void {
    const outpoint = this.#funding.get(number);
    if (outpoint === undefined) throw new Error(`channel ${number} was never funded`);
    this.#row(
      {
        account: account(number),
        tag: 'channel_close',
        debit: ours,
        outpoint,
        spent: txid,
        ...more,
      },
      at,
    );
  }
  #make(txid: string, vout: number, row: Omit<Row, 'outpoint'>, at: UnixMs): void {
    this.#row({ ...row, outpoint: { txid, vout } }, at);
  }
  #row(
    { account: whose, tag, credit = msat(0n), debit = msat(0n), outpoint, spent, ...rest }: Row,
    at: UnixMs,
  ): void {
    this.rows.push({
      index: this.rows.length + 1,
      account: whose,
      origin: rest.origin,
      credit,
      debit,
      at,
      tag,
      extraTags: rest.extraTags ?? [],
      outpoint,
      spendingTxid: spent,
      output: rest.output ?? credit,
      outputCount: rest.outputCount,
      height: Math.floor(at / BLOCK_MS),
    });
  }
}
