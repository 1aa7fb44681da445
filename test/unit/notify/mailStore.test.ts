import { createMailStore } from '../../../server/notify/mailStore.js';
import type { PageKey } from '../../../server/store/database/newestFirst.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';
import { addMail } from './mails.js';

describe.each(databaseKinds)('the outbox as admins read it, on %s', (kind) => {
  let database: TempDatabase;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
  });

  afterEach(() => database.close());

  const add = (changes: Parameters<typeof addMail>[1] = {}) => addMail(database.db, changes);
  const store = () => createMailStore(database.db);

  it('is counted by how each mail stands', async () => {
    await add();
    await add({ lastError: 'EENVELOPE 451' });
    await add({ sentAt: 1 });
    await add({ withdrawnAt: 1 });
    await add({ failedAt: 1, lastError: 'EENVELOPE 550' });
    expect(await store().counts()).toEqual({ waiting: 2, troubled: 1, sent: 1, withdrawn: 1, failed: 1 });
  });

  it('shows the mails of one state, or all of them, page by page, those of one moment included', async () => {
    const waiting = [await add({ createdAt: 5 }), await add({ createdAt: 5 }), await add({ createdAt: 4 })];
    await add({ createdAt: 5, sentAt: 9 });
    const seen: string[] = [];
    let before: PageKey | null = null;
    for (let pages = 0; pages < 3; pages += 1) {
      const found = await store().page('waiting', before, 1);
      seen.push(...found.map(({ id }) => id));
      const last = found.at(-1);
      if (last) before = { at: last.createdAt, id: last.id };
    }
    expect(seen.sort()).toEqual(waiting.map(({ id }) => id).sort());
    expect(await store().page(null, null, 10)).toHaveLength(4);
    expect(await store().page('sent', null, 10)).toMatchObject([{ state: 'sent', endedAt: 9 }]);
    expect(await store().page('failed', null, 10)).toEqual([]);
    const troubled = await add({ lastError: 'EENVELOPE 451' });
    expect(await store().page('troubled', null, 10)).toMatchObject([{ id: troubled.id }]);
  });
});
