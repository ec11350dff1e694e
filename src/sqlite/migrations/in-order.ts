import { MEMORY } from './001-memory.ts';
import { MONEY } from './002-money.ts';
import { POLICY } from './003-policy.ts';
import { IMPORT } from './004-import.ts';
import { CLBOSS } from './005-clboss.ts';
import { BOOKS } from './006-books.ts';

/** Numbered from 1 by position; a released one never changes. */
export const MIGRATIONS: readonly string[] = [MEMORY, MONEY, POLICY, IMPORT, CLBOSS, BOOKS];
