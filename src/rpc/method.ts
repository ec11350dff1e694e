import { z } from 'zod';
import { type Positions, readArguments } from './arguments.ts';
import type { RpcContext } from './context.ts';

type CallMode = {
  /** `lightning-cli check …`: validate everything, do nothing. */
  readonly check: boolean;
};
/** How it was called, as a handler sees it. */
type Call = CallMode & {
  /** Every parameter came by name, as programs call. */
  readonly named: boolean;
};
type Parameter = {
  readonly name: string;
  readonly optional: boolean;
  readonly description: string;
};

/** One `revenue-*` method, as lightningd, the reference and the tests see it. */
export type RevenueMethod = {
  readonly name: string;
  /** Parameter names in positional order, optional ones in brackets. */
  readonly usage: string;
  readonly description: string;
  readonly longDescription: string;
  /** reads: calling it changes nothing at all. */
  readonly effect: 'reads' | 'acts';
  readonly parameters: readonly Parameter[];
  readonly answer: z.ZodType;
  readonly examples: readonly string[];
  /** Kept for old callers: lightningd says so in `help` and refuses it where deprecated APIs are off. */
  readonly deprecated?: boolean;
  /** `params` as they came, a list or an object. Throws BadRequest naming the field. */
  readonly run: (params: unknown, context: RpcContext, mode: CallMode) => Promise<unknown>;
};

/** What one method file declares. The order of `params` is the positional order. */
type Declaration<Params extends z.ZodRawShape, Answer extends z.ZodType> = Pick<
  RevenueMethod,
  'name' | 'description' | 'longDescription' | 'effect' | 'examples' | 'deprecated'
> & {
  readonly params: Params;
  /** Where the first word decides what the next ones are. */
  readonly positions?: Positions;
  readonly answer: Answer;
  /** In check mode it validates as far as a real call would and changes nothing. */
  readonly handle: (
    params: z.output<z.ZodObject<Params>>,
    context: RpcContext,
    call: Call,
  ) => z.input<Answer> | Promise<z.input<Answer>>;
};

export function defineMethod<Params extends z.ZodRawShape, Answer extends z.ZodType>(
  declared: Declaration<Params, Answer>,
): RevenueMethod {
  const schema = z.object(declared.params);
  const parameters = Object.entries(declared.params).map(([name, field]) => describe(name, field));
  return {
    name: declared.name,
    usage: parameters.map(({ name, optional }) => (optional ? `[${name}]` : name)).join(' '),
    description: declared.description,
    longDescription: declared.longDescription,
    effect: declared.effect,
    parameters,
    answer: declared.answer,
    examples: declared.examples,
    ...(declared.deprecated ? { deprecated: true } : {}),
    run: async (params, context, { check }) =>
      declared.handle(readArguments(schema, params, declared.positions), context, {
        check,
        named: typeof params === 'object' && params !== null && !Array.isArray(params),
      }),
  };
}

function describe(name: string, field: z.core.$ZodType): Parameter {
  const optional = field instanceof z.ZodOptional;
  const inner = optional ? field.unwrap() : field;
  return { name, optional, description: z.globalRegistry.get(inner)?.description ?? '' };
}
