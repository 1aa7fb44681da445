import { createLastKnownStore, type LastKnownStore } from '../../../server/store/lastKnownStore.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';

describe.each(databaseKinds)('on %s', (kind) => {
  let database: TempDatabase;
  let store: LastKnownStore;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    store = createLastKnownStore(database.db);
  });

  afterEach(() => database.close());

  describe('what is last known', () => {
    it('comes back with its time', async () => {
      await store.write('accounts:ada', [{ id: 'ca_1', odd: '\'🦊"' }], 1000);
      expect(await store.read('accounts:ada')).toEqual({ value: [{ id: 'ca_1', odd: '\'🦊"' }], asOf: 1000 });
    });

    it('is nothing for a subject that was never read', async () => {
      await store.write('accounts:ada', [], 1000);
      expect(await store.read('accounts:bob')).toBeNull();
    });

    it('is the newest by the time of its reading, in whatever order the writes arrive', async () => {
      await store.write('accounts:ada', ['new'], 2000);
      await store.write('accounts:ada', ['old'], 1999);
      expect(await store.read('accounts:ada')).toEqual({ value: ['new'], asOf: 2000 });
      await store.write('accounts:ada', ['newer'], 2001);
      expect(await store.read('accounts:ada')).toEqual({ value: ['newer'], asOf: 2001 });
    });
  });
});
