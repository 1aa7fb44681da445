import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { seedConnections } from '../../server/sandbox/seed.js';

/** The longest title that an operator can give: of one word, which breaks nowhere. */
export const longTitle = (index: number): string =>
  'Abcdefghij'.repeat(6).slice(2) + String(index).padStart(2, '0');

/** The longest title that an operator can give, of words. */
const longWords = (title: string) =>
  `${title} of the Very Long Named Department of Everything Else`.slice(0, 60);

/** The sandbox's connections, with titles as long as they can be. */
export const longTitles = seedConnections.map(({ name, title = name }, index) => ({
  name,
  title: index % 3 === 2 ? longTitle(index) : longWords(title),
}));

/** A file for `CONNECTIONS_FILE`. */
export async function writeConnectionsFile(connections: readonly object[]) {
  const folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
  const file = path.join(folder, 'connections.json');
  await writeFile(file, JSON.stringify({ connections }));
  return { file, close: () => rm(folder, { recursive: true }) };
}
