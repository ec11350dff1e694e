import { BadRequest } from '../ports/errors.ts';

/** A call that is only to be checked, taken out of the params of `check`. */
export type CheckedCall = { readonly method: string; readonly params: unknown };

/**
 * lightningd forwards `lightning-cli check <method> …` as method `check`, the method's own params beside
 * `command_to_check`, or behind it when they are a list. Throws BadRequest when there is no method name.
 */
export function checkedCall(params: unknown): CheckedCall {
  if (Array.isArray(params)) {
    const [method, ...rest]: unknown[] = params;
    return { method: named(method), params: rest };
  }
  if (typeof params !== 'object' || params === null) return { method: named(undefined), params };
  const { command_to_check: method, ...rest }: { command_to_check?: unknown } = params;
  return { method: named(method), params: rest };
}

function named(method: unknown): string {
  if (typeof method === 'string') return method;
  throw new BadRequest('command_to_check', 'the name of a command is missing');
}
