import { z } from 'zod';
import { asText, plainText } from './answers.ts';
import type { HealthCheck } from './health-check.ts';
import { healthChecks } from './health-checks.ts';
import { defineMethod } from './method.ts';
import { flag } from './parameters.ts';

const check = z.strictObject({
  name: z.string(),
  verdict: z.enum(['ok', 'attention', 'unknown']),
  finding: z.string(),
  advice: z.string().optional(),
});
const data = z.strictObject({
  status: z.enum(['healthy', 'attention']),
  version: z.string(),
  checks: z.array(check),
  restore_commands_count: z.int(),
  restore_commands: z.array(z.string()).optional(),
});

const MARK = { ok: 'ok', attention: '!!', unknown: '??' } as const;

const lines = ({ name, verdict, finding, advice }: HealthCheck): readonly string[] => [
  `${MARK[verdict]}  ${name}: ${finding}`,
  ...(advice === undefined ? [] : [`    → ${advice}`]),
];

/** Startup checks, neighbours, database, clock and settings, and what to do about each (SPEC 3.9, 7.9). */
export const revenueDoctor = defineMethod({
  name: 'revenue-doctor',
  description: 'Looks at everything that can be wrong and says what to do about it.',
  longDescription:
    'For people by default; json=true gives data. restore=true adds the commands that put back the fees found at first start, and give every peer back to clboss, without this plugin.',
  effect: 'reads',
  examples: ['lightning-cli revenue-doctor', 'lightning-cli revenue-doctor -k restore=true'],
  params: {
    json: flag('true: data instead of text').optional(),
    restore: flag('true: also the commands that restore the baseline without us').optional(),
  },
  answer: z.union([plainText, data]),
  handle: async ({ json = false, restore = false }, context) => {
    const checks = await healthChecks(context);
    const commands = context.fees.restoreCommands();
    const toClboss = restore ? await context.clboss.giveBackCommands() : [];
    const wrong = checks.filter(({ verdict }) => verdict !== 'ok').length;
    if (json) {
      return {
        status: wrong === 0 ? ('healthy' as const) : ('attention' as const),
        version: context.version,
        checks: checks.map((one) => ({ ...one })),
        restore_commands_count: commands.length,
        restore_commands: restore ? [...commands, ...toClboss] : undefined,
      };
    }
    return asText(
      [
        wrong === 0 ? 'Everything looks right.' : `${wrong} of ${checks.length} need a look.`,
        ...checks.flatMap(lines),
        ...(restore
          ? [
              'Fees as found at first start, without this plugin:',
              ...commands,
              ...(toClboss.length > 0 ? ['And for clboss:', ...toClboss] : []),
            ]
          : [
              `${commands.length} commands would restore the fees found at first start: restore=true`,
            ]),
      ].join('\n'),
    );
  },
});
