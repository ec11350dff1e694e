/** Rows of the option table: the node as a whole. */
import { boolean, float, integer, oneOf, path } from '../option-rows.ts';
import { fraction } from './ranges.ts';

export const NODE = {
  // SPEC 1
  authority: oneOf({
    option: 'revenue-ops-authority',
    values: ['observe', 'fees', 'full'],
    default: 'observe',
    description:
      'How far it may go: observe computes and journals, fees also sets fees, full also spends.',
  }),
  dry_run: boolean({
    option: 'revenue-ops-dry-run',
    default: false,
    mutable: false,
    description: 'true holds authority at observe, whatever else is set.',
  }),
  // SPEC 7.2
  db_path: path({
    option: 'revenue-ops-db-path',
    default: 'cl-revenue-ops/revenue-ops.db',
    mutable: false,
    description:
      "The database file. A relative path begins at the network's own directory (below the lightning-dir), ~ is the home directory.",
  }),
  // SPEC 1
  canary_share: float({
    ...fraction,
    default: 1,
    description:
      'Part of the channels, always the same ones, whose fees may be set; the others stay as they are.',
  }),
  // SPEC 2.5
  keep_forwards_days: integer({
    min: 8,
    max: 3650,
    unit: 'days',
    default: 90,
    description:
      'Settled forwards older than this become daily rows. At least one day more than flow_window_days.',
  }),
} as const;
