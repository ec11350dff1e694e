import { expect, test } from 'vitest';
import { NodeRefused, RetryLater } from '../ports/errors.ts';
import type { LogLevel } from '../ports/logger.ts';
import { Neighbours } from './neighbours.ts';

function world() {
  const node = {
    running: ['bookkeeper', 'cl-hive.py'] as readonly string[],
    offers: new Set(['getinfo', 'bkpr-listincome']) as ReadonlySet<string>,
    refusal: undefined as Error | undefined,
    plugins: async () => node.running,
    commands: async () => {
      if (node.refusal) throw node.refusal;
      return node.offers;
    },
  };
  const lines: string[] = [];
  const neighbours = new Neighbours(node, (level: LogLevel, text) =>
    lines.push(`${level}: ${text}`),
  );
  const present = () =>
    neighbours.list().flatMap(({ name, present: here }) => (here ? [name] : []));
  return { node, lines, neighbours, present };
}

test('SPEC 7.9: who is missing is said once, with what we cannot do without it', async () => {
  const { neighbours, lines, present } = world();
  await neighbours.look();
  expect(present()).toEqual(['bookkeeper', 'cl-hive']);
  expect(lines).toContain(
    'info: no sling: without it nothing can be rebalanced; prices and books work',
  );
  expect(lines).toHaveLength(4);
  await neighbours.look();
  expect(lines).toHaveLength(4);
});

test('a neighbour whose file goes by another name is known by its command', async () => {
  const { node, neighbours, present, lines } = world();
  await neighbours.look();
  node.running = ['sling-v4.3.1-x86_64'];
  node.offers = new Set(['sling-stats']);
  await neighbours.look();
  expect(present()).toEqual(['sling']);
  expect(lines).toContain('info: sling is here');
  expect(lines).toContainEqual(expect.stringContaining('bookkeeper has gone'));
});

test('two looks at once say nothing twice', async () => {
  const { neighbours, lines } = world();
  await Promise.all([neighbours.look(), neighbours.look()]);
  expect(lines.filter((line) => line === 'info: bookkeeper is here')).toHaveLength(1);
});

test.each([new NodeRefused('help: Unknown command', -32601), new RetryLater('help: no answer')])(
  'without a list of commands the file names are enough: %s',
  async (refusal) => {
    const { node, neighbours, present } = world();
    node.refusal = refusal;
    await neighbours.look();
    expect(present()).toEqual(['bookkeeper', 'cl-hive']);
  },
);

test('before lightningd has answered nobody is called missing, and it is worth asking again', async () => {
  const { node, neighbours, lines } = world();
  const { plugins } = node;
  node.plugins = async () => {
    throw new RetryLater('plugin: no answer');
  };
  await expect(neighbours.look()).rejects.toThrow('no answer');
  expect(neighbours.unknown).toBe(true);
  expect(neighbours.problems()).toEqual(['lightningd has not said yet which plugins run']);
  expect(lines).toEqual([]);
  node.plugins = plugins;
  await neighbours.look();
  expect(neighbours.unknown).toBe(false);
  expect(neighbours.problems()).toEqual([]);
});

test('the Python plugin beside us is a warning with the command that ends it', async () => {
  const { node, neighbours } = world();
  node.running = ['cl-revenue-ops', 'cl-revenue-ops.py'];
  await neighbours.look();
  expect(neighbours.problems()).toEqual([expect.stringContaining('plugin stop cl-revenue-ops.py')]);
});
