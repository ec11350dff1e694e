/** Which folder may import which: the arrows of docs/ARCHITECTURE.md, checked by `npm run check`. */
const may = {
  core: ['core'],
  config: ['config', 'core'],
  ports: ['ports', 'core'],
  cycles: ['cycles', 'ports', 'core', 'config'],
  rpc: ['rpc', 'cycles', 'ports', 'core', 'config'],
  cln: ['cln', 'ports', 'core', 'config'],
  sqlite: ['sqlite', 'ports', 'core', 'config'],
  http: ['http', 'ports', 'core', 'config'],
  system: ['system', 'ports', 'core'],
  observe: ['observe', 'ports', 'core', 'config'],
  sim: ['sim', 'ports', 'core', 'config'],
};
const pureLibraries = '(^|/)node_modules/(pure-rand)/';

module.exports = {
  forbidden: [
    ...Object.entries(may).map(([from, to]) => ({
      name: `${from}-imports-only-${to.join('-')}`,
      severity: 'error',
      from: { path: `^src/${from}/` },
      to: { path: '^src/', pathNot: `^src/(${to.join('|')})/` },
    })),
    {
      name: 'core-is-pure',
      comment: 'No I/O, clock or ambient randomness below this line: only arithmetic libraries.',
      severity: 'error',
      from: { path: '^src/core/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypesNot: ['local', 'type-only'], pathNot: pureLibraries },
    },
    { name: 'sqlite-only-in-sqlite', severity: 'error', from: { pathNot: '^(src/sqlite|test)/' }, to: { path: '^(node:)?sqlite$' } },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-test-code-in-production', severity: 'error', from: { pathNot: '\\.test\\.ts$' }, to: { path: '\\.test\\.ts$' } },
  ],
  options: { tsConfig: { fileName: 'tsconfig.json' }, tsPreCompilationDeps: true, doNotFollow: { path: 'node_modules' } },
};
