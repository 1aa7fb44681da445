import { createFlowStore } from '../../../../server/accounts/flow/flowStore.js';
import { totalsOf } from '../../../../server/admin/overview/figures.js';
import { createDirectoryStore } from '../../../../server/directory/directoryStore.js';
import { createOverviewStore } from '../../../../server/directory/users/overviewStore.js';
import { everyone } from '../../../../server/directory/users/userFilter.js';
import { createUserQueryStore } from '../../../../server/directory/users/userQueryStore.js';
import type { AccountStatus } from '../../../../server/scalekit/gateway.js';
import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { aFlow } from '../../accounts/flow/flows.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../../tempDatabase.js';
import { anAccount } from '../directory.js';

const statuses: readonly AccountStatus[] = [
  'active',
  'expired',
  'disconnected',
  'pending_auth',
  'pending_verification',
  'unknown',
];

describe.each(databaseKinds)('the figures of the overview on %s', (kind) => {
  let database: TempDatabase;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
  });

  afterEach(() => database.close());

  /** A user whose account waits since a try of theirs, which ended in a way. */
  async function waiting(identifier: string, end: 'failed' | 'cancelled' | 'timed_out', why: string | null) {
    const flows = createFlowStore(database.db);
    const flow = aFlow({ identifier });
    await flows.create(flow, flow.id);
    await flows.end(flow.id, end, why as never, 'ref');
    await directory().observe(identifier, [anAccount({ identifier, status: 'pending_auth' })], Date.now());
  }

  const directory = () => createDirectoryStore(database.db);

  const stuckUsers = async () => {
    const page = await createUserQueryStore(database.db).page({
      filter: { ...everyone, connection: 'gmail', stuck: 'any' },
      sort: 'stuck',
      start: { after: null, before: null },
      size: 50,
    });
    return page.users.map(({ identifier }) => identifier).sort();
  };

  it('count those who are stuck as the list of the users and the list of the stuck have them', async () => {
    const later = Date.now() + 60_000;
    for (const status of statuses) {
      const account = anAccount({ identifier: status, status, updatedAt: later });
      await directory().observe(status, [account, anAccount({ ...account, connectionName: 'exa' })], later);
    }
    await waiting('broke', 'failed', 'provider_error');
    await waiting('denied', 'failed', 'consent_denied');
    await waiting('stopped', 'cancelled', null);
    await waiting('left', 'timed_out', 'never_returned');
    const stuck = ['broke', 'disconnected', 'expired', 'pending_verification', 'unknown'];
    const overview = createOverviewStore(database.db);
    expect(await stuckUsers()).toEqual(stuck);
    expect((await overview.longestStuck(50)).map(({ identifier }) => identifier).sort()).toEqual(stuck);
    const counts = await overview.stateCounts();
    expect(totalsOf('gmail', counts)).toMatchObject({ total: 8, stuck: 5 });
    expect(totalsOf('exa', counts)).toMatchObject({ total: 5, stuck: 4 });

    await directory().observe('expired', [anAccount({ identifier: 'expired' })], later + 1);
    await directory().observe('broke', [], later + 1);
    expect(await stuckUsers()).toEqual(['disconnected', 'pending_verification', 'unknown']);
    expect(totalsOf('gmail', await overview.stateCounts())).toMatchObject({ total: 7, stuck: 3 });
    expect(totalsOf('exa', await overview.stateCounts())).toMatchObject({ total: 4, stuck: 3 });
  });
});
