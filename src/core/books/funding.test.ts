import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChannelId } from '../units.ts';
import { isFundedBy } from './funding.ts';

const channelId = (hex: string) => {
  const id = parseChannelId(hex);
  if (id === undefined) throw new RangeError(`no channel id: ${hex}`);
  return id;
};
/** BOLT 2: the funding transaction's id, its last two bytes XORed with the output's number; a txid is shown reversed. */
function idOf(txid: string, vout: number) {
  const bytes = Buffer.from(txid, 'hex').reverse();
  bytes.writeUInt16BE(bytes.readUInt16BE(30) ^ vout, 30);
  return channelId(bytes.toString('hex'));
}

describe('the transaction that opened a channel', () => {
  it('is told by the channel’s id, bytes turned round', () => {
    const txid = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
    const id = '1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100';
    expect(isFundedBy(channelId(id), txid)).toBe(true);
    expect(isFundedBy(channelId(txid), txid)).toBe(false);
  });

  const txids = fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((bytes) => Buffer.from(bytes).toString('hex'));

  it('is known whichever of its outputs the channel is', () => {
    fc.assert(
      fc.property(txids, fc.integer({ min: 0, max: 0xffff }), (txid, vout) => {
        expect(isFundedBy(idOf(txid, vout), txid)).toBe(true);
      }),
    );
  });

  it('is no other one, were it different in one of the bytes that no output changes', () => {
    const byte = fc.record({
      at: fc.integer({ min: 2, max: 31 }),
      by: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(txids, byte, (txid, { at, by }) => {
        const other = Buffer.from(txid, 'hex');
        other.writeUInt8(other.readUInt8(at) ^ by, at);
        expect(isFundedBy(idOf(txid, 0), other.toString('hex'))).toBe(false);
      }),
    );
  });

  it('is none without an id', () => {
    expect(isFundedBy(idOf('00'.repeat(32), 0), '')).toBe(false);
  });
});
