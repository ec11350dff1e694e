/** Rows of the option table: other plugins, and metrics. */
import { boolean, integer, oneOf } from '../option-rows.ts';
import { MAX_PPM } from './ranges.ts';

export const NEIGHBOURS = {
  // SPEC 7.8
  clboss_enabled: boolean({
    option: 'revenue-ops-clboss-enabled',
    default: true,
    mutable: false,
    description: 'Take fees over from clboss where it runs.',
  }),
  // SPEC 8
  hive_enabled: oneOf({
    values: ['auto', 'true', 'false'],
    option: 'revenue-ops-hive-enabled',
    default: 'auto',
    description: 'Let cl-hive set policies: auto asks whether it is there; false refuses it.',
  }),
  // SPEC 3, rule 0
  hive_fee_ppm: integer({
    min: 0,
    max: MAX_PPM,
    unit: 'ppm',
    option: 'revenue-ops-hive-fee-ppm',
    declaredInt: true,
    default: 0,
    description: 'Price towards peers whose policy is hive, under no floor.',
  }),
  // SPEC 4.5
  hive_rebalance_tolerance: integer({
    min: 0,
    max: MAX_PPM,
    unit: 'sat',
    option: 'revenue-ops-hive-rebalance-tolerance',
    declaredInt: true,
    default: 50,
    description: 'Loss allowed to a rebalance towards a hive peer.',
  }),
  // SPEC 7.5
  enable_prometheus: boolean({
    option: 'revenue-ops-enable-prometheus',
    default: false,
    reserved: 'metrics',
    description: 'Serve metrics on 127.0.0.1.',
  }),
  // SPEC 7.5
  prometheus_port: integer({
    min: 1,
    max: 65_535,
    unit: 'port',
    option: 'revenue-ops-prometheus-port',
    default: 9800,
    reserved: 'metrics',
    description: 'Port of the metrics.',
  }),
} as const;
