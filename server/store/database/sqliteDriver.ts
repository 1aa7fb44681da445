import { pathToFileURL } from 'node:url';
import { SqliteAdapter, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely';
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

/** What takes a transaction of its own. */
interface Transactions {
  isOpen(): boolean;
  begin(): void;
  commit(): void;
  rollback(): void;
}

/** Whether a statement writes and gives rows. */
const writesAndReads = (statement: Database.Statement, text: string): boolean =>
  statement.reader && /^\s*(insert|update|delete|replace)\b/i.test(text);

/**
 * Runs a statement that writes and gives rows in a transaction of its own, unless there is one. When it can't have
 * the file, libsql leaves it unfinished, and as long as it is, nothing of this connection is committed any more: so
 * what waits for the file, and may wait in vain, is the beginning of the transaction.
 */
function alone<T>(transactions: Transactions, work: () => T): T {
  if (transactions.isOpen()) return work();
  transactions.begin();
  try {
    const result = work();
    transactions.commit();
    return result;
  } catch (error) {
    if (transactions.isOpen()) transactions.rollback();
    throw error;
  }
}

function encodingStatement(
  statement: Database.Statement,
  text: string,
  transactions: Transactions,
): SqliteStatement {
  const all = (parameters: readonly unknown[]) => statement.all(encode(parameters));
  const writes = writesAndReads(statement, text);
  return {
    reader: statement.reader,
    all: (parameters) =>
      onFile(() => (writes ? alone(transactions, () => all(parameters)) : all(parameters))),
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
 * @param busyTimeoutMs how long a statement waits for another process's write, and everybody with it
 */
export function openSqlite(file: string, busyTimeoutMs = 2000): SqliteDatabase {
  const database = new Database(file, { timeout: busyTimeoutMs });
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  database.exec('PRAGMA foreign_keys = ON');
  return forKysely(database);
}

/** Opens a SQLite file that nobody writes, without writing it either: it may lie where nothing can be written. */
export const openUnchanging = (file: string): SqliteDatabase =>
  forKysely(onFile(() => new Database(`${pathToFileURL(file)}?mode=ro&immutable=1`)));

/**
 * SQLite rolls back what a transaction did to tables too (https://www.sqlite.org/lang_transaction.html), though Kysely does
 * not count on it. So all migrations are one transaction: it takes one wait for the disk, and a crash leaves nothing of it.
 */
class MigratedAtOnce extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class MigratedAtOnceDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new MigratedAtOnce();
  }
}

export const sqliteDialect = (database: SqliteDatabase): SqliteDialect =>
  new MigratedAtOnceDialect({ database });

function forKysely(database: Database.Database): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  const transactions: Transactions = {
    isOpen: () => database.inTransaction,
    begin: () => void database.exec(begin),
    commit: () => void database.exec('commit'),
    rollback: () => void database.exec('rollback'),
  };
  return {
    prepare(sql) {
      const known = statements.get(sql);
      if (known) return known;
      if (statements.size >= keptStatements) statements.clear();
      const statement = encodingStatement(
        onFile(() => database.prepare(sql === 'begin' ? begin : sql)),
        sql,
        transactions,
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
