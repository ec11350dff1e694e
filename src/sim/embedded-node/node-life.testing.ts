/** Embedded nodes that live as long as one test, and plugins on them. */
import { EmbeddedNode } from './embedded-node.ts';
import type { EmbeddedNodeOptions } from './embedded-node-options.ts';
import type { FakeBehaviour } from './fake-plugin.ts';
import { type FakePlugin, fakePlugin, removeFakePlugins } from './fake-plugin-file.ts';
import { doubleChannel, MarketDouble } from './market-double.ts';

const nodes: EmbeddedNode[] = [];

/** After each test. */
export async function endNodes(): Promise<void> {
  for (const node of nodes.splice(0)) await node.destroy();
  removeFakePlugins();
}

/** A node that ends with the test. */
export function make(options: Partial<EmbeddedNodeOptions> = {}): EmbeddedNode {
  const market = new MarketDouble([doubleChannel(0), doubleChannel(1)]);
  const node = new EmbeddedNode({ market, ...options });
  nodes.push(node);
  return node;
}

/** A node with one plugin. */
export async function running(
  behaviour: FakeBehaviour = {},
  options: Partial<EmbeddedNodeOptions> = {},
): Promise<{ node: EmbeddedNode; plugin: FakePlugin }> {
  const [node, plugin] = [make(options), fakePlugin(behaviour)];
  await node.start([{ path: plugin.path }]);
  return { node, plugin };
}

export const topicsOf = (plugin: FakePlugin): unknown[] =>
  plugin
    .received()
    .filter(({ id }) => id === undefined)
    .map(({ method }) => method);

/** Until it holds; what is waited for is in another process. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

export const reasons = (node: EmbeddedNode): string =>
  node.logs.map(({ message }) => message).join('\n');
