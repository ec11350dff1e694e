import { toJson } from '../json-text.ts';
import type { Command } from './command.ts';

/** The stand-in pays nobody. */
export const listsendpays: Command = {
  name: 'listsendpays',
  usage: '[bolt11] [payment_hash] [status] [index] [start] [limit]',
  answer: () => toJson({ payments: [] }),
};
