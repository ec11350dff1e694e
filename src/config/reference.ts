/** docs/options.md, made from the table. */
import type { OptionRow } from './option-rows.ts';
import { GROUPS } from './options.ts';

const HEAD = `# Settings

Made from \`src/config/options.ts\` by \`npm run docs\`; a test fails when it is stale.

Every setting has a key for \`revenue-config\`; many also have an option for lightningd's config file. The value in force is the
override set with \`revenue-config set\`, else the option, else the default; \`revenue-config list\` shows which. A change counts
at once. Keys marked *start* are fixed until the plugin is started again. Keys marked *reserved* are kept for existing
configs and for what is to come: nothing reads them yet.

The options are not changed with lightningd's \`setconfig\`: that would write a line into its config which keeps lightningd
from starting once this plugin is gone.
`;

/** The whole file. */
export function optionsReference(): string {
  const sections = Object.entries(GROUPS).map(
    ([title, rows]) => `\n## ${title}\n\n${table(Object.entries<OptionRow>(rows))}`,
  );
  return HEAD + sections.join('');
}

function table(rows: readonly (readonly [string, OptionRow])[]): string {
  const lines = rows.map(
    ([key, row]) =>
      `| \`${key}\` | ${row.option === undefined ? '' : `\`${row.option}\``} | \`${row.default}\` | ${range(row)} | ${meaning(row)} |`,
  );
  return `| key | lightningd option | default | values | meaning |\n|---|---|---|---|---|\n${lines.join('\n')}\n`;
}

function range(row: OptionRow): string {
  switch (row.type) {
    case 'int':
    case 'float':
      return `${row.min} … ${row.max} ${row.unit}`.trim();
    case 'bool':
      return 'true, false';
    case 'enum':
      return row.values.join(', ');
    case 'path':
      return 'a file name';
  }
}

function meaning({ description, mutable, reserved }: OptionRow): string {
  const marks = [
    ...(mutable ? [] : ['*start*']),
    ...(reserved === undefined ? [] : [`*reserved for ${reserved}*`]),
  ];
  return [description, ...marks].join(' ');
}
