import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PageSource, statusApp } from './serve-page.ts';
import { type PageData, render, renderChannel } from './status-page.ts';

const data: PageData = {
  title: 'a node',
  facts: [{ label: 'revenue so far, sat', value: '1,234' }],
  channels: [
    {
      name: '800148x28x0',
      ppm: '165',
      share: 0.25,
      flow: 'source',
      earned: '1,000',
      because: 'anchor: it sells more here',
    },
    {
      name: '800185x35x1',
      ppm: '40',
      share: undefined,
      flow: 'sink',
      earned: '0',
      because: 'floor: chain',
    },
  ],
  changes: [
    {
      at: '2026-01-05 10:00',
      channel: '800148x28x0',
      from: '150',
      to: '165',
      because: 'a better rung',
    },
  ],
  rebalances: [
    {
      at: '2026-01-05 11:00',
      from: '800185x35x1 or 2 more',
      to: '800148x28x0',
      moved: '500,000 of 1,000,000',
      cost: '42',
      outcome: 'moved: the deadline passed',
    },
  ],
};
const source: PageSource = {
  overview: async () => data,
  explain: async (name) => (name === '800148x28x0' ? 'Channel <800148x28x0>' : undefined),
};
const ask = (path: string, host = '127.0.0.1:9123', from = source) =>
  statusApp(from).request(path, { headers: { host } });

describe('what the page shows', () => {
  const page = render(data, true);

  test('of every channel price, share, flow, what it earned and why', () => {
    const [, first = '', second = ''] = page.split('<tr>').slice(1);
    for (const word of ['800148x28x0', '165', '25&nbsp;%', 'source', '1,000', 'it sells more here'])
      expect(first).toContain(word);
    for (const word of ['800185x35x1', '40', 'unknown', 'sink', 'floor: chain'])
      expect(second).toContain(word);
  });

  test('the facts, and the latest changes with their reasons', () => {
    expect(page).toContain('<dt>revenue so far, sat</dt><dd>1,234</dd>');
    expect(page).toContain('150 → 165');
    expect(page).toContain('a better rung');
  });

  test('of every rebalance whence, whither, how much, at what cost and with what end', () => {
    const row = page.split('<tr>').at(-1) ?? '';
    for (const word of Object.values(data.rebalances[0] ?? {})) expect(row).toContain(word);
    expect(row).toContain('href="/channel/800148x28x0"');
  });

  test('an empty node is told as such, not as an empty table', () => {
    const empty = render({ ...data, channels: [], changes: [], rebalances: [] }, true);
    expect(empty).toContain('No channel is priced yet');
    expect(empty).not.toContain('<table');
  });

  test('an unknown share is no 0 %', () => expect(page.match(/class="bar"/g)).toHaveLength(1));

  test('it loads itself anew until it is held still', () => {
    expect(page).toContain('http-equiv="refresh"');
    expect(render(data, false)).not.toContain('http-equiv="refresh"');
    expect(renderChannel('a', 'b')).not.toContain('http-equiv="refresh"');
  });

  test('there is no script and no address outside', () => {
    expect(page).not.toMatch(/<script|https?:\/\/|src=|url\(/);
  });

  test('whatever a name or a reason contains, it stays text', () =>
    fc.assert(
      fc.property(fc.string(), (junk) => {
        const evil = `${junk}<b onclick="x">'&`;
        const [channel] = data.channels;
        if (!channel) throw new Error('no channel');
        const channels = [{ ...channel, name: evil, flow: evil, because: evil }];
        const rebalances = data.rebalances.map((one) => ({
          ...one,
          from: evil,
          to: evil,
          outcome: evil,
        }));
        const clean = (html: string): string => html.replaceAll(/<[^<>]*>/g, '');
        const tags = (html: string): number => html.match(/</g)?.length ?? 0;
        const calm = render({ ...data, channels: [channel] }, true);
        const shown = render({ ...data, title: evil, channels, rebalances }, true);
        expect(tags(shown)).toBe(tags(calm));
        expect(clean(renderChannel(evil, evil))).not.toContain('<');
      }),
    ));
});

describe('its routes', () => {
  test('serve the page and the explanation of a channel', async () => {
    const home = await ask('/');
    expect(home.headers.get('content-type')).toContain('text/html');
    expect(await home.text()).toBe(render(data, true));
    expect(await (await ask('/?hold=1')).text()).toBe(render(data, false));
    expect(await (await ask('/channel/800148x28x0')).text()).toContain('Channel &lt;800148x28x0');
    expect((await ask('/channel/1x1x1')).status).toBe(404);
  });

  test.each([
    'evil.example',
    'evil.example:9123',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '',
    '[::1',
  ])('refuse the host %j: DNS rebinding', async (host) => {
    const refused = await ask('/', host);
    expect(refused.status).toBe(403);
    expect(await refused.text()).not.toContain('800148x28x0');
  });
  test.each(['127.0.0.1:1', '127.0.0.1', 'localhost:9123', 'LOCALHOST'])(
    'answer the host %j',
    async (host) => expect((await ask('/', host)).status).toBe(200),
  );

  test('forbid script, frames and requests outside on every answer, refusals too', async () => {
    for (const answer of [await ask('/'), await ask('/', 'evil.example'), await ask('/nothing')]) {
      const policy = answer.headers.get('content-security-policy');
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('script-src');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  test('only GET exists: the page cannot change anything', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
      expect(
        (await statusApp(source).request('/', { method, headers: { host: 'localhost' } })).status,
      ).toBe(404);
  });

  test('a plugin that does not answer is said, not hidden', async () => {
    const overview = async () => {
      throw new Error('it is still starting');
    };
    const answer = await ask('/', 'localhost', { ...source, overview });
    expect(answer.status).toBe(503);
    expect(await answer.text()).toBe('Not now: it is still starting');
  });
});
