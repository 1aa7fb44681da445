import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { copyDatabase, TargetNotEmpty } from './copyDatabase.js';
import { DatabaseUnavailable } from './databaseUnavailable.js';
import { isDatabaseUrl } from './databaseUrl.js';
import { openPostgresDatabase } from './postgresDatabase.js';
import { openSqliteDatabase, sqliteFileIn } from './sqliteDatabase.js';

const usage =
  'Usage: npm run copy-database -- --from FOLDER --to postgres://user:password@host:port/database';

/** Thrown when the command is called wrongly. */
class UsageError extends Error {}

function readArguments(): { from: string; to: string } {
  const { values } = parseArgs({ options: { from: { type: 'string' }, to: { type: 'string' } } });
  const { from, to } = values;
  if (from === undefined || to === undefined) throw new UsageError(usage);
  if (!existsSync(sqliteFileIn(from))) throw new UsageError(`There is no database in ${from}.`);
  if (!isDatabaseUrl(to)) throw new UsageError(usage);
  return { from, to };
}

const toTerminal = {
  info: () => undefined,
  warn: (_details: object, message: string) => void process.stderr.write(`${message}\n`),
};

/** Moves the content of the embedded database to PostgreSQL. The app should be stopped meanwhile. */
async function main(): Promise<void> {
  const { from, to } = readArguments();
  const source = await openSqliteDatabase(from);
  try {
    const target = await openPostgresDatabase(to, toTerminal);
    try {
      for (const [table, count] of await copyDatabase(source.db, target.db)) {
        process.stdout.write(`${table.padEnd(16)}${String(count).padStart(9)}\n`);
      }
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
  process.stdout.write('Copied. Set DATABASE_URL to the new database and start the app.\n');
}

main().catch((error: unknown) => {
  const { code } = error as { code?: string };
  const known = [UsageError, TargetNotEmpty, DatabaseUnavailable].some((kind) => error instanceof kind);
  const told = known || code?.startsWith('ERR_PARSE_ARGS');
  const { message, stack } = error as Error;
  process.stderr.write(`${told ? message : stack}\n`);
  process.exitCode = 1;
});
