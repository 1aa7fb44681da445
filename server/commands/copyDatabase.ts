import { existsSync } from 'node:fs';
import { isDatabaseUrl } from '../kernel/databaseUrl.js';
import { copyDatabase, TargetNotEmpty } from '../store/database/copyDatabase.js';
import { openPostgresDatabase } from '../store/database/postgresDatabase.js';
import { openSqliteDatabase, sqliteFileIn } from '../store/database/sqliteDatabase.js';
import { CommandLineError, command, UsageError } from './commandLine.js';
import { toTerminal } from './peers.js';

const usage =
  'Usage: npm run copy-database -- --from FOLDER --to postgres://user:password@host:port/database';

/** Moves the content of the embedded database to PostgreSQL. The app should be stopped meanwhile. */
export const copyDatabaseCommand = () =>
  command({
    usage,
    args: { from: { type: 'string', required: true }, to: { type: 'string', required: true } },
    async *run({ from, to }) {
      if (!isDatabaseUrl(to))
        throw new CommandLineError(`${usage}\n\n--to must be the address of a PostgreSQL database.`);
      if (!existsSync(sqliteFileIn(from))) throw new UsageError(`There is no database in ${from}.`);
      const source = await openSqliteDatabase(from);
      try {
        const target = await openPostgresDatabase(to, toTerminal);
        try {
          for (const [table, count] of await copyDatabase(source, target)) {
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
    },
  });
