import { createFlowStore, type FlowStore } from '../../../../server/accounts/flow/flowStore.js';
import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../../tempDatabase.js';
import { aFlow } from './flows.js';

const minute = 60_000;

describe.each(databaseKinds)('on %s', (kind) => {
  let database: TempDatabase;
  let flows: FlowStore;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    flows = createFlowStore(database.db);
  });

  afterEach(() => database.close());

  async function created(changes: Parameters<typeof aFlow>[0] = {}) {
    const flow = aFlow(changes);
    await flows.create(flow, `state of ${flow.id}`);
    return flow;
  }

  const begin = (id: string, now = Date.now()) => flows.beginVerifying(id, now, now - 15_000);

  describe('a flow', () => {
    it('comes back as it was kept', async () => {
      const flow = await created({
        returnTo: '/next?x=1',
        returns: false,
        accountIdBefore: null,
        accountUpdatedBefore: null,
        accountActiveBefore: true,
        accountExpiredBefore: true,
        accountCreated: true,
        linkExpiresAt: 5,
        identifier: "o'brien 🦊",
      });
      expect(await flows.find(flow.id)).toEqual(flow);
      expect(await flows.findByState(`state of ${flow.id}`)).toEqual(flow);
    });

    it('is found neither by another state nor by another id', async () => {
      await created();
      expect(await flows.findByState('another')).toBeNull();
      expect(await flows.find('another')).toBeNull();
    });

    it('is found by its newest state only', async () => {
      const flow = await created();
      expect(await flows.setLink(flow.id, 'newer', 77)).toBe(true);
      expect(await flows.findByState(`state of ${flow.id}`)).toBeNull();
      expect(await flows.findByState('newer')).toMatchObject({ id: flow.id, linkExpiresAt: 77 });
    });

    it('shares its state with no other', async () => {
      await flows.create(aFlow(), 'same');
      await expect(flows.create(aFlow(), 'same')).rejects.toThrow();
    });
  });

  describe('beginning to verify', () => {
    it('is granted to one of many who try at once', async () => {
      const flow = await created();
      const taken = await Promise.all(Array.from({ length: 10 }, () => begin(flow.id)));
      expect(taken.filter((one) => one !== null)).toHaveLength(1);
    });

    it('answers with the flow as it is then', async () => {
      const flow = await created();
      const now = Date.now();
      expect(await begin(flow.id, now)).toEqual({ ...flow, status: 'verifying', verifyStartedAt: now });
    });

    it('is refused for an expired flow', async () => {
      const flow = await created();
      expect(await begin(flow.id, flow.expiresAt)).toBeNull();
      expect(await begin(flow.id, flow.expiresAt - 1)).not.toBeNull();
    });

    it('is granted again when the one who began it is long gone, once', async () => {
      const flow = await created();
      const now = Date.now();
      await begin(flow.id, now);
      expect(await begin(flow.id, now + 15_000)).toBeNull();
      const retaken = await Promise.all([begin(flow.id, now + 15_001), begin(flow.id, now + 15_001)]);
      expect(retaken.filter((one) => one !== null)).toHaveLength(1);
    });

    it.each(['done', 'failed', 'cancelled', 'timed_out'] as const)(
      'is refused once it is %s',
      async (status) => {
        const flow = await created();
        await flows.end(flow.id, status, null, 'K7F-2QD');
        expect(await begin(flow.id)).toBeNull();
        expect(await flows.setLink(flow.id, 'newer', null)).toBe(false);
      },
    );

    it('is granted after the flow went back to open', async () => {
      const flow = await created();
      await begin(flow.id, 5);
      await flows.reopen(flow.id, true);
      expect(await flows.find(flow.id)).toMatchObject({ status: 'open', verifyStartedAt: 5 });
      await begin(flow.id);
      await flows.reopen(flow.id, false);
      expect(await flows.find(flow.id)).toMatchObject({ status: 'open', verifyStartedAt: null });
      expect(await begin(flow.id)).not.toBeNull();
    });
  });

  describe('the end of a flow', () => {
    it('comes once, and the first one stands', async () => {
      const flow = await created();
      await begin(flow.id);
      // A pool may carry the statements in any order, so any of them may be the first.
      const ends = [
        { status: 'done', failure: null, reference: 'AAA-AAA' },
        { status: 'cancelled', failure: null, reference: 'BBB-BBB' },
        { status: 'failed', failure: 'wrong_user', reference: 'CCC-CCC' },
      ] as const;
      const ended = await Promise.all(
        ends.map(({ status, failure, reference }) => flows.end(flow.id, status, failure, reference)),
      );
      expect(ended.filter(Boolean)).toHaveLength(1);
      expect(await flows.find(flow.id)).toMatchObject(ends[ended.indexOf(true)] as (typeof ends)[number]);
    });

    it('cannot be taken back', async () => {
      const flow = await created();
      await flows.end(flow.id, 'failed', 'consent_denied', 'AAA-AAA');
      await flows.reopen(flow.id, true);
      expect(await flows.find(flow.id)).toMatchObject({ status: 'failed', failure: 'consent_denied' });
    });

    it('forgets a failure that this version has no words for', async () => {
      const flow = await created();
      await flows.end(flow.id, 'failed', 'consent_denied', 'AAA-AAA');
      await database.db.updateTable('flows').set({ failure: 'from_the_future' }).execute();
      expect(await flows.find(flow.id)).toMatchObject({ status: 'failed', failure: null });
    });
  });

  describe('the flows of one user and connection', () => {
    it('are only theirs, and only those that can still be finished', async () => {
      const open = await created();
      const verifying = await created();
      await begin(verifying.id);
      const ended = await created();
      await flows.end(ended.id, 'cancelled', null, 'AAA-AAA');
      await created({ createdAt: Date.now() - 31 * minute });
      await created({ identifier: 'bob@example.com' });
      await created({ connectionName: 'slack' });
      const found = await flows.unended('ada@example.com', 'gmail');
      expect(found.map(({ id }) => id).sort()).toEqual([open.id, verifying.id].sort());
    });

    it('come newest first, from a time on', async () => {
      const old = await created({ createdAt: 1000 });
      const older = await created({ createdAt: 999 });
      const newest = await created({ createdAt: 2000 });
      const found = await flows.since('ada@example.com', 'gmail', 1000);
      expect(found.map(({ id }) => id)).toEqual([newest.id, old.id]);
      expect(found.map(({ id }) => id)).not.toContain(older.id);
    });
  });

  describe('tidying', () => {
    it('ends what was open for too long and forgets what ended long ago', async () => {
      const stale = await created({ createdAt: Date.now() - 31 * minute });
      const fresh = await created();
      const ended = await created();
      await flows.end(ended.id, 'done', null, 'AAA-AAA');
      await flows.timeOut(Date.now(), 10);
      await flows.forgetBefore(Date.now() + 1);
      expect(await flows.find(fresh.id)).toMatchObject({ status: 'open' });
      expect(await flows.find(ended.id)).toBeNull();
      expect(await flows.find(stale.id)).toBeNull();
    });

    it('says why a flow that was open for too long ended', async () => {
      const stale = await created({ createdAt: Date.now() - 31 * minute });
      await flows.timeOut(Date.now(), 10);
      expect(await flows.find(stale.id)).toMatchObject({ status: 'timed_out', failure: 'never_returned' });
    });

    it('tells of each flow that ran out of time once, also when two instances tidy', async () => {
      const stale = await created({ createdAt: Date.now() - 31 * minute });
      await created();
      const other = await database.openAgain();
      const tidied = await Promise.all([
        flows.timeOut(Date.now(), 10),
        createFlowStore(other.db).timeOut(Date.now(), 10),
        flows.timeOut(Date.now(), 10),
      ]);
      await other.close();
      expect(tidied.flat()).toMatchObject([{ id: stale.id, status: 'timed_out' }]);
    });
  });

  describe('a verified user', () => {
    it('is news once for a flow, however often it is noted', async () => {
      const { id } = await created();
      const noted = await Promise.all([
        flows.noteVerified(id, Date.now()),
        flows.noteVerified(id, Date.now()),
        flows.noteVerified('another', Date.now()),
      ]);
      expect(noted.filter(Boolean)).toHaveLength(1);
      expect(noted[2]).toBe(false);
    });
  });

  describe('an auth request', () => {
    it('belongs to the flow that it came with first, for ever', async () => {
      expect(await flows.claimAuthRequest('request', 'one', 1)).toBe(true);
      expect(await flows.claimAuthRequest('request', 'other', 2)).toBe(false);
      expect(await flows.claimAuthRequest('request', null, 3)).toBe(false);
      expect(await flows.claimAuthRequest('request', 'one', 4)).toBe(true);
    });

    it('that came with no flow of ours first belongs to none', async () => {
      expect(await flows.claimAuthRequest('request', null, 1)).toBe(false);
      expect(await flows.claimAuthRequest('request', 'one', 2)).toBe(false);
    });

    it('belongs to one flow when two bring it at once', async () => {
      const other = await database.openAgain();
      const claimed = await Promise.all([
        flows.claimAuthRequest('request', 'one', 1),
        createFlowStore(other.db).claimAuthRequest('request', 'other', 1),
      ]);
      await other.close();
      expect(claimed.filter(Boolean)).toHaveLength(1);
    });

    it('is forgotten in the end', async () => {
      await flows.claimAuthRequest('request', 'one', 1000);
      await flows.forgetBefore(1000);
      expect(await flows.claimAuthRequest('request', 'other', 2000)).toBe(false);
      await flows.forgetBefore(1001);
      expect(await flows.claimAuthRequest('request', 'other', 2000)).toBe(true);
    });
  });

  describe('an approval', () => {
    it('is kept with an unended flow, and no longer', async () => {
      const { id } = await created();
      expect(await flows.keepApproval(id, 'sealed')).toBe(true);
      expect(await flows.keepApproval(id, 'sealed anew')).toBe(false);
      expect(await flows.find(id)).toMatchObject({ approval: 'sealed anew' });
      await flows.end(id, 'failed', null, 'AAA-AAA');
      await flows.keepApproval(id, 'sealed');
      expect(await flows.find(id)).toMatchObject({ approval: null });
    });
  });

  describe('a verification that a dead process left behind', () => {
    it('is found once it has outlived every deadline', async () => {
      const { id } = await created();
      await begin(id, 50_000);
      expect(await flows.unsettled(60_000, 50_000, 10)).toEqual([]);
      expect(await flows.unsettled(60_000, 50_001, 10)).toMatchObject([{ id, status: 'verifying' }]);
    });

    it('is found beside what was open for too long and no browser comes back for', async () => {
      await created({ createdAt: Date.now() - 31 * minute });
      const form = await created({ createdAt: Date.now() - 31 * minute, returns: false });
      await created({ returns: false });
      expect(await flows.unsettled(Date.now(), 0, 10)).toMatchObject([{ id: form.id }]);
      expect(await flows.timeOut(Date.now(), 10)).toHaveLength(1);
      expect(await flows.find(form.id)).toMatchObject({ status: 'open' });
    });
  });
});
