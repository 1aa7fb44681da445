import type { SqliteDatabase, SqliteStatement } from 'kysely';
import Database from 'libsql';

const keptStatements = 200;

/**
 * libsql aborts the whole process when a boolean is bound, so booleans become 0 and 1 here, in the one place
 * that every parameter passes.
 */
function encode(parameters: readonly unknown[]): unknown[] {
  return parameters.map((value) => (typeof value === 'boolean' ? Number(value) : value));
}

function encodingStatement(statement: Database.Statement): SqliteStatement {
  return {
    reader: statement.reader,
    all: (parameters) => statement.all(encode(parameters)),
    run: (parameters) => statement.run(encode(parameters)),
    iterate: (parameters) => statement.iterate(encode(parameters)) as IterableIterator<unknown>,
  };
}

/**
 * Opens a SQLite file for Kysely, with statements prepared once.
 * @param file a path, or `:memory:`
 * @param busyTimeoutMs how long a statement waits for another process's write
 */
export function openSqlite(file: string, busyTimeoutMs = 5000): SqliteDatabase {
  const database = new Database(file, { timeout: busyTimeoutMs });
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  database.exec('PRAGMA foreign_keys = ON');
  const statements = new Map<string, SqliteStatement>();
  return {
    prepare(sql) {
      const known = statements.get(sql);
      if (known) return known;
      if (statements.size >= keptStatements) statements.clear();
      const statement = encodingStatement(database.prepare(sql));
      statements.set(sql, statement);
      return statement;
    },
    close() {
      statements.clear();
      database.close();
    },
  };
}
