import { randomInt, randomUUID } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import Database from 'libsql';
import type pg from 'pg';
import type { Db } from './schema.js';

/** What tells the instances on one database which of them still live. */
export interface Presence {
  /** What this instance is called in what it holds. */
  readonly instance: string;
  /** Whether an instance shows no sign of life just now. */
  isGone(instance: string): Promise<boolean>;
  /**
   * How long an instance that shows no sign of life may still live, in milliseconds: its connection to the database
   * may have been cut, and be opened again in a moment.
   */
  readonly doubtMs: number;
}

/** The first half of the key of our advisory locks: "conn". */
const advisoryClass = 0x636f6e6e;

/** Longer than an instance takes to open its connection again, and to renew what it holds. */
const doubtMs = 1_500;

export interface PostgresPresence extends Presence {
  /** Shows that this instance lives for as long as the connection does. */
  announce(client: pg.ClientBase): Promise<void>;
}

/**
 * On PostgreSQL an instance lives for as long as its connection outside the pool holds an advisory lock of its own:
 * the server gives it up when the process dies. It is a shared lock, so that a new connection need not wait until
 * the server has noticed the end of the one before.
 */
export function createPostgresPresence(db: Db): PostgresPresence {
  const instance = randomInt(1, 2 ** 31 - 1);
  return {
    instance: String(instance),
    doubtMs,
    async announce(client) {
      await client.query('select pg_advisory_lock_shared($1, $2)', [advisoryClass, instance]);
    },
    async isGone(other) {
      const { rows } = await sql`
        select 1 from pg_locks
        where locktype = 'advisory' and classid::bigint = ${advisoryClass} and objid::bigint = ${Number(other)}
          and objsubid = 2 and granted
          and database = (select oid from pg_database where datname = current_database())
        limit 1`.execute(db);
      return rows.length === 0;
    },
  };
}

const prefix = 'instance-';
const suffix = '.lock';

/** Locks a file for as long as this process lives. @returns what gives it back, or null when another has it */
function lockFile(file: string): (() => void) | null {
  const database = new Database(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { code?: string }).code === 'SQLITE_BUSY') return null;
    throw error;
  }
  return () => {
    // First, so that nobody locks a file that is about to go.
    rmSync(file, { force: true });
    database.exec('ROLLBACK');
    database.close();
  };
}

export interface SqlitePresence extends Presence {
  close(): void;
}

/**
 * On SQLite a process that has the database open, the app or a command, holds the lock of a file of its own beside
 * it: the operating system gives it up when the process dies. To be called by one process at a time.
 */
export function createSqlitePresence(folder: string): SqlitePresence {
  const fileOf = (instance: string) => path.join(folder, `${prefix}${instance}${suffix}`);
  const names = () =>
    readdirSync(folder)
      .filter((name) => name.startsWith(prefix) && name.endsWith(suffix))
      .map((name) => name.slice(prefix.length, -suffix.length));

  /** Whether the process died; its file goes then. */
  function isGone(instance: string): boolean {
    if (!names().includes(instance)) return true;
    const release = lockFile(fileOf(instance));
    release?.();
    return release !== null;
  }

  names().forEach(isGone);
  const instance = randomUUID();
  const release = lockFile(fileOf(instance));
  if (release === null) throw new Error(`the file ${fileOf(instance)} is locked`);
  return { instance, doubtMs: 0, isGone: async (other) => isGone(other), close: release };
}
