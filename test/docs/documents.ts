import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withAlerts } from './alertDocs.js';
import { environmentExample, withTables } from './environmentDocs.js';
import { logoSymbols } from './logos.js';
import { messageTypes } from './messageTypes.js';
import { promises } from './promises.js';

/** What is made from something else in this project: from what, and what it has to hold. */
const documents = [
  { file: '.env.example', from: 'the schema of the environment', make: environmentExample },
  { file: 'server/config/README.md', from: 'the schema of the environment', make: withTables },
  { file: 'server/operations/README.md', from: 'rules.yml', make: withAlerts },
  {
    file: 'server/accounts/list/logoSymbols.ts',
    from: 'the logos that test/docs/logoSources.ts names',
    make: logoSymbols,
  },
  { file: 'server/words/messages.d.ts', from: 'the English messages', make: messageTypes },
  {
    file: 'test/promises.md',
    from: 'what server/operations/README.md promises, and the tests that attack it',
    make: promises,
  },
] as const;

/** A file that is not what it has to be. */
export interface StaleDocument {
  readonly file: string;
  readonly from: string;
  /** What it should hold. */
  readonly text: string;
}

/**
 * Compares what is made with what it is made from.
 * @param root the folder of the project
 */
export async function staleDocuments(root: string): Promise<StaleDocument[]> {
  const compared = documents.map(async ({ file, from, make }) => {
    const written = await readFile(path.join(root, file), 'utf8');
    return { file, from, written, text: make(written) };
  });
  const stale = (await Promise.all(compared)).filter(({ written, text }) => written !== text);
  return stale.map(({ file, from, text }) => ({ file, from, text }));
}

/** Writes those files anew. @returns the names of those that were stale */
export async function writeDocuments(root: string): Promise<string[]> {
  const stale = await staleDocuments(root);
  await Promise.all(stale.map(({ file, text }) => writeFile(path.join(root, file), text)));
  return stale.map(({ file }) => file);
}
