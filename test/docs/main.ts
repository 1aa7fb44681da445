import { parseArgs } from 'node:util';
import { staleDocuments, writeDocuments } from './environmentDocs.js';

/** `npm run docs` writes `.env.example` and the tables of the page of the environment; with `--check` it only says what is stale. */

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const root = process.cwd();
if (values.check) {
  const stale = await staleDocuments(root);
  for (const { file } of stale) {
    process.stderr.write(`${file} is not what the schema of the environment says. Run: npm run docs\n`);
  }
  if (stale.length > 0) process.exitCode = 1;
} else {
  const written = await writeDocuments(root);
  process.stdout.write(written.length === 0 ? 'Nothing was stale.\n' : `Written: ${written.join(', ')}\n`);
}
