import { sql } from 'kysely';
import type { Database } from './database.js';
import { asStored, type Db, type StoredDb, type StoredRow, type StoredTables } from './schema.js';

/** The target of a copy is not empty, so the copy would mix the content of two databases. */
export class TargetNotEmpty extends Error {
  override readonly name = 'TargetNotEmpty';
}

/** Every table, and whether its rows are worth taking along: locks and counts are about the moment. */
const copied: Readonly<Record<keyof StoredTables, boolean>> = {
  users: true,
  user_terms: true,
  provider_subjects: true,
  retired_identifiers: true,
  installation: true,
  logout_tokens: true,
  directory_accounts: true,
  directory_counts: true,
  daily_counts: true,
  directory_syncs: true,
  directory_sync_connections: true,
  sessions: true,
  sign_in_tries: true,
  sign_in_watches: true,
  flows: true,
  auth_requests: true,
  last_known: true,
  audit_events: true,
  webhook_events: true,
  event_log_marks: true,
  account_identities: true,
  outbox: true,
  active_accounts: true,
  declined_addresses: true,
  api_clients: true,
  api_client_keys: true,
  client_logos: true,
  client_webhooks: true,
  client_deliveries: true,
  reconnect_requirements: true,
  mailings: true,
  mailing_results: true,
  onboarding_sessions: true,
  idempotency_keys: true,
  signing_keys: true,
  tombstones: true,
  locks: false,
  rate_limits: false,
};

/** The tables that are copied. */
export const copiedTables = Object.entries(copied)
  .filter(([, wanted]) => wanted)
  .map(([table]) => table);

const rowsPerPage = 500;

/** What is copied from. `unchanging` is a SQLite file that nobody writes, and that can't be written. */
export interface CopySource {
  readonly kind: Database['kind'] | 'unchanging';
  readonly db: Db;
}

/** The pages of a PostgreSQL table, which it keeps for as long as the transaction goes on. */
async function* pagesOfCursor(from: StoredDb, table: string): AsyncGenerator<StoredRow[]> {
  await sql`declare copied cursor for select * from ${sql.table(table)}`.execute(from);
  const fetch = sql<StoredRow>`fetch ${sql.lit(rowsPerPage)} from copied`;
  while (true) {
    const { rows } = await fetch.execute(from);
    if (rows.length === 0) break;
    yield rows;
  }
  await sql`close copied`.execute(from);
}

/** The pages of a SQLite table, by the number that SQLite gives every row. */
async function* pagesByNumber(from: StoredDb, table: string): AsyncGenerator<StoredRow[]> {
  let last = Number.MIN_SAFE_INTEGER;
  while (true) {
    const { rows } = await sql<StoredRow & { row_number: number }>`
      select rowid as row_number, * from ${sql.table(table)} where rowid > ${last} order by rowid limit ${rowsPerPage}
    `.execute(from);
    const end = rows.at(-1);
    if (end === undefined) return;
    last = end.row_number;
    yield rows.map(({ row_number: _, ...row }) => row);
  }
}

/** The tables of a database that are copied: those of an older version are fewer. */
async function tablesOf(db: Db): Promise<string[]> {
  const there = new Set((await db.introspection.getTables()).map(({ name }) => name));
  return copiedTables.filter((table) => there.has(table));
}

const hasRows = async (db: StoredDb, table: string): Promise<boolean> =>
  (await sql`select 1 from ${sql.table(table)} limit 1`.execute(db)).rows.length > 0;

/** The first table, of those that are copied, that has rows; null when the database is empty. */
export async function firstTableWithRows(db: Db): Promise<string | null> {
  for (const table of await tablesOf(db)) if (await hasRows(asStored(db), table)) return table;
  return null;
}

async function requireEmpty(to: StoredDb, kind: Database['kind'], tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    // Locks out all other writers until the copy is complete. On SQLite the transaction has done so.
    if (kind === 'postgres') await sql`lock table ${sql.table(table)} in exclusive mode`.execute(to);
    if (await hasRows(to, table))
      throw new TargetNotEmpty(`The target is not empty: its table ${table} has rows.`);
  }
}

async function copyTable({ kind, db }: CopySource, to: StoredDb, table: string): Promise<number> {
  const pagesOf = kind === 'postgres' ? pagesOfCursor : pagesByNumber;
  let count = 0;
  for await (const rows of pagesOf(asStored(db), table)) {
    await to.insertInto(table).values(rows).execute();
    count += rows.length;
  }
  return count;
}

/** Reads a database as it is at one moment. */
function asOfNow<T>({ kind, db }: CopySource, read: (db: Db) => Promise<T>): Promise<T> {
  switch (kind) {
    case 'unchanging':
      return db.connection().execute(read);
    case 'sqlite':
      return db.transaction().execute(read);
    case 'postgres':
      return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(read);
  }
}

/**
 * Copies what a database holds into one that is empty but for its tables: all of it, as of one moment, or nothing. Both
 * have the same tables. The source is left as it is. In memory are 500 rows at a time.
 * @returns how many rows of each table were copied
 * @throws TargetNotEmpty
 */
export function copyDatabase(
  from: CopySource,
  to: Pick<Database, 'kind' | 'db'>,
): Promise<ReadonlyMap<string, number>> {
  return asOfNow(from, (reading) =>
    to.db.transaction().execute(async (writing) => {
      const target = asStored(writing);
      const tables = await tablesOf(reading);
      await requireEmpty(target, to.kind, tables);
      const counts = new Map<string, number>();
      for (const table of tables) {
        counts.set(table, await copyTable({ kind: from.kind, db: reading }, target, table));
      }
      return counts;
    }),
  );
}
