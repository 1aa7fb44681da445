import { lastKnownSubject } from '../../../server/accounts/list/accountReader.js';
import { createIncidentStore } from '../../../server/notify/incidentStore.js';
import { createIncidents } from '../../../server/notify/incidents.js';
import { createOutboxStore } from '../../../server/notify/outboxStore.js';
import { createRecipientStore } from '../../../server/notify/recipientStore.js';
import type { ConnectedAccount } from '../../../server/scalekit/gateway.js';
import { createLastKnownStore } from '../../../server/store/lastKnownStore.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';
import { ada, adaSignsIn, adasAddress, anAccount, outboxRows } from './mails.js';

const graceMs = 900_000;

function intakeOn({ db }: Pick<TempDatabase, 'db'>, sandbox = false) {
  const recipients = createRecipientStore(db, sandbox);
  const [store, outbox, lastKnown] = [
    createIncidentStore(db),
    createOutboxStore(db),
    createLastKnownStore(db),
  ];
  return { recipients, incidents: createIncidents({ store, outbox, recipients, lastKnown, graceMs }) };
}

describe.each(databaseKinds)('incidents on %s', (kind) => {
  let database: TempDatabase;
  let intake: ReturnType<typeof intakeOn>;
  let clock: number;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    intake = intakeOn(database);
    // Before what the outbox notes as now, and later with every read.
    clock = Date.now() - 1000;
    await adaSignsIn(database.db);
  });

  afterEach(() => database.close());

  const observe = (accounts: ConnectedAccount[], readAt = ++clock) =>
    intake.incidents.observe(ada, accounts, readAt);
  const rows = () => outboxRows(database.db);
  /** Reads that begin after the mail was made. */
  const later = () => Date.now() + 60_000;

  it.each([
    ['expired', 'account_expired'],
    ['disconnected', 'account_disconnected'],
  ] as const)('puts one mail into the outbox when an active account is %s', async (status, mailKind) => {
    await observe([anAccount()]);
    const before = Date.now();
    await observe([anAccount(status)]);
    await observe([anAccount(status)]);
    await observe([anAccount(status)], later());
    const [mail, ...others] = await rows();
    expect(others).toEqual([]);
    expect(mail).toMatchObject({
      kind: mailKind,
      identifier: ada,
      connectionName: 'gmail',
      accountId: 'ca_1',
      toAddress: adasAddress,
      sentAt: null,
      withdrawnAt: null,
    });
    expect(mail?.sendAfter).toBeGreaterThanOrEqual(before + graceMs);
    expect(mail?.nextTryAt).toBe(mail?.sendAfter);
  });

  it.each(['expired', 'disconnected'] as const)(
    'says nothing of an account first seen %s',
    async (status) => {
      await observe([anAccount(status)]);
      expect(await rows()).toEqual([]);
    },
  );

  it('says nothing of an account that another one has taken the place of', async () => {
    await observe([anAccount()]);
    await observe([anAccount('expired', { id: 'ca_2' })]);
    expect(await rows()).toEqual([]);
  });

  it('says nothing of an account that is gone, since we or its user deleted it', async () => {
    await observe([anAccount()]);
    await observe([]);
    await observe([anAccount('expired')]);
    expect(await rows()).toEqual([]);
  });

  it('says nothing when its user is at it, and goes on watching through a state that it does not know', async () => {
    await observe([anAccount(), anAccount('active', { id: 'ca_2', connectionName: 'slack' })]);
    await observe([anAccount('pending_auth'), anAccount('unknown', { id: 'ca_2', connectionName: 'slack' })]);
    await observe([anAccount('expired'), anAccount('expired', { id: 'ca_2', connectionName: 'slack' })]);
    expect((await rows()).map((row) => row.connectionName)).toEqual(['slack']);
  });

  it.each([
    ['it is active again', () => [anAccount()]],
    ['it is gone', () => []],
    ['another account has taken its place', () => [anAccount('expired', { id: 'ca_2' })]],
  ])('withdraws a mail that waits when %s', async (_, accounts) => {
    await observe([anAccount()]);
    await observe([anAccount('expired')]);
    await observe(accounts(), later());
    expect(await rows()).toMatchObject([{ withdrawnAt: expect.any(Number), sentAt: null }]);
  });

  it('is not told otherwise by a read that began before the incident', async () => {
    await observe([anAccount()]);
    await observe([anAccount('expired')]);
    await observe([anAccount()], clock);
    await observe([anAccount('expired', { updatedAt: 2000 })], later());
    expect(await rows()).toMatchObject([{ withdrawnAt: null }]);
  });

  it('tells of the next incident of an account that has healed', async () => {
    await observe([anAccount()]);
    await observe([anAccount('expired')]);
    await observe([anAccount('active', { updatedAt: 2000 })], later());
    await observe([anAccount('expired', { updatedAt: 3000 })], later() + 1);
    expect((await rows()).filter((row) => row.withdrawnAt === null)).toHaveLength(1);
    expect(await rows()).toHaveLength(2);
  });

  it('makes one mail when several instances notice at once', async () => {
    await observe([anAccount()]);
    const again = await database.openAgain();
    const other = intakeOn(again);
    await Promise.all(
      [intake, other, intake, other].map(({ incidents }) =>
        incidents.observe(ada, [anAccount('expired')], ++clock),
      ),
    );
    await again.close();
    expect(await rows()).toHaveLength(1);
  });

  it('takes up what a webhook says of an account, once', async () => {
    const lastKnown = createLastKnownStore(database.db);
    await intake.incidents.suspect([ada]);
    await observe([anAccount()]);
    await lastKnown.write(lastKnownSubject(ada), [anAccount()], clock);
    await intake.incidents.suspect([ada]);
    expect(await rows()).toEqual([]);
    const updatedAt = Date.now();
    await lastKnown.write(lastKnownSubject(ada), [anAccount('expired', { updatedAt })], clock);
    await intake.incidents.suspect(['nobody@example.com', ada]);
    await intake.incidents.suspect([ada]);
    expect(await rows()).toHaveLength(1);
    await observe([anAccount('expired', { updatedAt })], later());
    expect(await rows()).toHaveLength(1);
  });

  it.each([
    ['younger', 23, 1],
    ['older', 25, 0],
  ])(
    'after the app was away mails about what is %s than a day: %i hours, %i mails',
    async (_, hours, mails) => {
      attacks('app-away');
      await observe([anAccount()]);
      const updatedAt = Date.now() - hours * 3_600_000;
      const accounts = [anAccount('expired', { updatedAt })];
      await createLastKnownStore(database.db).write(lastKnownSubject(ada), accounts, clock);
      await intake.incidents.suspect([ada]);
      expect(await rows()).toHaveLength(mails);
    },
  );

  describe('mail goes only where it may', () => {
    async function expires(): Promise<void> {
      await observe([anAccount()]);
      await observe([anAccount('expired')]);
    }

    it('to nobody whose address no sign-in verified, whatever the identifier looks like', async () => {
      await adaSignsIn(database.db, null);
      await expires();
      expect(await rows()).toEqual([]);
    });

    it('to nobody who has never signed in', async () => {
      await database.db.deleteFrom('users').execute();
      await expires();
      expect(await rows()).toEqual([]);
    });

    it('to nobody who said no, until they say yes', async () => {
      await intake.recipients.setWanted(ada, false);
      await expires();
      expect(await rows()).toEqual([]);
      await intake.recipients.setWanted(ada, true);
      expect(await intake.recipients.addressOf(ada)).toBe(adasAddress);
    });

    it.each(['ada@example.com\r\nBcc: all@example.com', 'a@b.c, d@e.f', '<ada@example.com>', 'ada', '@', ''])(
      'to no address such as %j',
      async (address) => {
        await adaSignsIn(database.db, address);
        await expires();
        expect(await rows()).toEqual([]);
      },
    );

    it('in the sandbox, where no mail leaves the machine, to an identifier that is an address', async () => {
      await adaSignsIn(database.db, null);
      intake = intakeOn(database, true);
      await expires();
      expect(await rows()).toMatchObject([{ toAddress: ada }]);
    });
  });
});
