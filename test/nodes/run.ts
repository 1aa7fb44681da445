import { cp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandFailed, run } from './command.js';
import { getNode, NoNode, npmScript, workFolder } from './getNode.js';

/** The oldest Node.js that `engines` in package.json promises, and the newest of each line. */
const allLines = ['20.19.0', '20', '22', '24', '26'];

const root = fileURLToPath(new URL('../..', import.meta.url));
/** What a checkout does not have. */
const notCopied = new Set(['.git', '.nodes', '.env', 'node_modules', 'dist', 'data', 'coverage']);

const testFolders = ['unit', 'routes', 'integration'].map((kind) => path.join('test', kind));

/** Says of the Node.js that runs it which one it is, once the packages with native parts have done something. */
const introduction = `
const Database = require('libsql');
new Database(':memory:').prepare('select 1').get();
require('@swc/core').transformSync('export {}');
console.log(process.version);
`;

const say = (text: string) => process.stdout.write(`${text}\n`);

/** How the tests went on one line of Node.js. */
interface Outcome {
  readonly text: string;
  readonly failed: boolean;
}

/** Copies the project, so that its own node_modules stays as it is. */
async function copyProject(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const entries = (await readdir(root)).filter((entry) => !notCopied.has(entry));
  for (const entry of entries) {
    await cp(path.join(root, entry), path.join(folder, entry), { recursive: true });
  }
}

/** The counts of the line that ends the output of the tests, or null when they did not get there. */
function countsIn(output: string): { readonly passed: number; readonly failed: number } | null {
  const [, passed, failed] = [...output.matchAll(/^(\d+) passed, (\d+) failed/gm)].at(-1) ?? [];
  return passed === undefined ? null : { passed: Number(passed), failed: Number(failed) };
}

async function testOn(line: string): Promise<Outcome> {
  const node = await getNode(line);
  const checkout = path.join(workFolder, line, 'checkout');
  await copyProject(checkout);
  const env = {
    ...process.env,
    // For the scripts of packages, which ask for `node`.
    PATH: [path.dirname(node), process.env.PATH].join(path.delimiter),
  };
  const options = { cwd: checkout, env };
  const npm = (...args: string[]) => run(node, [npmScript(), ...args], options);
  await npm('ci', '--engine-strict', '--no-audit', '--no-fund', '--loglevel=warn');
  const version = (await run(node, ['-e', introduction], options)).trim();
  if (!`${version}.`.startsWith(`v${line}.`)) throw new NoNode(`What was installed is Node.js ${version}.`);
  say(`\nNode.js ${version}: ${testFolders.join(', ')}`);
  const { output, failed } = await npm('run', '--silent', 'jest', '--', ...testFolders).then(
    (told) => ({ output: told, failed: false }),
    (error) => {
      if (error instanceof CommandFailed) return { output: error.output, failed: true };
      throw error;
    },
  );
  const counts = countsIn(output);
  const told = counts === null ? 'the tests did not end' : `${counts.passed} passed, ${counts.failed} failed`;
  return { text: `Node.js ${version}: ${told}`, failed: failed || counts === null || counts.passed === 0 };
}

async function tryOn(line: string): Promise<Outcome> {
  say(`\nNode.js ${line}: installing`);
  try {
    return await testOn(line);
  } catch (error) {
    if (!(error instanceof NoNode || error instanceof CommandFailed)) throw error;
    return { text: `Node.js ${line}: nothing was tested. ${error.message}`, failed: true };
  }
}

async function main(): Promise<void> {
  const asked = process.argv.slice(2);
  const unusable = asked.filter((line) => !/^\d+(\.\d+){0,2}$/.test(line));
  if (unusable.length > 0) {
    process.stderr.write(
      `${unusable.join(', ')}: name lines or versions of Node.js, such as 24 or 20.19.0.\n`,
    );
    process.exitCode = 1;
    return;
  }
  const outcomes: Outcome[] = [];
  for (const line of asked.length > 0 ? asked : allLines) outcomes.push(await tryOn(line));
  say(`\n${outcomes.map(({ text }) => text).join('\n')}`);
  if (outcomes.some(({ failed }) => failed)) process.exitCode = 1;
}

await main();
