import { PostgresAdapter, type Selectable, sql } from 'kysely';
import { mustReconnect } from '../accounts/list/reconnectRule.js';
import { groupBy } from '../kernel/groupBy.js';
import { isoTime } from '../kernel/times.js';
import type { ConnectedAccount } from '../scalekit/gateway.js';
import { type ClientEvent, type ClientEventType, tellClients } from '../store/clientEventStore.js';
import { createDailyCounts } from '../store/dailyCountStore.js';
import type { Db, DirectoryCountsTable } from '../store/database/schema.js';
import { termsOf } from '../store/userTerms.js';
import { type Circumstances, type DirectoryRow, differ, leftActive, toRow } from './directoryRow.js';
import { readLatestTries } from './stuckRule.js';

const turnName = 'directory';

/** An advisory lock is granted in order. A row lock may pass a waiter over until it gives up. */
const queue = (transaction: Db) =>
  sql`select pg_advisory_xact_lock(hashtextextended(${turnName}, 0))`.execute(transaction);

/** The embedded database has one writer at a time: the transaction that writes first. */
const writeFirst = (transaction: Db) =>
  transaction
    .insertInto('locks')
    .values({ name: turnName, holder: '', expiresAt: 0 })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ holder: '' }))
    .execute();

/**
 * Runs `work` in a transaction, one writer of the projection after the other, on every instance, in the order in
 * which they ask: they change the same counts, and what they change follows from what they found.
 */
export function inDirectoryTurn<T>(db: Db, work: (transaction: Db) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (transaction) => {
    const queues = transaction.getExecutor().adapter instanceof PostgresAdapter;
    await (queues ? queue(transaction) : writeFirst(transaction));
    return work(transaction);
  });
}

/** All accounts of a user. */
export const rowsOfUser = (from: Db, identifier: string): Promise<DirectoryRow[]> =>
  from.selectFrom('directoryAccounts').selectAll().where('identifier', '=', identifier).execute();

/** The accounts of some users on one connection. */
export const rowsOfUsers = (
  from: Db,
  connectionName: string,
  identifiers: readonly string[],
): Promise<DirectoryRow[]> =>
  from
    .selectFrom('directoryAccounts')
    .selectAll()
    .where('connectionName', '=', connectionName)
    .where('identifier', 'in', identifiers)
    .execute();

/** The connections whose accounts have to be connected anew, and how old an approval may be. */
async function requirements(db: Db): Promise<Map<string, { olderThan: number }>> {
  const rows = await db
    .selectFrom('reconnectRequirements')
    .select(['connectionName', 'olderThan'])
    .where('withdrawnAt', 'is', null)
    .execute();
  return new Map(rows.map(({ connectionName, olderThan }) => [connectionName, { olderThan }]));
}

/** Enough to tell whether accounts are shown as before: what requires them to be connected anew stays as it was. */
export async function lightCircumstances(
  db: Db,
  accounts: readonly ConnectedAccount[],
  readAt: number,
): Promise<Circumstances> {
  return {
    readAt,
    tries: await readLatestTries(db, accounts),
    isRequired: (_account, _authorizedAt, before) => before?.reconnectRequired === 1,
  };
}

/** @param readAt as of when the accounts are known, in epoch milliseconds */
export async function circumstancesOf(
  db: Db,
  accounts: readonly ConnectedAccount[],
  readAt: number,
): Promise<Circumstances> {
  const required = await requirements(db);
  return {
    ...(await lightCircumstances(db, accounts, readAt)),
    isRequired: (account, authorizedAt) =>
      mustReconnect(account, authorizedAt, required.get(account.connectionName)),
  };
}

/** A change of one row. `before` is null for a new row, `after` is null for a deleted one. */
export interface DirectoryChange {
  readonly before: DirectoryRow | null;
  readonly after: DirectoryRow | null;
}

export const accountKey = (identifier: string, connectionName: string) => `${connectionName}\0${identifier}`;

/** What a reading of one user changes, and the unchanged rows that are due to be noted as seen again. */
export function changesOf(
  rows: readonly DirectoryRow[],
  accounts: readonly ConnectedAccount[],
  circumstances: Circumstances,
  isComplete: boolean,
) {
  const { readAt } = circumstances;
  const before = new Map(rows.map((row) => [accountKey(row.identifier, row.connectionName), row]));
  const changes: DirectoryChange[] = [];
  const unchanged: DirectoryRow[] = [];
  for (const account of accounts) {
    const key = accountKey(account.identifier, account.connectionName);
    const row = before.get(key);
    before.delete(key);
    if (row !== undefined && row.seenAt > readAt) continue;
    const after = toRow(account, row, circumstances);
    if (row === undefined || differ(row, after)) changes.push({ before: row ?? null, after });
    else unchanged.push(row);
  }
  const gone = isComplete ? [...before.values()].filter(({ seenAt }) => seenAt < readAt) : [];
  return { changes: [...changes, ...gone.map((row) => ({ before: row, after: null }))], unchanged };
}

/** An account that is still as it was is noted as seen again after this long, in milliseconds. */
export const touchAfterMs = 60_000;

/** Far below the number of parameters that either database takes. */
const rowsAtOnce = 400;

export function* inBatches<Item>(items: readonly Item[], size = rowsAtOnce): Generator<Item[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

const rowsOf = (changes: readonly DirectoryChange[], when: 'before' | 'after') =>
  changes.flatMap(({ [when]: row }) => (row === null ? [] : [row]));

async function writeRows(db: Db, rows: readonly DirectoryRow[]): Promise<void> {
  for (const batch of inBatches(rows)) {
    await db
      .insertInto('directoryAccounts')
      .values(batch)
      .onConflict((conflict) =>
        conflict.columns(['identifier', 'connectionName']).doUpdateSet((row) => ({
          accountId: row.ref('excluded.accountId'),
          state: row.ref('excluded.state'),
          since: row.ref('excluded.since'),
          stuckSince: row.ref('excluded.stuckSince'),
          authorizedAt: row.ref('excluded.authorizedAt'),
          updatedAt: row.ref('excluded.updatedAt'),
          lastUsedAt: row.ref('excluded.lastUsedAt'),
          tokenExpiresAt: row.ref('excluded.tokenExpiresAt'),
          seenAt: row.ref('excluded.seenAt'),
          reconnectRequired: row.ref('excluded.reconnectRequired'),
          expiredTimes: row.ref('excluded.expiredTimes'),
          clientsTold: row.ref('excluded.clientsTold'),
        })),
      )
      .execute();
  }
}

async function deleteRows(db: Db, rows: readonly DirectoryRow[]): Promise<void> {
  for (const { identifier, connectionName: name } of rows) {
    await db
      .deleteFrom('directoryAccounts')
      .where('identifier', '=', identifier)
      .where('connectionName', '=', name)
      .execute();
  }
}

/** By how much each count changes, without unchanged counts. */
function deltasOf(changes: readonly DirectoryChange[]) {
  const deltas = new Map<string, Selectable<DirectoryCountsTable>>();
  const add = ({ connectionName, state, stuckSince }: DirectoryRow, by: number) => {
    const key = JSON.stringify([connectionName, state]);
    const sum = deltas.get(key) ?? { connectionName, state, accounts: 0, stuck: 0 };
    sum.accounts += by;
    sum.stuck += stuckSince === null ? 0 : by;
    deltas.set(key, sum);
  };
  for (const row of rowsOf(changes, 'before')) add(row, -1);
  for (const row of rowsOf(changes, 'after')) add(row, 1);
  return [...deltas.values()].filter(({ accounts, stuck }) => accounts !== 0 || stuck !== 0);
}

async function addToCounts(db: Db, changes: readonly DirectoryChange[]): Promise<void> {
  const deltas = deltasOf(changes);
  if (deltas.length === 0) return;
  await db
    .insertInto('directoryCounts')
    .values(deltas)
    .onConflict((conflict) =>
      conflict.columns(['connectionName', 'state']).doUpdateSet((row) => ({
        accounts: row('directoryCounts.accounts', '+', row.ref('excluded.accounts')),
        stuck: row('directoryCounts.stuck', '+', row.ref('excluded.stuck')),
      })),
    )
    .execute();
}

/** Adds users who were unknown until an account of theirs showed. */
async function addUsers(db: Db, changes: readonly DirectoryChange[]): Promise<void> {
  const fresh = changes.flatMap(({ before, after }) => (before === null && after !== null ? [after] : []));
  const seenAt = new Map(fresh.map(({ identifier, seenAt }) => [identifier, seenAt]));
  const users = [...seenAt].map(([identifier, firstSeenAt]) => ({ identifier, firstSeenAt }));
  for (const batch of inBatches(users)) {
    const added = await db
      .insertInto('users')
      .values(batch)
      .onConflict((conflict) => conflict.column('identifier').doNothing())
      .returning('identifier')
      .execute();
    const terms = added.flatMap(({ identifier }) =>
      termsOf(identifier, null, null).map((term) => ({ term, identifier })),
    );
    if (terms.length > 0) {
      await db
        .insertInto('userTerms')
        .values(terms)
        .onConflict((conflict) => conflict.columns(['term', 'identifier']).doNothing())
        .execute();
    }
  }
}

/** Keeps the time since which a user is stuck, where an account of theirs began or ceased to be. */
async function updateStuckUsers(db: Db, changes: readonly DirectoryChange[]): Promise<void> {
  const stuckOf = (row: DirectoryRow | null) => row?.stuckSince ?? null;
  const concerned = changes
    .filter(({ before, after }) => stuckOf(before) !== stuckOf(after))
    .flatMap(({ before, after }) => (after ?? before)?.identifier ?? []);
  for (const identifiers of inBatches([...new Set(concerned)])) {
    await db
      .updateTable('users')
      .set((user) => ({
        stuckSince: user
          .selectFrom('directoryAccounts')
          .select((row) => row.fn.min('directoryAccounts.stuckSince').as('stuckSince'))
          .whereRef('directoryAccounts.identifier', '=', 'users.identifier'),
      }))
      .where('identifier', 'in', identifiers)
      .execute();
  }
}

async function countExpiries(db: Db, changes: readonly DirectoryChange[]): Promise<void> {
  const daily = createDailyCounts(db);
  for (const { before, after } of changes) {
    if (before === null || after === null || !leftActive(before, after)) continue;
    await daily.add([{ kind: 'expired', connectionName: after.connectionName }], after.since);
  }
}

function toldType({ before, after }: DirectoryChange): ClientEventType | null {
  const told = after?.clientsTold ?? null;
  const isSame = (before?.clientsTold ?? null) === told;
  // Where one account took the place of another, the end of the first was missed.
  if (isSame && (told !== 'active' || before?.accountId === after?.accountId)) return null;
  if (told === 'active') return 'connection.active';
  return told === null ? 'connection.disconnected' : 'connection.needs_user';
}

/** What other apps are told of changes. */
function clientEventsOf(changes: readonly DirectoryChange[], now: number): ClientEvent[] {
  return changes.flatMap((change) => {
    const type = toldType(change);
    const row = change.after ?? change.before;
    if (type === null || row === null) return [];
    const { identifier, connectionName } = row;
    const { state, since } = change.after ?? { state: 'not_connected', since: now };
    const data = { connection: connectionName, state, since: isoTime(since) };
    return [{ type, identifier, connectionName, data }];
  });
}

/**
 * Writes changes of the projection, and all that is kept along with it: the counts, the users who were unknown, since
 * when users are stuck, and what other apps are to be told. Call it within `inDirectoryTurn`, with rows that were read there.
 */
export async function writeChanges(db: Db, changes: readonly DirectoryChange[]): Promise<void> {
  if (changes.length === 0) return;
  await addUsers(db, changes);
  await writeRows(db, rowsOf(changes, 'after'));
  await deleteRows(
    db,
    changes.flatMap(({ before, after }) => (before !== null && after === null ? [before] : [])),
  );
  await addToCounts(db, changes);
  await updateStuckUsers(db, changes);
  await countExpiries(db, changes);
  const now = Date.now();
  await tellClients(db, clientEventsOf(changes, now), now);
}

/** Notes that rows were seen again just as they were. */
export async function touchRows(db: Db, rows: readonly DirectoryRow[], seenAt: number): Promise<void> {
  const accounts = rows.map(({ identifier, connectionName }) => ({
    identifier,
    connectionName,
  }));
  for (const [name, identifiers] of usersByConnection(accounts)) {
    for (const batch of inBatches(identifiers)) {
      await db
        .updateTable('directoryAccounts')
        .set({ seenAt })
        .where('connectionName', '=', name)
        .where('identifier', 'in', batch)
        .execute();
    }
  }
}

/** The identifiers of accounts, by connection. */
export function usersByConnection(
  accounts: Iterable<{ readonly identifier: string; readonly connectionName: string }>,
): Map<string, string[]> {
  const groups = groupBy(accounts, ({ connectionName }) => connectionName);
  return new Map([...groups].map(([name, group]) => [name, group.map(({ identifier }) => identifier)]));
}
