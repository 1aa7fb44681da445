import type { ConnectedAccount } from '../../../server/scalekit/gateway.js';
import type { Db } from '../../../server/store/database/schema.js';

export const ada = 'ada@example.com';
export const bob = 'bob@example.com';

/** A time that is long past, in epoch milliseconds. */
export const start = Date.parse('2026-03-01T12:00:00Z');

/** An active account of Ada's, unless said otherwise. */
export function anAccount(changes: Partial<ConnectedAccount> = {}): ConnectedAccount {
  const { connectionName = 'gmail', identifier = ada } = changes;
  return {
    id: `ca_${connectionName}_${identifier}`,
    connectionName,
    identifier,
    status: 'active',
    updatedAt: start - 1000,
    lastUsedAt: null,
    tokenExpiresAt: null,
    ...changes,
  };
}

export const directoryRows = (db: Db) =>
  db.selectFrom('directoryAccounts').selectAll().orderBy('identifier').orderBy('connectionName').execute();

/** The counts that are kept, without the zeros. */
export async function keptCounts(db: Db): Promise<Record<string, number>> {
  const rows = await db.selectFrom('directoryCounts').selectAll().execute();
  const counts = rows.flatMap((row) => {
    const key = `${row.connectionName} ${row.state}`;
    return [[key, row.accounts] as const, [`${key} stuck`, row.stuck] as const];
  });
  return Object.fromEntries(counts.filter(([, count]) => count !== 0));
}

/** The counts as they are counted anew. */
export async function recounted(db: Db): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const add = (key: string) => {
    counts[key] = (counts[key] ?? 0) + 1;
  };
  for (const { connectionName, state, stuckSince } of await directoryRows(db)) {
    add(`${connectionName} ${state}`);
    if (stuckSince !== null) add(`${connectionName} ${state} stuck`);
  }
  return counts;
}

export async function stuckUsers(db: Db): Promise<Record<string, number>> {
  const rows = await db
    .selectFrom('users')
    .select(['identifier', 'stuckSince'])
    .where('stuckSince', 'is not', null)
    .execute();
  return Object.fromEntries(rows.map(({ identifier, stuckSince }) => [identifier, stuckSince ?? 0]));
}

/** Since when users are stuck, as their accounts have it. */
export async function restuck(db: Db): Promise<Record<string, number>> {
  const stuck: Record<string, number> = {};
  for (const { identifier, stuckSince } of await directoryRows(db)) {
    if (stuckSince !== null) stuck[identifier] = Math.min(stuck[identifier] ?? Infinity, stuckSince);
  }
  return stuck;
}
