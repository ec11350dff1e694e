import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readIncome } from '../../../src/cln/calls/bkpr-listincome.ts';
import { readChainFees } from '../../../src/cln/calls/feerates.ts';
import { readFeesSet } from '../../../src/cln/calls/fees-set.ts';
import { readIdentity } from '../../../src/cln/calls/getinfo.ts';
import { readCommands } from '../../../src/cln/calls/help.ts';
import { readChainMoves } from '../../../src/cln/calls/listchainmoves.ts';
import { readChannelMoves } from '../../../src/cln/calls/listchannelmoves.ts';
import { readChannels } from '../../../src/cln/calls/listchannels.ts';
import { readClosedChannels } from '../../../src/cln/calls/listclosedchannels.ts';
import { readConfigs } from '../../../src/cln/calls/listconfigs.ts';
import { readForwards } from '../../../src/cln/calls/listforwards.ts';
import { readWallet } from '../../../src/cln/calls/listfunds.ts';
import { readPeerChannels } from '../../../src/cln/calls/listpeerchannels.ts';
import { readPeers } from '../../../src/cln/calls/listpeers.ts';
import { readSendPays } from '../../../src/cln/calls/listsendpays.ts';
import { readPlugins } from '../../../src/cln/calls/plugin-list.ts';
import { readForwardIndex } from '../../../src/cln/calls/wait.ts';
import { readInit } from '../../../src/cln/init-answer.ts';
import { parseLossless } from '../../../src/cln/lossless-json.ts';
import { MessageStream } from '../../../src/cln/message-stream.ts';
import { readEvent } from '../../../src/cln/node-events.ts';
import { type ChannelId, parseChannelId } from '../../../src/core/units.ts';
import {
  circularNotifications,
  isThere,
  pluginWire,
  RECORDED,
  recordedAnswers,
  SCHEMAS,
  schemaExamples,
} from './recorded.ts';

const noProblem = (text: string): void => {
  throw new Error(text);
};
type Rows = Record<string, readonly Record<string, unknown>[] | undefined>;
const rowsOf = (answer: unknown, key: string) => (answer as Rows)[key] ?? [];

/** How each answer of ours is read; each returns how many rows it saw, to be compared with what was there. */
const READERS: Record<string, (answer: unknown) => { read: number; there: number }> = {
  getinfo: (answer) => ({ read: readIdentity(answer).id.length, there: 66 }),
  listpeers: (answer) => ({
    read: readPeers(answer).length,
    there: rowsOf(answer, 'peers').length,
  }),
  listpeerchannels: (answer) => {
    const { channels, unreadable } = readPeerChannels(answer);
    expect(unreadable).toEqual([]);
    return { read: channels.length, there: rowsOf(answer, 'channels').length };
  },
  listclosedchannels: (answer) => ({
    read: readClosedChannels(answer, noProblem).length,
    there: rowsOf(answer, 'closedchannels').length,
  }),
  listforwards: (answer) => ({
    read: readForwards(answer).length,
    there: rowsOf(answer, 'forwards').length,
  }),
  listsendpays: (answer) => ({
    read: readSendPays(answer).length,
    there: rowsOf(answer, 'payments').length,
  }),
  listchannelmoves: (answer) => ({
    read: readChannelMoves(answer).length,
    there: rowsOf(answer, 'channelmoves').length,
  }),
  listchainmoves: (answer) => ({
    read: readChainMoves(answer).length,
    there: rowsOf(answer, 'chainmoves').length,
  }),
  'bkpr-listincome': (answer) => ({
    read: readIncome(answer).length,
    there: rowsOf(answer, 'income_events').length,
  }),
  listchannels: (answer) => ({
    read: readChannels(answer).length,
    there: rowsOf(answer, 'channels').length,
  }),
  // The sum itself is counted: every output there is confirmed and free, or not ours to spend.
  listfunds: (answer) => ({
    read: Number(readWallet(answer).confirmed),
    there: rowsOf(answer, 'outputs')
      .filter(({ status, reserved }) => status === 'confirmed' && reserved === false)
      .reduce((sum, { amount_msat }) => sum + Number(amount_msat), 0),
  }),
  setchannel: (answer) => {
    const rows = rowsOf(answer, 'channels');
    const ids = rows.map((row) => parseChannelId(String(row.channel_id)));
    const read = ids.filter((id): id is ChannelId => id !== undefined);
    for (const id of read) {
      const set = readFeesSet(answer, id);
      const row = rows.find(({ channel_id }) => channel_id === id);
      expect(set).toEqual({
        channelId: id,
        base: row?.fee_base_msat,
        ppm: row?.fee_proportional_millionths,
        htlcMax: row?.maximum_htlc_out_msat,
      });
    }
    return { read: read.length, there: rows.length };
  },
  plugin: (answer) => ({
    read: readPlugins(answer).length,
    there: rowsOf(answer, 'plugins').filter(({ active }) => active).length,
  }),
  help: (answer) => ({ read: readCommands(answer).size, there: rowsOf(answer, 'help').length }),
  listconfigs: (answer) => ({
    read: readConfigs(answer).size,
    there: Object.keys((answer as { configs: object }).configs).length,
  }),
};

const forwardsOnly = (params: unknown): boolean =>
  (params as { subsystem?: string }).subsystem === 'forwards';
const isPerkb = (answer: unknown): boolean => 'perkb' in (answer as object);

describe.skipIf(!isThere(RECORDED))('what lightningd v26.06.6 really answered', () => {
  const answers = isThere(RECORDED)
    ? recordedAnswers().filter(({ result, name }) => result !== undefined && !/filter-/.test(name))
    : [];
  const ours = answers.filter(({ method }) => method in READERS);

  test('the transcripts cover every call of ours', () => {
    expect(new Set(ours.map(({ method }) => method))).toEqual(new Set(Object.keys(READERS)));
    expect(ours.length).toBeGreaterThan(90);
  });

  test.each(ours)('$name', ({ method, result }) => {
    const { read, there } = READERS[method]?.(result) ?? { read: -1, there: 0 };
    expect(read).toBe(there);
  });

  test.each(answers.filter(({ method, result }) => method === 'feerates' && isPerkb(result)))(
    '$name: opening 5000 per kilovbyte is 5 sat/vB',
    ({ result }) => expect(readChainFees(result)).toEqual({ satPerVbyte: 5 }),
  );

  test.each(answers.filter(({ method, params }) => method === 'wait' && forwardsOnly(params)))(
    '$name',
    ({ params, result }) => {
      const { indexname: index } = params as { indexname: 'created' | 'updated' };
      expect(readForwardIndex(index, result)).toBeGreaterThan(0);
    },
  );

  test('2^64 − 1 stands in listpeerchannels and is read as that', () => {
    const { result } = answers.find(({ name }) => name === 'raw/listpeerchannels.txt') ?? {};
    const [row] = rowsOf(result, 'channels');
    expect(row?.our_max_htlc_value_in_flight_msat).toBe(2n ** 64n - 1n);
  });

  test('inside lightningd an HTLC under way moves spendable, not our balance', () => {
    const { result } = answers.find(({ name }) => /raw\/inflight-listpeer/.test(name)) ?? {};
    const busy = readPeerChannels(result).channels.filter(({ htlcs }) => htlcs.length > 0);
    expect(busy.length).toBeGreaterThan(0);
    for (const { htlcs, toUs, spendable, ourReserve } of busy) {
      const out = htlcs.filter(({ direction }) => direction === 'out');
      const locked = out.reduce((sum, { amount }) => sum + amount, 0n);
      expect(spendable).toBeLessThanOrEqual(toUs - ourReserve - locked);
    }
  });

  test('before lock-in there is no name and no date; disconnected channels keep their numbers', () => {
    const opening = answers.find(({ name }) => /raw\/state-opening-listpeer/.test(name));
    const isNew = readPeerChannels(opening?.result).channels.filter(({ scid }) => !scid);
    expect(isNew.length).toBeGreaterThan(0);
    for (const channel of isNew) {
      expect(channel.stateChanges.some(({ to }) => to === 'CHANNELD_NORMAL')).toBe(false);
    }
    const off = answers.find(({ name }) => /raw\/state-disconnected-listpeerch/.test(name));
    const gone = readPeerChannels(off?.result).channels.filter(({ connected }) => !connected);
    expect(gone.length).toBeGreaterThan(0);
    for (const channel of gone) expect(channel.ours?.ppm).toBeGreaterThanOrEqual(0);
  });
});

describe.skipIf(!isThere(RECORDED))(
  'what lightningd wrote to a plugin during its whole life',
  () => {
    const lines = isThere(RECORDED)
      ? [...pluginWire('plugin-wire.log'), ...pluginWire('plugin-wire-lifecycle.log')]
      : [];
    const bytes = Buffer.from(lines.map(({ raw }) => raw).join(''));

    test('cut anywhere at all, it is the same sequence of messages', () => {
      const whole = lines.map(({ raw }) => parseLossless(raw));
      const sizes = fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1 });
      fc.assert(
        fc.property(sizes, (pieces) => {
          const stream = new MessageStream();
          const texts: string[] = [];
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const size = pieces[i % pieces.length] ?? 1;
            stream.push(bytes.subarray(at, at + size), (text) => texts.push(text));
            at += size;
          }
          expect(texts).toHaveLength(whole.length);
          expect(texts.map(parseLossless)).toEqual(whole);
        }),
        { numRuns: 8 },
      );
    });

    /** Movements of our own payments and of forwards are told apart by their tag only. */
    const titleOf = (topic: string, payload: unknown): string =>
      topic === 'coin_movement'
        ? `${topic} ${(payload as { primary_tag?: string }).primary_tag}`
        : topic;
    const events = lines.flatMap(({ msg: { id, method, params } }) =>
      id === undefined && method !== undefined
        ? [
            {
              topic: titleOf(method, params?.[method]),
              event: readEvent(method, params?.[method] ?? params),
            },
          ]
        : [],
    );

    test('no notification is malformed, and every one we read has its kind', () => {
      expect(events.filter(({ event }) => event.kind === 'malformed')).toEqual([]);
      const kinds = new Map(events.map(({ topic, event }) => [topic, event.kind]));
      const expected = {
        forward_event: 'forward',
        connect: 'connection',
        disconnect: 'connection',
        channel_state_changed: 'channel-state',
        channel_opened: 'channel-opened',
        block_added: 'block',
        plugin_started: 'plugin',
        plugin_stopped: 'plugin',
        shutdown: 'shutdown',
        'coin_movement routed': 'other',
        'coin_movement deposit': 'other',
        'coin_movement invoice': 'payment',
        sendpay_success: 'payment',
      };
      expect(Object.fromEntries(kinds)).toMatchObject(expected);
    });

    test('created_index comes with a first event only, updated_index with a resolution only', () => {
      const forwards = events.flatMap(({ event }) =>
        event.kind === 'forward' ? [event.forward] : [],
      );
      expect(forwards.length).toBeGreaterThan(20);
      for (const { status, createdIndex, updatedIndex, resolvedAt } of forwards) {
        const isResolved = status === 'settled' || status === 'failed';
        expect(createdIndex === undefined).toBe(isResolved);
        expect(updatedIndex === undefined).toBe(!isResolved);
        expect(resolvedAt === undefined).toBe(!isResolved);
      }
    });

    test('every init is understood', () => {
      const inits = lines.filter(({ msg }) => msg.method === 'init').map(({ msg }) => msg.params);
      expect(inits.length).toBeGreaterThan(5);
      for (const params of inits) {
        const { socketPath, network } = readInit(params);
        expect(network).toBe('regtest');
        expect(socketPath).toMatch(/^\/.*\/regtest\/lightning-rpc$/);
      }
    });

    test.each(isThere(RECORDED) ? circularNotifications() : [])(
      'around a circular payment: $name',
      ({ topic, payload }) => {
        const isPayment = /^(coin_movement|sendpay_(success|failure))$/.test(topic);
        const paymentHash = isPayment ? expect.stringMatching(/^[0-9a-f]{64}$/) : undefined;
        expect(readEvent(topic, payload)).toMatchObject(
          isPayment ? { kind: 'payment', topic, paymentHash } : { kind: 'other', topic },
        );
      },
    );
  },
);

describe.skipIf(!isThere(SCHEMAS))('the examples of the official schemas', () => {
  const cases = isThere(SCHEMAS)
    ? Object.keys(READERS).flatMap((method) =>
        schemaExamples(method).map((example, i) => ({
          name: `${method} ${i}`,
          method,
          ...example,
        })),
      )
    : [];

  test.each(cases)('$name', ({ method, request, response }) => {
    const { subcommand } = request.params as { subcommand?: string };
    if (method === 'plugin' && subcommand !== 'list') return;
    const { read, there } = READERS[method]?.(response) ?? { read: -1, there: 0 };
    expect(read).toBe(there);
  });
});
