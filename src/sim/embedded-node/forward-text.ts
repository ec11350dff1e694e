/** A forward as JSON text, the members in lightningd's order: the same for listforwards and forward_event. */
import type { ForwardRow } from '../forwards-table.ts';
import type { NodeState } from './node-state.ts';

const MS = 1000;
const BELOW_MS = 1_000_000;

/**
 * Seconds with nine decimals: lightningd's own resolution, more than a double can hold. The market counts in
 * milliseconds; the six digits below follow from the HTLC, so that each answer tells the same.
 */
function seconds(at: number, row: ForwardRow, salt: number): string {
  const whole = Math.floor(at / MS);
  const ms = String(at - whole * MS).padStart(3, '0');
  const fine = (row.inHtlcId * 48_271 + row.inIndex * 69_621 + salt * 40_692) % BELOW_MS;
  return `${whole}.${ms}${String(fine).padStart(6, '0')}`;
}

const receivedTime = (row: ForwardRow): string => seconds(row.receivedAt, row, 1);

const member = (name: string, value: number | string | undefined): string =>
  value === undefined ? '' : `"${name}":${value},`;
const quoted = (name: string, text: string | undefined): string =>
  text === undefined ? '' : `"${name}":"${text}",`;

/** From in_channel on, without braces: what both forms share. */
function body(node: NodeState, row: ForwardRow, outHtlc: boolean): string {
  return (
    `"in_channel":"${node.scidOf(row.inIndex)}","in_htlc_id":${row.inHtlcId},` +
    `"out_channel":"${node.scidOf(row.outIndex)}",` +
    (outHtlc ? member('out_htlc_id', row.outHtlcId) : '') +
    `"in_msat":${row.inMsat},` +
    member('out_msat', row.outMsat) +
    member('fee_msat', row.feeMsat) +
    `"status":"${row.status}",` +
    member('failcode', row.failCode) +
    quoted('failreason', row.failReason) +
    `"style":"tlv","received_time":${receivedTime(row)}` +
    (row.resolvedAt === undefined ? '' : `,"resolved_time":${seconds(row.resolvedAt, row, 2)}`)
  );
}

/** A row of listforwards. */
export const rowText = (node: NodeState, row: ForwardRow): string =>
  `{"created_index":${row.createdIndex},${member('updated_index', row.updatedIndex)}${body(node, row, true)}}`;

/** forward_event: created_index only when new, updated_index only when resolved, never out_htlc_id. */
export const eventText = (node: NodeState, row: ForwardRow, preimage: string): string =>
  `{${row.updatedIndex === undefined ? member('created_index', row.createdIndex) : member('updated_index', row.updatedIndex)}` +
  `"payment_hash":"${row.paymentHash}",${body(node, row, false)}` +
  `${row.status === 'settled' ? `,"preimage":"${preimage}"` : ''}}`;
