import { type CompiledQuery, type LogEvent, PostgresDialect, SqliteDialect } from 'kysely';
import { createPool, lendingPool } from '../../server/store/database/postgresPool.js';
import { type Db, openTables } from '../../server/store/database/schema.js';
import { sqliteFileIn } from '../../server/store/database/sqliteDatabase.js';
import { openSqlite } from '../../server/store/database/sqliteDriver.js';

type Statement = Pick<CompiledQuery, 'sql' | 'parameters'>;

/** The same database as the app's, on which statements run without anything of the app around them. */
export interface BareSql {
  /** The statements that some work runs. */
  noted(work: (db: Db) => Promise<unknown>): Promise<readonly Statement[]>;
  /** Runs them one after the other, and reads all of their rows. */
  run(statements: readonly Statement[]): Promise<void>;
  close(): Promise<void>;
}

/** @param databaseUrl null for the file in the folder */
export function openBareSql(folder: string, databaseUrl: string | null): BareSql {
  let noting: Statement[] = [];
  const log = ({ query }: LogEvent) => void noting.push(query);
  const pool =
    databaseUrl === null ? null : createPool(databaseUrl, { info: () => undefined, warn: () => undefined });
  const file = openSqlite(databaseUrl === null ? sqliteFileIn(folder) : ':memory:');
  const dialect =
    pool === null ? new SqliteDialect({ database: file }) : new PostgresDialect({ pool: lendingPool(pool) });
  const db = openTables(dialect, { log });
  return {
    async noted(work) {
      noting = [];
      await work(db);
      return noting;
    },
    async run(statements) {
      for (const { sql, parameters } of statements) {
        if (pool === null) file.prepare(sql).all(parameters);
        else await pool.query(sql, [...parameters]);
      }
    },
    async close() {
      await db.destroy();
      await pool?.end();
    },
  };
}
