/** Errors say what the caller does about them (docs/ARCHITECTURE.md). Expected refusals are values, not errors. */

/** The neighbour did not answer, answered garbage or is broken off: try again later. The outcome of an act is unknown. */
export class RetryLater extends Error {
  override name = 'RetryLater';
}

/** JSON-RPC: nobody offers this command. */
export const UNKNOWN_COMMAND = -32601;

/** lightningd answered with a JSON-RPC error: the act was not done. */
export class NodeRefused extends Error {
  override name = 'NodeRefused';
  readonly code: number;
  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

/** The caller of one of our methods asked for something malformed: JSON-RPC −32602, naming the field. */
export class BadRequest extends Error {
  override name = 'BadRequest';
  readonly field: string;
  constructor(field: string, because: string) {
    super(`${field}: ${because}`);
    this.field = field;
  }
}

/** Something that cannot be: a defect of ours. Never caught to go on. */
export class Bug extends Error {
  override name = 'Bug';
}
