import type { Pool } from 'pg';
import type { ChangeEvents } from './changeEvents.js';
import type { Presence } from './presence.js';
import type { Db } from './schema.js';

/** An open database, and what comes with its kind. */
export interface Database {
  readonly kind: 'sqlite' | 'postgres';
  readonly db: Db;
  /** Changes, told to every instance that shares the database. */
  readonly events: ChangeEvents;
  /** PostgreSQL's connections, for parts that speak to it by themselves; null on SQLite. */
  readonly pool: Pool | null;
  /** Which of the processes on this database live. */
  readonly presence: Presence;
  /** Ends every connection, and the change events. */
  close(): Promise<void>;
}

/** As the configuration has it. */
export interface DatabaseSettings {
  /** The folder of the embedded database. */
  readonly dataDir: string;
  /** The PostgreSQL database that is used in its place, or null. */
  readonly databaseUrl: string | null;
}
