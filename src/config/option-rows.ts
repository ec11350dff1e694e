/** The shapes a row of the option table can have, and short ways to write one. */

type Row = {
  /** What lightningd calls it; undefined: changed with `revenue-config` only. */
  readonly option?: `revenue-ops-${string}`;
  readonly unit: string;
  /** One or two sentences for the operator. */
  readonly description: string;
  /** false: fixed until the plugin is started again. */
  readonly mutable: boolean;
  /** What it waits for; undefined: it works today. */
  readonly reserved?: 'hive' | 'metrics' | 'pricing';
};

export type IntegerRow = Row & {
  readonly type: 'int';
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** Declared to lightningd as int instead of string, as the Python plugin did. */
  readonly declaredInt?: true;
};
export type FloatRow = Row & {
  readonly type: 'float';
  readonly default: number;
  readonly min: number;
  readonly max: number;
};
export type BooleanRow = Row & { readonly type: 'bool'; readonly default: boolean };
export type EnumRow<Value extends string = string> = Row & {
  readonly type: 'enum';
  readonly default: Value;
  readonly values: readonly Value[];
};
export type PathRow = Row & { readonly type: 'path'; readonly default: string };

export type OptionRow = IntegerRow | FloatRow | BooleanRow | EnumRow | PathRow;
export type OptionValue = number | boolean | string;

/** The TypeScript type of the values a row admits. */
export type ValueOf<R> =
  R extends EnumRow<infer Value>
    ? Value
    : R extends IntegerRow | FloatRow
      ? number
      : R extends BooleanRow
        ? boolean
        : R extends PathRow
          ? string
          : never;

type Words<R extends Row> = Omit<R, 'type' | 'mutable' | 'unit'> & {
  readonly unit?: string;
  readonly mutable?: boolean;
};

export const integer = (row: Words<IntegerRow>): IntegerRow => ({
  unit: '',
  mutable: true,
  ...row,
  type: 'int',
});
export const float = (row: Words<FloatRow>): FloatRow => ({
  unit: '',
  mutable: true,
  ...row,
  type: 'float',
});
export const boolean = (row: Words<BooleanRow>): BooleanRow => ({
  unit: '',
  mutable: true,
  ...row,
  type: 'bool',
});
export const oneOf = <const Value extends string>(
  row: Words<EnumRow<Value>> & { readonly values: readonly Value[] },
): EnumRow<Value> => ({ unit: '', mutable: true, ...row, type: 'enum' });
export const path = (row: Words<PathRow>): PathRow => ({
  unit: '',
  mutable: true,
  ...row,
  type: 'path',
});
