import type { CallOptions, NodeCaller } from '../../../src/cln/rpc-client.ts';

/** Answers in order without a socket, the last one for ever, an Error by throwing it; remembers how it was asked. */
export function toldCaller(answers: readonly unknown[]) {
  const asked: { method: string; params: object; options: CallOptions | undefined }[] = [];
  const caller: NodeCaller = {
    call: async (method, params, options) => {
      asked.push({ method, params, options });
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  return { caller, asked };
}
