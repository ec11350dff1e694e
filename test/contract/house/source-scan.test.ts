/** What the source must never say: one place sets fees, nothing hooks into HTLCs, the core knows no machine. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { cruise } from 'dependency-cruiser';
import extractConfig from 'dependency-cruiser/config-utl/extract-depcruise-config';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');

type Token = { readonly file: string; readonly kind: ts.SyntaxKind; readonly text: string };

/** Our own source below a folder, tests and fixtures left out. */
function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => relative(ROOT, join(ROOT, folder, name)))
    .filter((name) => name.endsWith('.ts') && !/\.(test|testing|fixture)\.ts$/.test(name));
}

/** Every word and text of a file as the compiler sees it: comments are none. */
function tokens(file: string): Token[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(ROOT, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const found: Token[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) || ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node))
      found.push({ file, kind: node.kind, text: node.text });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const everything = sources('src').flatMap(tokens);
const filesSaying = (pattern: RegExp, among: readonly Token[] = everything): string[] => [
  ...new Set(among.flatMap(({ file, text }) => (pattern.test(text) ? [file] : []))),
];

describe('the source', () => {
  test('is seen whole', () => {
    expect(sources('src').length).toBeGreaterThan(100);
    expect(filesSaying(/^revenue-status$/)).toContain('src/rpc/revenue-status.ts');
  });

  test('only src/cln names setchannel: one object can set a fee', () => {
    const naming = filesSaying(/^setchannel$/).filter((file) => !file.startsWith('src/sim/'));
    expect(naming).toEqual(['src/cln/fee-setter.ts']);
    // Elsewhere it may stand in a sentence for the operator, never alone.
    const written = filesSaying(/setchannel/).filter((file) => !/^src\/(sim|cln)\//.test(file));
    expect(written.filter((file) => !file.startsWith('src/rpc/'))).toEqual([]);
  });

  test('nothing can pay, open or close', () => {
    const words =
      /^(pay|xpay|sendpay|sendonion|keysend|renepay|fundchannel|multifundchannel|withdraw|txsend|sendpsbt|splice_init)$/;
    const texts = everything.filter(({ kind }) => kind !== ts.SyntaxKind.Identifier);
    expect(filesSaying(words, texts).filter((file) => !file.startsWith('src/sim/'))).toEqual([]);
    // `close` is also what sockets and databases do: asked of lightningd it would stand in a call.
    const closing = sources('src/cln').filter((file) =>
      /call\(\s*'close'/.test(readFileSync(join(ROOT, file), 'utf8')),
    );
    expect(closing).toEqual([]);
  });

  test('only sling.ts and its answers name what moves liquidity; the double says it too', () => {
    const spending = /\bsling-(once|stop|job|deletejob|go)(?![\w-])/;
    const naming = filesSaying(spending).filter(
      (file) => !file.startsWith('src/sim/embedded-node/'),
    );
    expect(naming).toEqual(
      expect.arrayContaining(['src/cln/calls/sling-answers.ts', 'src/cln/sling.ts']),
    );
    // In an answer to the operator it may stand in a sentence, never alone.
    expect(naming.filter((file) => !/^src\/(rpc\/|cln\/(calls\/)?sling[.-])/.test(file))).toEqual(
      [],
    );
    const alone = filesSaying(/^sling-(once|stop|job|deletejob|go)?$/);
    expect(alone.filter((file) => !/^src\/(cln|sim)\//.test(file))).toEqual([]);
  });

  test('bookkeeper is never asked without a start: lightningd would be deaf for seconds', () => {
    const calling = filesSaying(/^bkpr-/).filter((file) => !file.startsWith('src/sim/'));
    expect(calling).toContain('src/cln/calls/bkpr-listincome.ts');
    expect(
      calling.filter((file) => file !== 'src/cycles/neighbours.ts' && !file.startsWith('src/cln/')),
    ).toEqual([]);
    for (const file of calling.filter((name) => name.startsWith('src/cln/'))) {
      const text = readFileSync(join(ROOT, file), 'utf8');
      expect(text.match(/\.call\((?!LIST_INCOME, \{ start_time, )/g), file).toBeNull();
    }
    // Whoever takes the name from there can only ask whether it exists.
    const naming = filesSaying(/^LIST_INCOME$/);
    expect(naming.sort()).toEqual(['src/cln/calls/bkpr-listincome.ts', 'src/cln/chain-records.ts']);
    const records = readFileSync(join(ROOT, 'src/cln/chain-records.ts'), 'utf8');
    expect(records.match(/LIST_INCOME(?= \}|\))/g)).toHaveLength(2);
    expect(records).not.toMatch(/\.call\(/);
  });

  test('only clboss.ts names what takes a peer from clboss or gives it back; the double says it too', () => {
    expect(filesSaying(/clboss-unmanage/).filter((file) => !file.startsWith('src/sim/'))).toEqual([
      'src/cln/clboss.ts',
    ]);
    expect(filesSaying(/clboss-unmanage/)).toContain('src/sim/embedded-node/clboss-double.ts');
  });

  test('of cl-hive only two methods are named, where they are called; who looks for it names one of them', () => {
    const texts = everything.filter(
      ({ file, kind }) =>
        kind !== ts.SyntaxKind.Identifier && !file.startsWith('src/sim/embedded-node/'),
    );
    const named = new Map<string, Set<string>>();
    for (const { file, text } of texts) {
      const [method] = /^hive-[\w-]*/.exec(text) ?? [];
      if (method !== undefined) named.set(file, (named.get(file) ?? new Set()).add(method));
    }
    const both = new Set(['hive-status', 'hive-report-rebalance-outcome']);
    expect(named).toEqual(
      new Map([
        ['src/cln/calls/hive-answers.ts', both],
        ['src/cln/hive.ts', both],
        ['src/cycles/neighbours.ts', new Set(['hive-status'])],
      ]),
    );
  });

  test('no hook is named: nothing of ours stands in the path of an HTLC', () => {
    const hooks =
      /^(htlc_accepted|rpc_command|openchannel2?|openchannel2_changed|invoice_payment|commitment_revocation|onion_message_recv|onion_message_recv_secret|db_write|custommsg|recover)$/;
    expect(filesSaying(hooks).filter((file) => !file.startsWith('src/sim/'))).toEqual([]);
    const declaring = filesSaying(/^hooks$/).filter((file) => !file.startsWith('src/sim/'));
    expect(declaring).toContain('src/cln/manifest.ts');
    for (const file of declaring) {
      const text = readFileSync(join(ROOT, file), 'utf8');
      expect(text.match(/^\s*hooks: (?!\[\])/gm), file).toBeNull();
    }
  });

  test('the core knows no clock, process, timer, chance or network', () => {
    const core = everything.filter(({ file }) => file.startsWith('src/core/'));
    expect(new Set(core.map(({ file }) => file)).size).toBeGreaterThan(30);
    const ambient = core.filter(({ kind }) => kind === ts.SyntaxKind.Identifier);
    expect(
      filesSaying(
        /^(Date|process|performance|setTimeout|setInterval|setImmediate|queueMicrotask|fetch|crypto|console)$/,
        ambient,
      ),
    ).toEqual([]);
    for (const file of sources('src/core')) {
      const text = readFileSync(join(ROOT, file), 'utf8');
      expect(text.match(/Math\s*\.\s*random|from '(node:|zod)/g), file).toBeNull();
    }
  });

  test('original 39cf839 (a catch-all hid a missing method for days): no error is swallowed', () => {
    const empty = sources('src').filter((file) =>
      /catch\s*(\([^)]*\))?\s*\{\s*\}|\.catch\(\(\)\s*=>\s*(\{\s*\}|undefined|null)\)/.test(
        readFileSync(join(ROOT, file), 'utf8'),
      ),
    );
    expect(empty).toEqual([]);
  });
});

test('dependency-cruiser sees the modules it judges, and finds no forbidden arrow', async () => {
  const options = await extractConfig(join(ROOT, '.dependency-cruiser.cjs'));
  const { output } = await cruise(['src'], { ruleSet: options, ...options.options, baseDir: ROOT });
  if (typeof output === 'string') throw new Error(output);
  expect(output.summary.totalCruised).toBeGreaterThan(50);
  expect(output.modules.filter(({ source }) => source.startsWith('src/')).length).toBeGreaterThan(
    50,
  );
  expect(output.summary.ruleSetUsed?.forbidden?.length).toBeGreaterThan(10);
  expect(output.summary.violations).toEqual([]);
}, 60_000);
