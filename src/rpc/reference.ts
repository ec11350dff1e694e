/** docs/rpc.md, made from the methods. */
import { outline } from './answer-outline.ts';
import type { RevenueMethod } from './method.ts';
import { METHODS } from './methods.ts';

const HEAD = `# Methods

Made from \`src/rpc/\` by \`npm run docs\`; a test fails when it is stale.

Parameters may be given by position (\`lightning-cli revenue-set-fee 800148x28x0 250\`), by name (\`-k fee_ppm=250\`), or mixed as
\`name=value\` words. A channel may be named by its short channel id (also written with \`:\` or \`/\`), an alias, any earlier name, or its channel id.
\`lightning-cli check <method> …\` validates a call fully without doing anything.

Times are unix seconds. Amounts are millisatoshi in fields ending in \`_msat\`, satoshi in the fields that the Python plugin gave in satoshi.
In fields that the Python plugin had, \`channel_id\` is the short channel id, as it was there; everywhere else it is the 64 digit id.

A malformed request is the JSON-RPC error −32602; its \`data.field\` names the parameter. What lightningd or the rules refuse is an
answer with a \`status\`. Methods that only read change nothing, not even in our own database.
`;

/** The whole file. */
export const rpcReference = (): string => HEAD + METHODS.map(section).join('');

/** In italics behind the description. */
const marks = ({ effect, deprecated }: RevenueMethod): readonly string[] => [
  ...(deprecated ? ['*Deprecated.*'] : []),
  ...(effect === 'reads' ? ['*Only reads.*'] : []),
];

function section(method: RevenueMethod): string {
  const { name, usage, description, longDescription, parameters, examples } = method;
  const rows = parameters.map(
    (one) => `- \`${one.name}\`${one.optional ? ' (optional)' : ''}: ${one.description}`,
  );
  return [
    `\n## ${name}${usage === '' ? '' : ` \`${usage}\``}\n`,
    [description, ...marks(method)].join(' '),
    '',
    longDescription,
    ...(rows.length > 0 ? ['', 'Parameters:', ...rows] : []),
    '',
    'Answer:',
    ...outline(method.answer),
    '',
    '```',
    ...examples,
    '```',
    '',
  ].join('\n');
}
