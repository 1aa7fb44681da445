import type { SqliteDatabase, SqliteStatement } from 'kysely';
import Database from 'libsql';
import { asDatabaseFault } from './databaseFault.js';

const keptStatements = 200;

/**
 * libsql aborts the whole process when a boolean is bound, so booleans become 0 and 1 here, in the one place
 * that every parameter passes.
 */
function encode(parameters: readonly unknown[]): unknown[] {
  return parameters.map((value) => (typeof value === 'boolean' ? Number(value) : value));
}

/** Does something with the file. @throws DatabaseFault when the file is the reason that it fails */
function onFile<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asDatabaseFault(error);
  }
}

/** A full disk ends a transaction by itself, and there is nothing left to roll back: that is no fault of its own. */
function onTransaction<T>(
  statement: string,
  work: () => T,
): T | { changes: number; lastInsertRowid: number } {
  try {
    return work();
  } catch (error) {
    const isOver = (error as Error).message.includes('no transaction is active');
    if (statement !== 'rollback' || !isOver) throw error;
    return { changes: 0, lastInsertRowid: 0 };
  }
}

function encodingStatement(statement: Database.Statement, text: string): SqliteStatement {
  return {
    reader: statement.reader,
    all: (parameters) => onFile(() => statement.all(encode(parameters))),
    run: (parameters) => onTransaction(text, () => onFile(() => statement.run(encode(parameters)))),
    iterate: (parameters) => statement.iterate(encode(parameters)) as IterableIterator<unknown>,
  };
}

/**
 * Every transaction of ours writes. One that only took the lock for that after its first read could not wait for the
 * write of another process, such as a command, but would fail at once, since what it read is out of date.
 */
const begin = 'begin immediate';

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
      const statement = encodingStatement(
        onFile(() => database.prepare(sql === 'begin' ? begin : sql)),
        sql,
      );
      statements.set(sql, statement);
      return statement;
    },
    close() {
      statements.clear();
      database.close();
    },
  };
}
