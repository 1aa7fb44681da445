import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ClaimingTest, claimsOf } from './claims.js';

/** What the product promises, by the name that tests call it by. */
interface Promised {
  readonly name: string;
  readonly words: string;
}

/** A chapter of the page of operations that holds promises and nothing else. */
interface Chapter {
  readonly heading: string;
  readonly promises: readonly Promised[];
}

/** A file of tests: its path within `test/`, and what is in it. */
export interface TestFile {
  readonly file: string;
  readonly text: string;
}

const chapters = ['Rules that are never bent', 'What else protects users', 'When something is down'] as const;

const folder = fileURLToPath(new URL('..', import.meta.url));
const operationsPage = path.join(folder, '../server/operations/README.md');

/** The lines of a chapter, without those that are blank. */
function linesUnder(heading: string, page: string): string[] {
  const lines = page.split('\n');
  const from = lines.findIndex((line) => line.startsWith('#') && line.replace(/^#+ /, '') === heading);
  if (from < 0) throw new Error(`server/operations/README.md has no chapter "${heading}".`);
  const end = lines.findIndex((line, index) => index > from && line.startsWith('#'));
  return lines.slice(from + 1, end < 0 ? undefined : end).filter((line) => line.trim() !== '');
}

/** The promises of a table, one a row: what is down, what users see of it, and what heals it. */
const rowsOf = (lines: readonly string[]) =>
  lines.slice(2).map((line) => {
    const [what = '', ...told] = line
      .split('|')
      .map((cell) => cell.trim())
      .filter((cell) => cell !== '');
    const [, mark = '', name = what] = /^(<!-- [a-z-]+ -->)(.*)$/.exec(what) ?? [];
    return `${mark} **${name.trim()}**: ${told.join(' ')}`;
  });

/** The items of a list, one string each, however many lines they take. */
const itemsOf = (lines: readonly string[]) =>
  lines
    .join('\n')
    .split(/^- /m)
    .map((item) => item.replaceAll(/\s+/g, ' ').trim())
    .filter((item) => item !== '');

const isOneSentence = (words: string) => !/[.?!] \p{Lu}/u.test(words);

/**
 * The chapters of the page of operations that hold promises.
 * @throws Error for a sentence without a name, an item of two sentences, and a name that is there twice
 */
function chaptersOf(page: string): Chapter[] {
  const names = new Set<string>();
  return chapters.map((heading) => {
    const lines = linesUnder(heading, page);
    const isTable = lines[0]?.startsWith('|') === true;
    const promises = (isTable ? rowsOf(lines) : itemsOf(lines)).map((item) => {
      const [, name, words] = /^<!-- ([a-z-]+) --> (.+)$/.exec(item) ?? [];
      if (name === undefined || words === undefined)
        throw new Error(`"${heading}" holds what has no name in a comment before it: ${item}`);
      if (names.has(name)) throw new Error(`Two promises are called ${name}.`);
      if (!isTable && !isOneSentence(words)) throw new Error(`${name} is more than one sentence.`);
      names.add(name);
      return { name, words };
    });
    return { heading, promises };
  });
}

const escaped = (title: string) => title.replaceAll(/[\\`*_<>|[\]]/g, '\\$&');

/** The titles of a test in one, with three dots for what a row of a table puts into them. */
const titleOf = ({ titles }: ClaimingTest) =>
  escaped(titles.join(' › ').replaceAll(/%(?:\.\d+)?[a-z]|\$\w+/g, '…'));

/** The links of a sentence, as they lead from `test/`. */
const linksFromHere = (words: string) =>
  words.replaceAll(/\]\((?!\w+:)([^)]+)\)/g, (_, link: string) => {
    return `](${path.posix.join('../server/operations', link)})`;
  });

function rowOf({ words }: Promised, attacking: readonly ClaimingTest[]): string {
  const files = [...new Set(attacking.map(({ file }) => file))];
  const tests = files.map((file) => {
    const titles = attacking.filter((test) => test.file === file).map(titleOf);
    return `[${file.replace(/\.test\.ts$/, '')}](${file}): ${titles.join('; ')}`;
  });
  return `| ${linksFromHere(words)} | ${tests.join('<br>')} |`;
}

/**
 * The page that tells for each promise which tests attack it.
 * @param page the page of operations, which holds the promises
 * @param files all files of tests
 * @throws Error that names each promise without a test, and each test of a promise that there is not
 */
export function pageOfPromises(page: string, files: readonly TestFile[]): string {
  const found = chaptersOf(page);
  const promised = found.flatMap(({ promises }) => promises);
  const tests = files.flatMap(({ file, text }) => claimsOf(file, text));
  const attacking = ({ name }: Promised) => tests.filter(({ promises }) => promises.includes(name));
  const known = new Set(promised.map(({ name }) => name));
  const faults = [
    ...promised
      .filter((one) => attacking(one).length === 0)
      .map(({ name, words }) => `No test attacks the promise ${name}: ${words}`),
    ...tests.flatMap((test) =>
      test.promises
        .filter((name) => !known.has(name))
        .map((name) => `${test.file}: "${test.titles.join(' › ')}" attacks ${name}, which nobody promised.`),
    ),
  ];
  if (faults.length > 0) throw new Error(faults.join('\n'));
  const tables = found.map(({ heading, promises }) => {
    const rows = promises.map((promise) => rowOf(promise, attacking(promise)));
    return [`## ${heading}`, '', '| promise | tests that attack it |', '|---|---|', ...rows].join('\n');
  });
  const head = `# Promises

Each sentence and each row of these chapters of [Running it](../server/operations/README.md#what-protects-users), with the tests that
fail when it is broken. \`npm run docs\` makes this page from that one and from the tests, which say what they attack:
\`attacks('name-of-the-promise')\`. A promise without a test fails the check.`;
  return `${[head, ...tables].join('\n\n')}\n`;
}

function testFiles(): TestFile[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.test.ts'))
    .toSorted()
    .map((file) => ({ file, text: readFileSync(path.join(folder, file), 'utf8') }));
}

let made: string | null = null;

/** `test/promises.md`, as it has to be. It is made once in a process, since that reads every test. */
export function promises(): string {
  made ??= pageOfPromises(readFileSync(operationsPage, 'utf8'), testFiles());
  return made;
}
