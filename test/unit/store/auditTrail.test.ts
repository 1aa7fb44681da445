import { createAuditTrail } from '../../../server/store/auditTrail.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';

describe.each(databaseKinds)('on %s', (kind) => {
  let database: TempDatabase;
  let warnings: { details: object; message: string }[];

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    warnings = [];
  });

  afterEach(() => database.close());

  const trail = () =>
    createAuditTrail(database.db, { warn: (details, message) => warnings.push({ details, message }) });

  const rows = () => database.db.selectFrom('auditEvents').selectAll().execute();

  describe('the audit trail', () => {
    it('says who did what to whom, from where and when', async () => {
      const before = Date.now();
      await trail().record({
        type: 'account.disconnected',
        actor: 'user:ada@example.com',
        identifier: 'ada@example.com',
        connectionName: 'gmail',
        reference: 'K7F-2QD',
        address: '127.0.0.1',
        detail: 'a detail',
      });
      const [row] = await rows();
      expect(row).toMatchObject({
        type: 'account.disconnected',
        actor: 'user:ada@example.com',
        identifier: 'ada@example.com',
        connectionName: 'gmail',
        reference: 'K7F-2QD',
        address: '127.0.0.1',
        detail: 'a detail',
      });
      expect(row?.at).toBeGreaterThanOrEqual(before);
      expect(warnings).toEqual([]);
    });

    it('leaves open what is not known', async () => {
      await trail().record({ type: 'flow.timed_out', actor: null });
      expect(await rows()).toMatchObject([{ actor: null, identifier: null, detail: null, address: null }]);
    });

    it('keeps every event, however alike', async () => {
      const event = { type: 'user.signed_in', actor: 'user:ada@example.com' } as const;
      await Promise.all([trail().record(event), trail().record(event)]);
      expect(await rows()).toHaveLength(2);
    });

    it('raises its voice in the log for a security event, with what finds it here and nobody’s identifier', async () => {
      await trail().record({
        type: 'security.wrong_user',
        actor: 'user:bob@example.com',
        identifier: 'ada',
        connectionName: 'gmail',
        reference: 'K7F-2QD',
        address: '127.0.0.1',
        detail: 'something about ada',
      });
      const details = { type: 'security.wrong_user', connectionName: 'gmail', reference: 'K7F-2QD' };
      expect(warnings).toEqual([{ details, message: 'a security event' }]);
    });
  });
});
