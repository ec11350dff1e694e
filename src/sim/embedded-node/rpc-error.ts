import { toJson } from './json-text.ts';

/** Error codes of lightningd's JSON-RPC (common/jsonrpc_errors.h). */
export const CODE = {
  INVALID_REQUEST: -32600,
  METHOD_NOT_FOUND: -32601,
  INVALID_PARAMS: -32602,
  LIGHTNINGD: -1,
  /** What cln-plugin makes of any error of a plugin in Rust. */
  RUST_PLUGIN: -32700,
  PLUGIN_ERROR: -3,
  PLUGIN_TERMINATED: -4,
  DATASTORE_DEL_DOES_NOT_EXIST: 1200,
  DATASTORE_DEL_WRONG_GENERATION: 1201,
  DATASTORE_UPDATE_ALREADY_EXISTS: 1202,
  DATASTORE_UPDATE_DOES_NOT_EXIST: 1203,
  DATASTORE_UPDATE_WRONG_GENERATION: 1204,
} as const;

/** The node refuses a call: nothing was done. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: number;
  /** Plugins in Rust send `"data": null` along; undefined: no such member. */
  readonly data: null | undefined;

  constructor(code: number, message: string, data?: null) {
    super(message);
    this.code = code;
    this.data = data;
  }

  toText(): string {
    return toJson({ code: this.code, data: this.data, message: this.message });
  }
}

/** -32602 in lightningd's words: `feeppm: should be an integer: invalid token '-1'`. */
export const badToken = (name: string, why: string, token: string): RpcError =>
  new RpcError(CODE.INVALID_PARAMS, `${name}: ${why}: invalid token '${token}'`);
