import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runCommand, toTerminal, UsageError } from '../commandLine.js';
import { isDatabaseUrl } from '../kernel/databaseUrl.js';
import { copyDatabase, TargetNotEmpty } from './database/copyDatabase.js';
import { openPostgresDatabase } from './database/postgresDatabase.js';
import { openSqliteDatabase, sqliteFileIn } from './database/sqliteDatabase.js';

const usage =
  'Usage: npm run copy-database -- --from FOLDER --to postgres://user:password@host:port/database';

/** @throws UsageError */
function readArguments(args: readonly string[]): { from: string; to: string } {
  const { values } = parseArgs({
    args: [...args],
    options: { from: { type: 'string' }, to: { type: 'string' } },
  });
  const { from, to } = values;
  if (from === undefined || to === undefined) throw new UsageError(usage);
  if (!existsSync(sqliteFileIn(from))) throw new UsageError(`There is no database in ${from}.`);
  if (!isDatabaseUrl(to)) throw new UsageError(usage);
  return { from, to };
}

/** Moves the content of the embedded database to PostgreSQL. The app should be stopped meanwhile. */
runCommand(usage, async function* (args) {
  const { from, to } = readArguments(args);
  const source = await openSqliteDatabase(from);
  try {
    const target = await openPostgresDatabase(to, toTerminal);
    try {
      for (const [table, count] of await copyDatabase(source.db, target.db)) {
        yield `${table.padEnd(16)}${String(count).padStart(9)}\n`;
      }
    } catch (error) {
      throw error instanceof TargetNotEmpty ? new UsageError(error.message) : error;
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
  yield 'Copied. Set DATABASE_URL to the new database and start the app.\n';
});
