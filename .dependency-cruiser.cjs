/**
 * The folders of `server/`, and which way imports go: a folder may import those in the rows below its own, and itself.
 * Rows with several folders are of the same height; those folders do not know each other.
 */
const rows = [
  ['index', 'start', 'app', 'composition'],
  ['commands'],
  ['styleguide'],
  ['admin'],
  ['api'],
  ['onboarding'],
  ['privacy'],
  ['webhooks'],
  ['notify'],
  ['directory'],
  ['accounts'],
  ['identity'],
  ['http'],
  ['brand'],
  ['scalekit', 'store'],
];
/** At the bottom, and free to import each other. */
const ground = ['config', 'words', 'kernel', 'paths'];

const within = (names) => `^server/(${names.join('|')})(/|\\.ts$)`;

/** A command starts what it needs: the services from their root, or a sandbox. */
const startedBy = { commands: ['composition', 'sandbox'] };

const rules = rows.slice(1).flatMap((row, index) =>
  row.map((name) => ({
    name: `${name}-imports-below`,
    comment: `server/${name} may import only the rows below it (see "How it is laid out").`,
    severity: 'error',
    from: { path: within([name]) },
    to: {
      path: '^server/',
      pathNot: within([name, ...(startedBy[name] ?? []), ...rows.slice(index + 2).flat(), ...ground]),
    },
  })),
);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...rules,
    {
      name: 'ground-imports-ground',
      comment: 'What everything stands on knows none of it.',
      severity: 'error',
      from: { path: within(ground) },
      to: { path: '^server/', pathNot: within(ground) },
    },
    {
      name: 'sandbox-is-apart',
      comment: 'The sandbox is a Scalekit of its own, and shares nothing but the kernel.',
      severity: 'error',
      from: { path: '^server/sandbox/' },
      to: { path: '^server/', pathNot: '^server/(sandbox|kernel)/' },
    },
    {
      name: 'sandbox-is-started-only',
      comment: 'Only the start and its command know the sandbox.',
      severity: 'error',
      from: { path: '^server/', pathNot: '^server/(sandbox/|start\\.ts$|commands/)' },
      to: { path: '^server/sandbox/' },
    },
    {
      name: 'no-circles',
      comment: 'Of two files that import each other neither can be read alone.',
      severity: 'error',
      from: { path: '^server/' },
      to: { circular: true },
    },
    {
      name: 'sdk-in-its-place',
      comment: 'No type of the SDK leaves server/scalekit.',
      severity: 'error',
      from: { path: '^server/', pathNot: '^server/(scalekit|sandbox)/' },
      to: { path: 'node_modules/@scalekit-sdk/' },
    },
  ],
  options: {
    // Its parser for TypeScript does not know version 7, and would see no modules at all, and be content.
    parser: 'swc',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
  },
};
