/** An answer that stays true while the process lives: asked for at first need, and again only after a failure. */
export function askOnce<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    const asked = answer ?? ask();
    answer = asked;
    return asked.catch((error: unknown) => {
      if (answer === asked) answer = undefined;
      throw error;
    });
  };
}
