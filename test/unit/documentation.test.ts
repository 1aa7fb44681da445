import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { readConfig } from '../../server/config/config.js';
import { variableNames } from '../../server/config/environment.js';
import { staleDocuments, writeDocuments } from '../docs/documents.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../support/jest.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const fileAtRoot = (name: string) => readFileSync(path.join(root, name), 'utf8');

/** The lines of `.env.example` that set a variable, with their comment signs taken off. */
const exampleLines = fileAtRoot('.env.example')
  .split('\n')
  .flatMap((line) => /^(?:# )?([A-Z][A-Z_]*=.*)$/.exec(line)?.[1] ?? []);

/** The default of each variable in the tables of the environment’s page, by name. */
const writtenDefaults = new Map(
  fileAtRoot('server/config/README.md')
    .split('\n')
    .flatMap((line) => {
      const [, name, fallback] = /^\| `([A-Z][A-Z_]*)` \|[^|]*\|([^|]*)\|/.exec(line) ?? [];
      return name === undefined ? [] : [[name, fallback?.trim() ?? ''] as const];
    }),
);

describe('the documentation of the environment', () => {
  it('names in .env.example every variable that the app reads, each once, and no other', () => {
    const names = exampleLines.map((line) => line.split('=', 1)[0]);
    expect(names.toSorted()).toEqual([...variableNames].toSorted());
  });

  it('names on its page every variable that the app reads, and no other', () => {
    expect([...writtenDefaults.keys()].toSorted()).toEqual([...variableNames].toSorted());
  });

  it('tells defaults there that are the defaults', () => {
    const written = [...writtenDefaults].flatMap(([name, fallback]) => {
      const value = /^`([^<>`]*)`$/.exec(fallback)?.[1];
      return value === undefined ? [] : [[name, value] as const];
    });
    expect(written.length).toBeGreaterThan(8);
    expect(readConfig(Object.fromEntries(written))).toEqual(readConfig({}));
  });

  it('has an .env.example that changes nothing as it is, and that can be uncommented', () => {
    expect(parseEnv(fileAtRoot('.env.example'))).toEqual({});
    const { NODE_ENV: _, ...values } = parseEnv(exampleLines.join('\n'));
    expect(readConfig(values as Record<string, string>)).toMatchObject({ port: 3000, loopback: true });
  });

  it('has no value for a secret in .env.example but those that only the sandbox takes', () => {
    const values = parseEnv(exampleLines.join('\n'));
    const secrets = Object.entries(values).filter(([name]) => /SECRET|TOKEN|SCALEKIT_CLIENT/.test(name));
    const given = secrets.filter(([, value]) => value !== '').map(([name]) => name);
    expect(secrets.map(([name]) => name)).toContain('SESSION_SECRET');
    expect(given).toEqual(['SANDBOX_CLIENT_SECRET']);
  });
});

describe('the command that writes what is made from other files', () => {
  const tsx = createRequire(import.meta.url).resolve('tsx/cli');
  const made = [
    'server/accounts/list/logoSymbols.ts',
    '.env.example',
    'server/config/README.md',
    'server/operations/README.md',
    'server/words/messages.d.ts',
    'test/promises.md',
  ];
  let folder = '';

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'connect-docs-'));
    for (const file of made) {
      await cp(path.join(root, file), path.join(folder, file));
    }
  });

  afterEach(() => rm(folder, { recursive: true }));

  const staleFiles = async () => (await staleDocuments(folder)).map(({ file }) => file);

  it('is a part of the check', async () => {
    const { scripts } = JSON.parse(fileAtRoot('package.json'));
    expect(scripts.docs).toBe('tsx test/docs/main.ts');
    expect(scripts.check.split(' && ')).toContain('npm run --silent docs -- --check');
    expect(await staleFiles()).toEqual([]);
  });

  it('fails the check while .env.example is stale, and says what to run', async () => {
    await appendFile(path.join(folder, '.env.example'), '# OLD_NAME=1\n');
    const options = { cwd: folder, env: { ...process.env, NODE_OPTIONS: '' }, encoding: 'utf8' } as const;
    const command = [tsx, path.join(root, 'test/docs/main.ts'), '--check'];
    expect(spawnSync(process.execPath, command, options)).toMatchObject({
      status: 1,
      stderr: '.env.example does not follow from the schema of the environment. Run: npm run docs\n',
    });
    expect(await writeDocuments(folder)).toEqual(['.env.example']);
    expect(await staleFiles()).toEqual([]);
    expect(await readFile(path.join(folder, '.env.example'), 'utf8')).toBe(fileAtRoot('.env.example'));
  });

  it('finds types of messages that lack a message', async () => {
    const types = fileAtRoot('server/words/messages.d.ts');
    const file = path.join(folder, 'server/words/messages.d.ts');
    await writeFile(file, types.replace(/^ {2}'errors\.not_found\.heading'.*\n/m, ''));
    expect(await staleFiles()).toEqual(['server/words/messages.d.ts']);
    await writeDocuments(folder);
    expect(await readFile(file, 'utf8')).toBe(types);
  });

  it('finds tables that tell another default, and leaves the words around them alone', async () => {
    const page = path.join(folder, 'server/config/README.md');
    const words = `${fileAtRoot('server/config/README.md')}\nMore to read.\n`;
    await writeFile(page, words.replace('| `PORT` | no | `3000` |', '| `PORT` | no | `8080` |'));
    expect(await staleFiles()).toEqual(['server/config/README.md']);
    await writeDocuments(folder);
    expect(await readFile(page, 'utf8')).toBe(words);
  });

  it('finds a table of alerts that does not follow from the rules', async () => {
    const page = path.join(folder, 'server/operations/README.md');
    const words = fileAtRoot('server/operations/README.md');
    await writeFile(
      page,
      words.replace('`connect_database_up == 0` for 1m', '`connect_database_up == 0` for 9m'),
    );
    expect(await staleFiles()).toEqual(['server/operations/README.md']);
    await writeDocuments(folder);
    expect(await readFile(page, 'utf8')).toBe(words);
  });

  it('says so when the marks around the tables are gone', async () => {
    await writeFile(path.join(folder, 'server/config/README.md'), '# The environment\n');
    await expect(staleDocuments(folder)).rejects.toThrow('server/config/README.md has to hold the lines');
  });
});

const notOurs = new Set(['node_modules', 'dist', 'data', 'coverage']);

/** Every Markdown file of the project, by its path from the root. */
function pagesIn(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (!entry.isDirectory()) return name.endsWith('.md') ? [name] : [];
    return entry.name.startsWith('.') || notOurs.has(entry.name) ? [] : pagesIn(name);
  });
}

const withoutCode = (text: string) => text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');

/** The anchors of a page's headings, as GitHub makes them. */
const anchorsOf = (text: string) =>
  [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );

/** Where a page leads to inside the project, pictures included. */
const linksOf = (text: string) =>
  [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)|\b(?:src|srcset|href)="([^"]+)"/g)]
    .map(([, link, source]) => link ?? source ?? '')
    .filter((link) => !/^[a-z]+:/.test(link));

/** The links of a page that lead nowhere. */
function brokenLinks(page: string, text = fileAtRoot(page)): string[] {
  return linksOf(text).filter((link) => {
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? page : path.join(path.dirname(page), file);
    if (!existsSync(path.join(root, target))) return true;
    if (anchor === undefined) return false;
    return !anchorsOf(target === page ? text : fileAtRoot(target)).includes(anchor);
  });
}

describe('the pages of the project', () => {
  const pages = pagesIn('.');

  it.each(pages)('lead somewhere with every link: %s', (page) => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it('are looked at for files, pictures and headings that are not there', () => {
    const text = [
      '# Here',
      '[good](#here) [good](server/config/README.md#rate-limits) [good](https://example.com/gone)',
      '[bad](gone.md) [bad](#gone) [bad](server/config/README.md#gone) <img src="gone.png">',
    ].join('\n');
    const broken = ['gone.md', '#gone', 'server/config/README.md#gone', 'gone.png'];
    expect(brokenLinks('README.md', text)).toEqual(broken);
  });

  it('are each linked from the README', () => {
    const linked = new Set(linksOf(fileAtRoot('README.md')).map((link) => link.split('#', 1)[0]));
    expect(pages.filter((page) => page !== 'README.md' && !linked.has(page))).toEqual([]);
  });

  it('begin with a README that says what Scalekit does not verify', () => {
    attacks('known-limit-is-said');
    expect(fileAtRoot('README.md').replaceAll(/\s+/g, ' ')).toMatch(
      /Known limit\.\*\* For static credentials .* Scalekit verifies nobody: a user who passes the raw hosted link on to somebody else can collect/,
    );
  });

  it('begin with a README that is short enough to be read', () => {
    expect(Buffer.byteLength(fileAtRoot('README.md'))).toBeLessThanOrEqual(10_240);
  });
});
