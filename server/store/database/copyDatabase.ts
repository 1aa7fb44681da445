import { sql } from 'kysely';
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

/** The pages of a SQLite table, by the number that SQLite gives every row. */
async function* pagesOf(from: StoredDb, table: string): AsyncGenerator<StoredRow[]> {
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

async function requireEmpty(to: StoredDb): Promise<void> {
  for (const table of copiedTables) {
    // Locks out all other writers until the copy is complete.
    await sql`lock table ${sql.table(table)} in exclusive mode`.execute(to);
    const { rows } = await sql`select 1 from ${sql.table(table)} limit 1`.execute(to);
    if (rows.length > 0) throw new TargetNotEmpty(`The target is not empty: its table ${table} has rows.`);
  }
}

async function copyTable(from: StoredDb, to: StoredDb, table: string): Promise<number> {
  let count = 0;
  for await (const rows of pagesOf(from, table)) {
    await to.insertInto(table).values(rows).execute();
    count += rows.length;
  }
  return count;
}

/**
 * Copies what a SQLite database holds into a PostgreSQL database that is empty but for its tables: all of it, as of
 * one moment, or nothing. Both have the newest tables. The source is left as it is.
 * @returns how many rows of each table were copied
 * @throws TargetNotEmpty
 */
export function copyDatabase(from: Db, to: Db): Promise<ReadonlyMap<string, number>> {
  return from.transaction().execute((reading) =>
    to.transaction().execute(async (writing) => {
      const source = asStored(reading);
      const target = asStored(writing);
      await requireEmpty(target);
      const counts = new Map<string, number>();
      for (const table of copiedTables) counts.set(table, await copyTable(source, target, table));
      return counts;
    }),
  );
}
