/**
 * A plain page on loopback: what the node earns and why each price is what it is. Read-only, no outside requests.
 * The data comes from the plugin's own methods, so page and RPC cannot differ.
 */
import { type ServerType, serve } from '@hono/node-server';
import { Hono } from 'hono';

/** One row of the table. Amounts are whole satoshi as texts, ready to show. */
export type PageChannel = {
  readonly name: string;
  readonly ppm: string;
  readonly balance: number;
  readonly flow: string;
  readonly earned: string;
  readonly because: string;
};
export type PageData = {
  readonly title: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly channels: readonly PageChannel[];
  readonly changes: readonly string[];
};

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 1rem 0; }
dt { opacity: .7; font-size: .85rem; } dd { margin: 0; font-size: 1.3rem; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .25rem .75rem .25rem 0; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tbody tr { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
meter { width: 6rem; }
ol { font-size: .9rem; padding-left: 1.2rem; }
`;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => ESCAPES[c] ?? c);

/** The page as HTML; it reloads itself, no script needed. */
export function render(data: PageData): string {
  const facts = data.facts.map(
    ({ label, value }) => `<div><dt>${escaped(label)}</dt><dd>${escaped(value)}</dd></div>`,
  );
  const rows = data.channels.map(
    (c) => `<tr><td>${escaped(c.name)}</td><td class="number">${escaped(c.ppm)}</td>
<td><meter min="0" max="1" value="${c.balance.toFixed(3)}" aria-label="our share of ${escaped(c.name)}"></meter></td>
<td>${escaped(c.flow)}</td><td class="number">${escaped(c.earned)}</td><td>${escaped(c.because)}</td></tr>`,
  );
  const changes = data.changes.map((line) => `<li>${escaped(line)}</li>`);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="3">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${escaped(data.title)}</title><style>${STYLE}</style></head>
<body><h1>${escaped(data.title)}</h1><dl>${facts.join('')}</dl>
<h2>Channels</h2><div class="scroll"><table><thead><tr><th>Channel</th><th>ppm</th><th>our share</th><th>flow</th><th>earned, sat</th><th>why this price</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>
<h2>Latest fee changes</h2><ol>${changes.join('')}</ol></body></html>`;
}

const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Routes of the page; `data` is asked on each load. Any Host but loopback is refused (DNS rebinding). */
export function statusApp(data: () => Promise<PageData>): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    const asked = `http://${context.req.header('host') ?? ''}`;
    const host = URL.canParse(asked) ? new URL(asked).hostname : '';
    if (host !== '127.0.0.1' && host !== 'localhost') return context.text('Unknown host', 403);
    context.header('Content-Security-Policy', POLICY);
    context.header('X-Content-Type-Options', 'nosniff');
    await next();
    return undefined;
  });
  app.get('/', async (context) => context.html(render(await data())));
  return app;
}

/** Serves the page on 127.0.0.1; port 0 takes a free one. Resolves to the address once it listens. */
export function serveStatus(
  data: () => Promise<PageData>,
  port: number,
): Promise<{ address: string; server: ServerType }> {
  return new Promise((resolve) => {
    const server = serve({ fetch: statusApp(data).fetch, hostname: '127.0.0.1', port }, (info) =>
      resolve({ address: `http://127.0.0.1:${info.port}/`, server }),
    );
  });
}
