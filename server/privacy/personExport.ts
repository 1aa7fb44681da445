import { setImmediate as turn } from 'node:timers/promises';
import { isoTime } from '../kernel/times.js';
import type { StoredRow } from '../store/database/schema.js';
import type { RetiredStore } from '../store/retiredStore.js';
import { ownTables, principalKeyOf } from './personalData.js';
import type { PersonStore } from './personStore.js';

type ReadPage = (after: string | null) => Promise<StoredRow[]>;

const rowsAtOnce = 500;

/** Numbers as large as this are epoch milliseconds. */
const timesFrom = 1e11;

const readable = (value: unknown): unknown =>
  typeof value === 'number' && value > timesFrom ? isoTime(value) : value;

/** Replaces the identifiers of other people. */
function actorFor(identifier: string, actor: unknown): unknown {
  const isOther = String(actor ?? '').startsWith('user:') && actor !== principalKeyOf(identifier);
  return isOther ? 'another user' : actor;
}

async function* section(
  name: string,
  key: string,
  read: ReadPage,
  told: (row: StoredRow) => StoredRow,
): AsyncGenerator<string> {
  yield `,\n${JSON.stringify(name)}: [`;
  let separator = '\n';
  for (let after: string | null | undefined = null; after !== undefined; ) {
    const rows = await read(after);
    for (const row of rows) {
      yield `${separator}${JSON.stringify(told(row))}`;
      separator = ',\n';
    }
    after = rows.length < rowsAtOnce ? undefined : String(rows.at(-1)?.[key]);
    // The embedded database answers synchronously, so other requests get their turn here.
    await turn();
  }
  yield ']';
}

/**
 * All that the app holds of one person, as one JSON object in pieces: a list of rows for each table. Secrets, and
 * the identifiers of others, are left out.
 */
export async function* exportUser(
  person: PersonStore,
  retired: Pick<RetiredStore, 'namesBefore'>,
  identifier: string,
): AsyncGenerator<string> {
  yield `{"identifier": ${JSON.stringify(identifier)},\n"exported_at": "${isoTime(Date.now())}"`;
  yield `,\n"former_identifiers": ${JSON.stringify(await retired.namesBefore(identifier))}`;
  for (const own of ownTables) {
    const { table, key, hidden = [] } = own;
    const left = new Set<string>(hidden);
    yield* section(
      table,
      key,
      (after) => person.page(own, identifier, after, rowsAtOnce),
      (row) =>
        Object.fromEntries(
          Object.entries(row)
            .filter(([column]) => !left.has(column))
            .map(([column, value]) => [
              column,
              column === 'actor' ? actorFor(identifier, value) : readable(value),
            ]),
        ),
    );
  }
  yield* section(
    'audit_events_about_others',
    'id',
    (after) => person.deeds(identifier, after, rowsAtOnce),
    (row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, readable(value)])),
  );
  yield '}\n';
}
