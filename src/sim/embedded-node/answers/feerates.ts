/** The price of block space: `opening` is the 12-block estimate, which is what the market's number stands for. */
import { textOf } from '../call-arguments.ts';
import { toJson } from '../json-text.ts';
import { CODE, RpcError } from '../rpc-error.ts';
import type { Command } from './command.ts';

/** 253 sat per 1000 weight units: below it no relay takes a transaction. */
const FLOOR_PERKW = 253;
/** Blocks to wait, and the estimate relative to the 12-block one. */
const ESTIMATES = [
  [2, 2.4],
  [6, 1.6],
  [12, 1],
  [100, 0.4],
] as const;
/** Virtual bytes of the transactions in onchain_fee_estimates; with the price each was estimated at. */
const ONCHAIN = [
  ['opening_channel_satoshis', 175.4, 1],
  ['mutual_close_satoshis', 168, 0.4],
  ['unilateral_close_satoshis', 173.8, 1.6],
  ['unilateral_close_nonanchor_satoshis', 149.5, 1.6],
  ['htlc_timeout_satoshis', 165.8, 1.6],
  ['htlc_success_satoshis', 175.8, 1.6],
] as const;

export const feerates: Command = {
  name: 'feerates',
  usage: 'style',
  answer(node, args) {
    const style = textOf(args, 'style');
    if (style !== 'perkb' && style !== 'perkw') {
      throw new RpcError(
        CODE.INVALID_PARAMS,
        `'style' should be 'perkw' or 'perkb', not '${args.get('style')}'`,
      );
    }
    const satPerVbyte = node.market.satPerVbyte();
    const unit = style === 'perkb' ? 1000 : 250;
    const floor = style === 'perkb' ? FLOOR_PERKW * 4 : FLOOR_PERKW;
    const rate = (times: number): number => Math.max(floor, Math.round(satPerVbyte * times * unit));
    return toJson({
      [style]: {
        opening: rate(1),
        mutual_close: rate(0.4),
        unilateral_close: rate(1.6),
        unilateral_anchor_close: rate(1),
        penalty: rate(1),
        splice: rate(1),
        min_acceptable: Math.max(floor, Math.round(rate(0.4) / 2)),
        max_acceptable: rate(24),
        floor,
        estimates: ESTIMATES.map(([blockcount, times]) => ({
          blockcount,
          feerate: rate(times),
          smoothed_feerate: rate(times),
        })),
      },
      onchain_fee_estimates: Object.fromEntries(
        ONCHAIN.map(([name, vbytes, times]) => [name, Math.ceil(vbytes * satPerVbyte * times)]),
      ),
    });
  },
};
