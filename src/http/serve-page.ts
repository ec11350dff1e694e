/** The routes of the page and its server on loopback. */
import { type ServerType, serve } from '@hono/node-server';
import { Hono } from 'hono';
import { type PageData, render, renderChannel } from './status-page.ts';

/** Where the page's words come from; asked on each load. */
export type PageSource = {
  readonly overview: () => Promise<PageData>;
  /** undefined: no such channel. */
  readonly explain: (channel: string) => Promise<string | undefined>;
};

/** No script, no request to anywhere, no frame around it. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const LOOPBACK = ['127.0.0.1', 'localhost'];

/** Any Host but loopback is refused: a foreign page may not read ours through a name of its own (DNS rebinding). */
function isLoopback(host: string | undefined): boolean {
  const asked = `http://${host ?? ''}`;
  return URL.canParse(asked) && LOOPBACK.includes(new URL(asked).hostname);
}

export function statusApp(source: PageSource): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    context.header('Content-Security-Policy', POLICY);
    context.header('X-Content-Type-Options', 'nosniff');
    context.header('Referrer-Policy', 'no-referrer');
    context.header('Cache-Control', 'no-store');
    if (!isLoopback(context.req.header('host'))) return context.text('Unknown host', 403);
    return next();
  });
  app.get('/', async (context) =>
    context.html(render(await source.overview(), context.req.query('hold') === undefined)),
  );
  app.get('/channel/:name', async (context) => {
    const name = context.req.param('name');
    const explanation = await source.explain(name);
    if (explanation === undefined) return context.text('No such channel', 404);
    return context.html(renderChannel(name, explanation));
  });
  // What the plugin did not answer is said on the page's place; the next load asks again.
  app.onError((error, context) => context.text(`Not now: ${error.message}`, 503));
  return app;
}

/** Serves the page on 127.0.0.1; port 0 takes a free one. Resolves to the address once it listens. */
export function serveStatus(
  source: PageSource,
  port: number,
): Promise<{ address: string; server: ServerType }> {
  const { promise, resolve, reject } = Promise.withResolvers<{
    address: string;
    server: ServerType;
  }>();
  const { fetch } = statusApp(source);
  const server = serve({ fetch, hostname: '127.0.0.1', port }, (info) =>
    resolve({ address: `http://127.0.0.1:${info.port}/`, server }),
  );
  server.once('error', reject);
  return promise;
}
