import { PostgresAdapter, type RawBuilder, sql } from 'kysely';
import type { AccountState } from '../../server/accounts/states.js';
import { dayOf } from '../../server/store/dailyCountStore.js';
import type { Db, Tables } from '../../server/store/database/schema.js';
import { termsOf } from '../../server/store/userTerms.js';

export interface SeedOptions {
  readonly users: number;
  /** The names of the connections. */
  readonly connections: readonly string[];
  readonly accountsPerUser: number;
  /** What counts as now, in epoch milliseconds. */
  readonly now?: number;
}

/** A user that a directory has, without their accounts. */
export interface SeededUser {
  readonly identifier: string;
  readonly displayName: string | null;
  readonly email: string | null;
}

type Cell = string | number | null;

const hourMs = 3_600_000;

const firstNames =
  'Ada Alan Barbara Bela Chidi Dorothy Edsger Fatima Grace Hedy Ines Jun Katherine Linus Mary Niklaus';
const lastNames =
  'Adeyemi Borg Curie Dijkstra Euler Fermi Gauss Hopper Ito Johnson Kovacs Lovelace Meier Noether Okafor Perlman Quine Ruiz Shannon Turing';
const first = firstNames.split(' ');
const last = lastNames.split(' ');

/** What people are really called, and what people try. */
export const oddUsers: readonly SeededUser[] = [
  { identifier: '=cmd()', displayName: '=cmd|calc!A0', email: null },
  { identifier: '+1 555 0100', displayName: 'Comma, "Quote"; O’Semicolon', email: 'comma@example.com' },
  { identifier: '👩‍🚀', displayName: '👩‍🚀 Emoji', email: null },
  { identifier: 'עברית@example.com', displayName: 'דנה לוי', email: 'dana@example.com' },
  { identifier: 'long-'.repeat(20), displayName: 'Abcdefghij'.repeat(8), email: null },
  { identifier: '<script>alert(1)</script>', displayName: '\u202e<b>evil</b>', email: null },
  { identifier: 'a/b?c=d&e#f%2F', displayName: null, email: null },
];

/** Shares of a hundred; what is left is active. */
const shares: readonly (readonly [AccountState, number])[] = [
  ['expired', 6],
  ['disconnected', 4],
  ['pending', 6],
  ['needs_verification', 3],
  ['unknown', 1],
];

/** A number that looks random and is always the same. */
function scrambled(seed: number): number {
  let value = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** The user at a place of the directory: the odd ones are the first. */
export function seededUser(index: number): SeededUser {
  const odd = oddUsers[index];
  if (odd !== undefined) return odd;
  const random = scrambled(index);
  const firstName = first[random % first.length] ?? '';
  const lastName = last[(random >>> 8) % last.length] ?? '';
  const identifier = `${firstName}.${lastName}.${index}@example.com`.toLowerCase();
  return {
    identifier,
    displayName: random % 5 === 0 ? null : `${firstName} ${lastName}`,
    email: random % 3 === 0 ? identifier : null,
  };
}

function stateAt(random: number): AccountState {
  let left = random % 100;
  for (const [state, share] of shares) {
    if (left < share) return state;
    left -= share;
  }
  return 'active';
}

const isStuck = (state: AccountState, random: number) =>
  state === 'pending' ? random % 2 === 0 : state !== 'active';

/** The rows of one user's accounts, spread over the connections. */
function accountsOf(index: number, { connections, accountsPerUser, now = Date.now() }: SeedOptions) {
  const { identifier } = seededUser(index);
  const offset = scrambled(index + 1_000_003);
  return Array.from({ length: Math.min(accountsPerUser, connections.length) }, (_, place) => {
    const random = scrambled(index * 64 + place);
    const state = stateAt(random);
    const since = now - (random % (60 * 24)) * hourMs - 1;
    return {
      identifier,
      connection_name: connections[(offset + place) % connections.length] ?? '',
      account_id: `ca_${index}_${place}`,
      state,
      since,
      stuck_since: isStuck(state, random >>> 7) ? since : null,
      authorized_at: state === 'active' ? since : null,
      updated_at: since,
      last_used_at: state === 'active' ? since + hourMs : null,
      token_expires_at: state === 'active' ? now + hourMs : null,
      seen_at: now,
    };
  });
}

type Account = ReturnType<typeof accountsOf>[number];

function userRow(index: number, accounts: readonly Account[], now: number): Record<string, Cell> {
  const { identifier, displayName, email } = seededUser(index);
  const random = scrambled(index + 7);
  const stuck = accounts.flatMap(({ stuck_since }) => stuck_since ?? []);
  return {
    identifier,
    display_name: displayName,
    email,
    first_seen_at: now - 90 * 24 * hourMs,
    last_seen_at: random % 10 < 3 ? null : now - (random % (30 * 24 * 3600)) * 1000,
    mail_declined_at: null,
    stuck_since: stuck.length === 0 ? null : Math.min(...stuck),
  };
}

/** Many rows in one statement with one parameter, which both databases take far faster than one for each value. */
async function insertRows(db: Db, table: keyof Tables, rows: readonly Record<string, Cell>[]): Promise<void> {
  const [model] = rows;
  if (model === undefined) return;
  const columns = Object.keys(model);
  const isNumber = (column: string) => /_(at|since)$|^(since|accounts|stuck|count)$/.test(column);
  const cells = columns.map((column, place): RawBuilder<unknown> => {
    const cell = sql`value ->> ${sql.lit(place)}`;
    return isNumber(column) ? sql`cast(${cell} as bigint)` : cell;
  });
  const json = JSON.stringify(rows.map((row) => columns.map((column) => row[column])));
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  const source = isPostgres
    ? sql`json_array_elements(${json}::json) as source (value)`
    : sql`json_each(${json}) as source`;
  await sql`
    insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))})
    select ${sql.join(cells)} from ${source}
  `.execute(db);
}

const batchUsers = 2000;

/** Fills the directory, the same way every time. */
export async function seedDirectory(db: Db, options: SeedOptions): Promise<void> {
  const { users, now = Date.now() } = options;
  const counts = new Map<string, Record<string, Cell> & { accounts: number; stuck: number }>();
  // In the order of the index, in which a database takes them several times as fast.
  const inOrder = Array.from({ length: users }, (_, index) => ({ index, ...seededUser(index) })).sort(
    (one, other) => (one.identifier < other.identifier ? -1 : 1),
  );
  for (let from = 0; from < users; from += batchUsers) {
    const indices = inOrder.slice(from, from + batchUsers).map(({ index }) => index);
    const accounts = indices.map((index) => accountsOf(index, { ...options, now }));
    for (const { connection_name, state, stuck_since } of accounts.flat()) {
      const key = `${connection_name} ${state}`;
      const count = counts.get(key) ?? { connection_name, state, accounts: 0, stuck: 0 };
      count.accounts += 1;
      count.stuck += Number(stuck_since !== null);
      counts.set(key, count);
    }
    await db.transaction().execute(async (trx) => {
      const rows = indices.map((index, place) => userRow(index, accounts[place] ?? [], now));
      await insertRows(trx, 'users', rows);
      const terms = indices.flatMap((index) => {
        const { identifier, displayName, email } = seededUser(index);
        return termsOf(identifier, displayName, email).map((term) => ({ term, identifier }));
      });
      await insertRows(trx, 'userTerms', terms);
      await insertRows(trx, 'directoryAccounts', accounts.flat());
    });
  }
  await insertRows(db, 'directoryCounts', [...counts.values()]);
}

const dailyKinds = 'started returned verified active failed cancelled timed_out expired'.split(' ');

/** Fills the counts of what happened on each of the last days. */
export async function seedDailyCounts(db: Db, connections: readonly string[], days = 30): Promise<void> {
  const rows = Array.from({ length: days }, (_, ago) => dayOf(Date.now() - ago * 24 * hourMs)).flatMap(
    (day, ago) =>
      connections.flatMap((connection_name, place) =>
        dailyKinds.map((kind, number) => ({
          day,
          connection_name,
          kind,
          count: scrambled(ago * 1000 + place * 10 + number) % 50,
        })),
      ),
  );
  await insertRows(db, 'dailyCounts', rows);
}

/** Names of as many connections. */
export const connectionNames = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `tool-${String(index + 1).padStart(2, '0')}`);
