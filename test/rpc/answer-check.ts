/** An answer as it came over the socket against what its method declares: JSON has numbers where we have bigint. */
import { Ajv } from 'ajv';
import { z } from 'zod';
import type { RevenueMethod } from '../../src/rpc/method.ts';

/** undefined: as declared; otherwise what is wrong. */
export type AnswerCheck = (answer: unknown) => string | undefined;

export function answerCheck(method: RevenueMethod): AnswerCheck {
  const schema = z.toJSONSchema(method.answer, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema instanceof z.ZodBigInt) jsonSchema.type = 'integer';
    },
  });
  const ajv = new Ajv({ strict: false });
  const fits = ajv.compile(schema);
  return (answer) => (fits(answer) ? undefined : ajv.errorsText(fits.errors));
}
