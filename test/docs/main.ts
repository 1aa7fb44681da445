import { parseArgs } from 'node:util';
import { staleDocuments, writeDocuments } from './documents.js';

/** `npm run docs` writes every file that is made from others; with `--check` it only says which are stale. */

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const root = process.cwd();

async function check(): Promise<void> {
  const stale = await staleDocuments(root);
  for (const { file, from } of stale) {
    process.stderr.write(`${file} does not follow from ${from}. Run: npm run docs\n`);
  }
  if (stale.length > 0) process.exitCode = 1;
}

async function write(): Promise<void> {
  const written = await writeDocuments(root);
  process.stdout.write(written.length === 0 ? 'Nothing was stale.\n' : `Written: ${written.join(', ')}\n`);
}

await (values.check ? check() : write()).catch(({ message }: Error) => {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
});
