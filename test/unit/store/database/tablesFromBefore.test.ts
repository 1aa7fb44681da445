import { sql } from 'kysely';
import { DatabaseUnavailable } from '../../../../server/store/database/databaseUnavailable.js';
import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../../tempDatabase.js';

describe.each(databaseKinds)('tables that a build before version 0.1.0 made, on %s', (kind) => {
  let database: TempDatabase;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    await sql`update kysely_migration set name = '0001_connectFlow' where name = '0001_initial'`.execute(
      database.db,
    );
    await sql`insert into last_known (subject, value, as_of) values ('kept', '1', 1)`.execute(database.db);
  });

  afterEach(async () => {
    await sql`update kysely_migration set name = '0001_initial' where name = '0001_connectFlow'`.execute(
      database.db,
    );
    await database.close();
  });

  it('stop the start with words, and stay as they are', async () => {
    const opening = database.openAgain();
    await expect(opening).rejects.toBeInstanceOf(DatabaseUnavailable);
    await expect(opening).rejects.toThrow(
      /(DATA_DIR names .*, which can't be used|DATABASE_URL leads to PostgreSQL at .*): its tables were made by a build before version 0\.1\.0, .*nothing in it was changed\. Begin with an empty one\.$/,
    );
    const { rows } = await sql<{ value: string }>`select value from last_known`.execute(database.db);
    expect(rows).toEqual([{ value: '1' }]);
    const done = await sql<{ name: string }>`select name from kysely_migration`.execute(database.db);
    expect(done.rows).toContainEqual({ name: '0001_connectFlow' });
  });
});
