import {
  createSignInTryStore,
  type SignInTryStore,
} from '../../../../server/identity/signIn/signInTryStore.js';
import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../../tempDatabase.js';

describe.each(databaseKinds)('on %s', (kind) => {
  let database: TempDatabase;
  let tries: SignInTryStore;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    tries = createSignInTryStore(database.db);
  });

  afterEach(() => database.close());

  const newTry = (browserHash = 'browser', expiresAt = 1_000) => ({
    browserHash,
    nonce: 'nonce',
    codeVerifier: 'verifier',
    returnTo: '/connections',
    expiresAt,
  });

  const rows = () => database.db.selectFrom('signInTries').selectAll().execute();

  describe('a try', () => {
    it('is given once, as it was kept, even to callers at the same time', async () => {
      await tries.create('state', newTry());
      const taken = await Promise.all([tries.take('state'), tries.take('state'), tries.take('state')]);
      expect(taken.filter((one) => one !== null)).toEqual([newTry()]);
      expect(await tries.take('another')).toBeNull();
    });

    it('is kept without its state', async () => {
      await tries.create('the-state', newTry());
      expect(JSON.stringify(await rows())).not.toContain('the-state');
    });

    it('goes on in the browser when it is told by something else, others stay', async () => {
      await tries.create('one', newTry('old'));
      await tries.create('two', newTry('other'));
      await tries.move('old', 'new');
      expect((await tries.take('one'))?.browserHash).toBe('new');
      expect((await tries.take('two'))?.browserHash).toBe('other');
    });
  });

  it('keeps the newest ten of a browser, and those of others', async () => {
    await tries.create('of-another', newTry('another'));
    for (let count = 0; count < 15; count += 1) await tries.create(`state-${count}`, newTry());
    expect(await rows()).toHaveLength(11);
    expect(await tries.take('of-another')).not.toBeNull();
  });

  it('deletes what expired before a time', async () => {
    await tries.create('old', newTry('browser', 1_000));
    await tries.create('new', newTry('browser', 2_000));
    await tries.deleteExpired(2_000);
    expect([await tries.take('old'), (await tries.take('new'))?.expiresAt]).toEqual([null, 2_000]);
  });
});
