import { BadRequest, NodeRefused, RetryLater } from '../ports/errors.ts';

/** The `error` member of an answer. */
export type RpcError = { readonly code: number; readonly message: string; readonly data?: object };

const INVALID_PARAMS = -32602;
const INTERNAL_ERROR = -32603;
/** lightningd's own code for "it did not work, for no special reason". */
export const LIGHTNINGD = -1;

/**
 * What the caller is told. BadRequest names the field; NodeRefused passes lightningd's own code on; RetryLater
 * is a failure of the moment. Everything else is a defect of ours: `isDefect`.
 */
export function toRpcError(error: unknown): {
  readonly error: RpcError;
  readonly isDefect: boolean;
} {
  if (error instanceof BadRequest) {
    const { message, field } = error;
    return { error: { code: INVALID_PARAMS, message, data: { field } }, isDefect: false };
  }
  if (error instanceof NodeRefused) {
    return { error: { code: error.code, message: error.message }, isDefect: false };
  }
  if (error instanceof RetryLater) {
    return {
      error: { code: LIGHTNINGD, message: `try again later: ${error.message}` },
      isDefect: false,
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { error: { code: INTERNAL_ERROR, message: `internal error: ${message}` }, isDefect: true };
}
