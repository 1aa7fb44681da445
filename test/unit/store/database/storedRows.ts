import { asStored, type Db, type StoredRow } from '../../../../server/store/database/schema.js';

/** The rows of a table as they are stored, in an order of their own. */
export async function storedRows(db: Db, table: string): Promise<StoredRow[]> {
  const rows = await asStored(db).selectFrom(table).selectAll().execute();
  const texts = rows.map((row) => [JSON.stringify(row), row] as const);
  return texts.sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}

/** Adds rows to a table: in each column, each has a value of its own, unless it is given here. */
export async function addRows(db: Db, table: string, count: number, same: StoredRow = {}): Promise<void> {
  const columns = (await db.introspection.getTables()).find(({ name }) => name === table)?.columns ?? [];
  const rows = Array.from({ length: count }, (_, index) => ({
    ...Object.fromEntries(
      columns.map(({ name, dataType }) => [
        name,
        /^text$/i.test(dataType) ? `${name} ${String(index).padStart(5, '0')}` : index,
      ]),
    ),
    ...same,
  }));
  for (let from = 0; from < count; from += 500) {
    await asStored(db)
      .insertInto(table)
      .values(rows.slice(from, from + 500))
      .execute();
  }
}
