import { z } from 'zod';
import { BadRequest } from '../ports/errors.ts';
import { plainText } from './answers.ts';
import type { RpcContext } from './context.ts';
import { rowsFormat, shownAs } from './formats.ts';
import { defineMethod } from './method.ts';
import { text, word } from './parameters.ts';
import { channelsAnswer, channelsReport } from './report-channels.ts';
import { costsAnswer, costsPeriodAnswer, costsPeriodReport, costsReport } from './report-costs.ts';
import { daysAnswer, daysReport } from './report-days.ts';
import { hiveAnswer, hiveReport } from './report-hive.ts';
import { lateAnswer, lateReport } from './report-late.ts';
import { ledgerAnswer, ledgerReport } from './report-ledger.ts';
import {
  askedPeer,
  peerAnswer,
  peerPeriodAnswer,
  peerPeriodReport,
  peerReport,
} from './report-peer.ts';
import { askedPeriod, periodParams, refusePeriod } from './report-period.ts';
import { policiesAnswer, policiesReport } from './report-policies.ts';
import type { Report } from './report-sheet.ts';
import type { Span } from './report-span.ts';
import {
  summaryAnswer,
  summaryPeriodAnswer,
  summaryPeriodReport,
  summaryReport,
} from './report-summary.ts';

const TYPES = [
  'summary',
  'peer',
  'hive',
  'policies',
  'costs',
  'days',
  'channels',
  'late',
  'ledger',
] as const;
/** Where a report over days is asked for without saying which. */
const USUAL_DAYS = 30;

const data = z.union([
  summaryAnswer,
  summaryPeriodAnswer,
  peerAnswer,
  peerPeriodAnswer,
  hiveAnswer,
  policiesAnswer,
  costsAnswer,
  costsPeriodAnswer,
  daysAnswer,
  channelsAnswer,
  lateAnswer,
  ledgerAnswer,
]);

const params = {
  report_type: word(TYPES, `${TYPES.join(', ')}; summary unless given`).optional(),
  peer_id: text('with peer: a peer id, or any name of a channel with it').optional(),
  ...periodParams,
  format: rowsFormat,
};
type Given = z.output<z.ZodObject<typeof params>>;

/** Only a report on a peer has a peer in second place. */
const positionsAfter = (first: unknown): readonly string[] =>
  Object.keys(params).filter(
    (name) =>
      name !== 'peer_id' || first === undefined || String(first).trim().toLowerCase() === 'peer',
  );

/** What the books say (SPEC 6): now, or of days that are over and never change. */
export const revenueReport = defineMethod({
  name: 'revenue-report',
  description:
    'What was earned and paid: summary, peer, hive, policies, costs, days, channels, late, ledger.',
  longDescription:
    'summary, peer and costs show how things stand, or with from and to, month, or days one period. days, channels, late and ledger are always about a period, the last 30 days unless given. ledger is one row a channel and day, at most 10 000 rows an answer: where the days have more it is refused, and the error says which to ask for first. Without names, what follows the type is from and to; only after peer comes the peer first. Days are UTC and both ends are included. A report of closed days says final: true and is the same, byte for byte, whenever it is asked for again; what became known later is booked on the first day still open, see late. format=csv gives exact millisatoshi, format=table text for people. Sats are rounded against ourselves: revenue down, costs up.',
  effect: 'reads',
  examples: [
    'lightning-cli revenue-report',
    'lightning-cli revenue-report summary format=table',
    'lightning-cli revenue-report peer 800148x28x0',
    'lightning-cli revenue-report days 2025-12-01 2025-12-31',
    'lightning-cli revenue-report -k report_type=channels month=2025-12 format=csv',
    'lightning-cli revenue-report costs',
    'lightning-cli revenue-report -k report_type=ledger month=2025-12 format=csv',
  ],
  params,
  positions: positionsAfter,
  answer: z.union([plainText, data]),
  handle: (given, context) => shownAs(reportOf(given, context), given.format),
});

function reportOf(given: Given, context: RpcContext): Report<z.input<typeof data>> {
  const { report_type: type = 'summary', peer_id } = given;
  if (type !== 'peer' && peer_id !== undefined)
    throw new BadRequest('peer_id', 'goes with report_type=peer only');
  const asked = spanOfDays(given, context);
  switch (type) {
    case 'summary':
      return asked ? summaryPeriodReport(context, asked) : summaryReport(context);
    case 'peer': {
      const peerId = askedPeer(context, peer_id);
      return asked ? peerPeriodReport(context, peerId, asked) : peerReport(context, peerId);
    }
    case 'costs':
      return asked ? costsPeriodReport(context, asked) : costsReport(context);
    case 'hive':
      refusePeriod(given, type);
      return hiveReport(context);
    case 'policies':
      refusePeriod(given, type);
      return policiesReport(context);
    case 'days':
      return daysReport(context, asked ?? usualSpan(context));
    case 'channels':
      return channelsReport(context, asked ?? usualSpan(context));
    case 'late':
      return lateReport(context, asked ?? usualSpan(context));
    case 'ledger':
      return ledgerReport(context, asked ?? usualSpan(context));
  }
}

/** undefined: no period was asked for. */
function spanOfDays(given: Given, { books }: RpcContext): Span | undefined {
  const asked = askedPeriod(given, books.today());
  return asked && { ...asked, final: books.period(asked.from, asked.to).final };
}

function usualSpan({ books }: RpcContext): Span {
  const to = books.today();
  return { from: to - USUAL_DAYS + 1, to, final: false };
}
