/** From a request to its answer: whose method it is, what a fault makes of the answer, and how it goes out. */
import type { Command } from './answers/command.ts';
import { bindArguments } from './call-arguments.ts';
import { type Fault, type Faults, withBulk, withField, withNews, withoutField } from './faults.ts';
import { memberSpans, parseVerbatim, splice, toJson } from './json-text.ts';
import type { NodeState } from './node-state.ts';
import { type PluginHost, withId } from './plugin-host.ts';
import { CODE, RpcError } from './rpc-error.ts';
import { answerText, type Connection, errorText, filtered, type Request } from './socket-server.ts';

/** A method that needs the request itself: its text, its caller. The result as JSON text. */
export type DirectCommand = {
  readonly name: string;
  readonly usage: string;
  readonly run: (request: Request, connection: Connection) => string | Promise<string>;
};

export type DispatcherSettings = {
  readonly node: NodeState;
  readonly commands: readonly Command[];
  readonly direct: () => readonly DirectCommand[];
  readonly faults: Faults;
  readonly serving: (method: string) => PluginHost | undefined;
  readonly nextId: () => number;
  readonly onCall: (method: string, params: string) => void;
  readonly onCalled: OnCalled;
};

/**
 * Told of every call that the node itself answers, before it is carried out and once it is, ahead of its answer.
 * `lost`: it never reached the node, or its answer never left: as when the caller dies at that moment.
 */
export type OnCalled = (
  call: { readonly method: string; readonly params: string; readonly id: string },
  phase: CallPhase,
) => 'lost' | undefined;
export type CallPhase = 'before' | 'after';

const DEFAULT_GARBAGE = '\u0000\u0001not json at all{{{"\n\n';

/** Without its quotes when it is a string. */
const bareId = (id: string): string => (id.startsWith('"') ? id.slice(1, -1) : id);

export class Dispatcher {
  readonly #settings: DispatcherSettings;
  readonly #commands: ReadonlyMap<string, Command>;
  /** Plugin's id → who waits for it: for `message` and `progress`. */
  readonly #callers = new Map<string, { readonly connection: Connection; readonly id: string }>();

  constructor(settings: DispatcherSettings) {
    this.#settings = settings;
    const existing = settings.commands.filter(({ exists }) => exists?.(settings.node) ?? true);
    this.#commands = new Map(existing.map((command) => [command.name, command]));
  }

  handle(request: Request, connection: Connection): void {
    this.#settings.onCall(request.method, request.params);
    const host = this.#own(request.method) ? undefined : this.#settings.serving(request.method);
    if (host !== undefined && this.#isOver(host, request.method)) {
      const over = `Command "${request.method}" is deprecated`;
      connection.write(errorText(request.id, new RpcError(CODE.METHOD_NOT_FOUND, over)));
      return;
    }
    const done =
      host === undefined
        ? this.#answer(request, connection)
        : this.toPlugin(host, request, connection);
    done.catch((error: unknown) => {
      // A mistake of the stand-in itself must not look like an answer: it ends the test run.
      queueMicrotask(() => {
        throw error;
      });
    });
  }

  /** Hands a request on as it was written, but for its id; and the answer back the same way. */
  async toPlugin(host: PluginHost, request: Request, connection: Connection): Promise<void> {
    const idText = `"${bareId(request.id)}/cln:${request.method}#${this.#settings.nextId()}"`;
    const id = String(JSON.parse(idText));
    this.#callers.set(id, { connection, id: request.id });
    try {
      const answer = await host.exchange(id, withId(request.text, idText));
      connection.write(`${withId(answer, request.id)}\n\n`);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      connection.write(
        `{"jsonrpc": "2.0","id": ${request.id},"error": {"code":${error.code}, "message":${toJson(error.message)}}}\n\n`,
      );
    } finally {
      this.#callers.delete(id);
    }
  }

  /** `message` or `progress` of a plugin: for a caller who asked for them. */
  progress(id: string, text: string): void {
    const caller = this.#callers.get(id);
    const params = memberSpans(text).get('params');
    if (caller?.connection.wantsProgress !== true || params === undefined) return;
    const inner = withId(text.slice(params.start, params.end), caller.id);
    caller.connection.write(`${splice(text, params, inner)}\n\n`);
  }

  /** The usage of a method of the node itself. */
  usageOf(method: string): string | undefined {
    return (
      this.#commands.get(method)?.usage ??
      this.#settings.direct().find(({ name }) => name === method)?.usage
    );
  }

  methods(): { readonly name: string; readonly usage: string }[] {
    return [...this.#commands.values(), ...this.#settings.direct()];
  }

  #isOver(host: PluginHost, method: string): boolean {
    if (this.#settings.node.settings.deprecatedApis) return false;
    return host.manifest?.methods.some((one) => one.name === method && one.deprecated) ?? false;
  }

  #own(method: string): boolean {
    return this.usageOf(method) !== undefined;
  }

  async #answer(request: Request, connection: Connection): Promise<void> {
    const { onCalled } = this.#settings;
    if (onCalled(request, 'before') === 'lost') return;
    const faults = this.#settings.faults.strike(request.method);
    if (faults.some(({ kind }) => kind === 'stall')) return;
    const result = await this.#result(request, connection, faults);
    if (onCalled(request, 'after') === 'lost') return;
    const slow = faults.find((fault) => fault.kind === 'slow');
    if (slow?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, slow.ms));
    const text =
      result instanceof RpcError
        ? errorText(request.id, result)
        : answerText(request.id, damaged(result, faults));
    send(text, faults, connection);
  }

  async #result(
    request: Request,
    connection: Connection,
    faults: readonly Fault[],
  ): Promise<string | RpcError> {
    try {
      const refusal = refusalOf(request.method, faults);
      if (refusal !== undefined) throw refusal;
      const result = await this.#run(request, connection);
      if (request.filter === undefined) return result;
      return toJson(filtered(parseVerbatim(result), JSON.parse(request.filter)));
    } catch (error) {
      if (error instanceof RpcError) return error;
      throw error;
    }
  }

  #run(request: Request, connection: Connection): string | Promise<string> {
    const command = this.#commands.get(request.method);
    if (command !== undefined) {
      return command.answer(this.#settings.node, bindArguments(command.usage, request.params));
    }
    const direct = this.#settings.direct().find(({ name }) => name === request.method);
    if (direct === undefined) throw unknownCommand(request.method);
    return direct.run(request, connection);
  }
}

const unknownCommand = (method: string): RpcError =>
  new RpcError(CODE.METHOD_NOT_FOUND, `Unknown command '${method}'`);

/** Refusals are raised before anything is done. */
function refusalOf(method: string, faults: readonly Fault[]): RpcError | undefined {
  for (const fault of faults) {
    if (fault.kind === 'unknown-method') return unknownCommand(method);
    if (fault.kind === 'error') return new RpcError(fault.code, fault.message);
  }
  return undefined;
}

function damaged(result: string, faults: readonly Fault[]): string {
  let text = result;
  for (const fault of faults) {
    if (fault.kind === 'field') text = withField(text, fault.field, fault.raw);
    if (fault.kind === 'missing-field') text = withoutField(text, fault.field);
    if (fault.kind === 'extra-fields') text = withNews(text);
    if (fault.kind === 'huge') text = withBulk(text, fault.bytes);
  }
  return text;
}

function send(text: string, faults: readonly Fault[], connection: Connection): void {
  for (const fault of faults) {
    if (fault.kind === 'drop') {
      connection.destroy();
      return;
    }
    if (fault.kind === 'garbage') {
      connection.write(fault.bytes ?? DEFAULT_GARBAGE);
      return;
    }
    if (fault.kind === 'truncated') {
      connection.write(text.slice(0, Math.floor(text.length / 2)));
      connection.end();
      return;
    }
  }
  connection.write(text);
}
