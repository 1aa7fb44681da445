import { ownTables } from '../../../server/privacy/personalData.js';
import { exportUser } from '../../../server/privacy/personExport.js';
import { createPersonStore } from '../../../server/privacy/personStore.js';
import { createRetiredStore } from '../../../server/store/retiredStore.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { addRows } from '../store/database/storedRows.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';

const ada = 'ada@example.com';

/** Those that have a row for each person and something else. */
const tablesOfMany = ownTables.filter(({ key, column }) => key !== column);

describe.each(databaseKinds)('what is held about a person, on %s', (kind) => {
  let database: TempDatabase;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
  });

  afterEach(() => database.close());

  it('is told in more than a thousand rows of every table, under the names of its columns', async () => {
    const { db } = database;
    for (const { table, column } of tablesOfMany) await addRows(db, table, 1001, { [column]: ada });
    let text = '';
    const person = createPersonStore(db, { put: async () => undefined });
    const retired = createRetiredStore(db, database.events);
    for await (const piece of exportUser(person, retired, ada)) text += piece;
    const told = JSON.parse(text) as Record<string, Record<string, unknown>[]>;
    const columns = new Map(
      (await db.introspection.getTables()).map((table) => [
        table.name,
        table.columns.map(({ name }) => name),
      ]),
    );
    for (const { table, hidden = [] } of tablesOfMany) {
      const rows = told[table] ?? [];
      expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(1001);
      const left = new Set<string>(hidden);
      const expected = columns.get(table)?.filter((column) => !left.has(column));
      expect(Object.keys(rows[0] ?? {}).sort()).toEqual(expected?.sort());
    }
  });
});
