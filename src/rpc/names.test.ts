import { describe, expect, test } from 'vitest';
import { ALICE, BOB, BOBS, CLOSED, FIRST, rpcWorld } from '../../test/doubles/rpc-world.ts';
import { BadRequest } from '../ports/errors.ts';
import { findChannel, findSubject, labels } from './names.ts';

const { context } = rpcWorld();

describe('naming a channel', () => {
  test.each([
    ['its scid', FIRST.scid],
    ['with colons', '800148:28:0'],
    ['with slashes', '800148/28/0'],
    ['in capitals and blanks', ' 800148X28X0 '],
    ['its alias', FIRST.alias],
    ['its channel id', FIRST.id],
  ])('%s', (_, word) => expect(findChannel(context, 'channel_id', word)).toBe(FIRST.id));

  test('a closed channel is still known', () => {
    expect(findChannel(context, 'channel_id', CLOSED.scid)).toBe(CLOSED.id);
    expect(labels(context)(CLOSED.id)).toEqual({ name: CLOSED.scid, peerId: BOB });
  });

  test('a peer with one channel is enough; with two the answer names both', () => {
    expect(findChannel(context, 'channel_id', BOB)).toBe(BOBS.id);
    expect(() => findChannel(context, 'subject', ALICE)).toThrow(/800148x28x0, 800185x35x1/);
  });

  test('a peer as subject means all its channels', () =>
    expect(findSubject(context, 'channel_id', ALICE)).toEqual({ kind: 'peer', peerId: ALICE }));

  test.each(['1x1x1', '1', 'junk', `02${'c'.repeat(64)}`, 'e'.repeat(64), '9999999999x1x1', ''])(
    'original 2: an unknown channel (%s) was a success; here it is a BadRequest naming the field',
    (word) => {
      const find = () => findChannel(context, 'channel_id', word);
      expect(find).toThrow(BadRequest);
      expect(find).toThrow(/^channel_id: /);
    },
  );
});
