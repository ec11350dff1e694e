/** A zod schema of an answer as an indented outline for the reference. */
import { z } from 'zod';

type Node = z.core.$ZodType;
type Seen = { readonly label: string; readonly below: readonly string[] };

const INDENT = '  ';

/** One line a field, nested fields below theirs. */
export const outline = (schema: Node): readonly string[] => {
  const { label, below } = look(schema);
  return below.length > 0 && label === 'object' ? below : [`- ${label}`, ...below.map(indented)];
};

const indented = (line: string): string => INDENT + line;

function look(schema: Node): Seen {
  if (schema instanceof z.ZodObject) return { label: 'object', below: fields(schema) };
  if (schema instanceof z.ZodArray) {
    const { label, below } = look(schema.element);
    return { label: `list of ${label}`, below };
  }
  if (schema instanceof z.ZodUnion) return either(schema.options);
  if (schema instanceof z.ZodOptional) return look(schema.unwrap());
  if (schema instanceof z.ZodNullable) {
    const { label, below } = look(schema.unwrap());
    return { label: `${label} or null`, below };
  }
  return { label: leaf(schema), below: [] };
}

function fields(schema: z.ZodObject): readonly string[] {
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const { label, below } = look(field);
    const optional = field instanceof z.ZodOptional;
    const words = describedAs(field) ?? (optional ? describedAs(field.unwrap()) : undefined);
    const line = `- \`${name}\`${optional ? ' (may be absent)' : ''}: ${label}${words === undefined ? '' : `. ${words}`}`;
    return [line, ...below.map(indented)];
  });
}

const describedAs = (schema: Node): string | undefined => z.globalRegistry.get(schema)?.description;

function either(options: readonly Node[]): Seen {
  const seen = options.map(look);
  if (seen.every(({ below }) => below.length === 0))
    return { label: seen.map(({ label }) => label).join(' or '), below: [] };
  return {
    label: 'one of',
    below: seen.flatMap(({ label, below }) => [`- ${label}`, ...below.map(indented)]),
  };
}

function leaf(schema: Node): string {
  if (schema instanceof z.ZodLiteral) return [...schema.values].map((v) => `"${v}"`).join(' or ');
  if (schema instanceof z.ZodEnum) return schema.options.map((v) => `"${v}"`).join(' or ');
  if (schema instanceof z.ZodTuple)
    return `list of ${schema.def.items.map((item) => look(item).label).join(', ')}`;
  if (schema instanceof z.ZodRecord) return 'object, key → value';
  if (schema instanceof z.ZodNever) return 'nothing';
  if (schema instanceof z.ZodBigInt || isWhole(schema)) return 'whole number';
  return schema._zod.def.type;
}

const isWhole = (schema: Node): boolean =>
  schema instanceof z.ZodNumber && schema.format === 'safeint';
