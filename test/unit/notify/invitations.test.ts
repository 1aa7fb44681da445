import type { AccountState } from '../../../server/accounts/states.js';
import { type AskedMail, createInvitationStore } from '../../../server/notify/invitationStore.js';
import {
  createInvitations,
  type InvitationRequest,
  type Invitations,
} from '../../../server/notify/invitations.js';
import { createRecipientStore } from '../../../server/notify/recipientStore.js';
import { createAuditTrail } from '../../../server/store/auditTrail.js';
import type { Db } from '../../../server/store/database/schema.js';
import { createTombstones } from '../../../server/store/tombstoneStore.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { databaseKinds, openTempDatabase, silent, type TempDatabase } from '../tempDatabase.js';
import { ada, adaSignsIn, adasAddress, outboxRows } from './mails.js';

const hour = 3_600_000;

describe.each(databaseKinds)('asking for a mail on %s', (kind) => {
  let database: TempDatabase;
  let state: AccountState;
  let offered: boolean;
  let whileRead: () => Promise<void>;

  const invitationsOn = (db: Db): Invitations =>
    createInvitations({
      tombstones: createTombstones(db, ['a secret']),
      store: createInvitationStore(db),
      recipients: createRecipientStore(db, false),
      audit: createAuditTrail(db, silent),
      catalogue: { read: async () => ({ find: () => ({ offered }) }) as never },
      async shownStateOf() {
        await whileRead();
        return state;
      },
    });

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    state = 'expired';
    offered = true;
    whileRead = async () => undefined;
    await adaSignsIn(database.db);
  });

  afterEach(() => database.close());

  const invite = (changes: Partial<InvitationRequest> = {}, db = database.db) =>
    invitationsOn(db).inviteByMail({
      identifier: ada,
      connectionName: 'gmail',
      requestedBy: 'user:katherine',
      key: 'one',
      ...changes,
    });

  const rows = () => outboxRows(database.db);

  it.each([
    ['not_connected', 'invitation'],
    ['pending', 'invitation'],
    ['needs_verification', 'invitation'],
    ['expired', 'reminder'],
    ['disconnected', 'reminder'],
    ['unknown', 'reminder'],
  ] as const)('about an account that is %s puts a mail of the kind %s there', async (now, mailKind) => {
    state = now;
    expect(await invite()).toBe('queued');
    expect(await rows()).toMatchObject([
      { kind: mailKind, toAddress: adasAddress, requestedBy: 'user:katherine', addressGiven: 0 },
    ]);
  });

  it('says the same of the same request, and makes one mail of it, also long after', async () => {
    expect(await invite()).toBe('queued');
    await database.db
      .updateTable('outbox')
      .set({ createdAt: Date.now() - 2 * hour })
      .execute();
    expect(await invite()).toBe('queued');
    expect(await rows()).toHaveLength(1);
  });

  it('makes one mail an hour about a user and connection, whoever asks', async () => {
    expect(await invite()).toBe('queued');
    expect(await invite({ key: 'two', requestedBy: 'user:other' })).toBe('already_queued');
    expect(await invite({ key: 'three', connectionName: 'slack' })).toBe('queued');
    await database.db
      .updateTable('outbox')
      .set({ createdAt: Date.now() - hour - 1 })
      .execute();
    expect(await invite({ key: 'four' })).toBe('queued');
    expect(await rows()).toHaveLength(3);
  });

  it('makes one mail of many requests at once, on two instances', async () => {
    const again = await database.openAgain();
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        invite({ key: String(index % 4) }, index % 2 === 0 ? database.db : again.db),
      ),
    );
    await again.close();
    expect(await rows()).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(['queued', 'already_queued']));
    const events = await database.db.selectFrom('auditEvents').selectAll().execute();
    expect(events).toMatchObject([{ type: 'mail.requested', actor: 'user:katherine', identifier: ada }]);
  });

  it('says the same of the same request while the first is under way on another instance', async () => {
    const again = await database.openAgain();
    const answers: string[] = [];
    const late = database.db.withPlugin({
      transformQuery: ({ node }) => node,
      async transformResult({ result }) {
        // After the look for the request, and before the one for how long ago the last mail was.
        if (answers.length === 0) answers.push(await createInvitationStore(again.db).add(mail, hour));
        return result;
      },
    });
    const mail: AskedMail = {
      kind: 'invitation',
      identifier: ada,
      connectionName: 'gmail',
      to: adasAddress,
      addressGiven: false,
      requestedBy: 'client:acme',
      key: 'one',
    };
    answers.push(await createInvitationStore(late).add(mail, hour));
    await again.close();
    expect(answers).toEqual(['added', 'there']);
    expect(await rows()).toHaveLength(1);
  });

  it('makes none to an address whose reader declined, and says nothing of other addresses by that', async () => {
    const recipients = createRecipientStore(database.db, false);
    await recipients.declineAddress({ address: 'Someone@work.example', identifier: ada });
    expect(await invite({ address: 'someone@Work.example' })).toBe('declined');
    expect(await invite({ address: 'someone@work.example', identifier: 'bob@example.com' })).toBe('declined');
    expect(await recipients.addressOf(ada)).toBe(adasAddress);
    expect(await invite()).toBe('queued');
  });

  it('makes none for who has no verified address, unless one is given', async () => {
    expect(await invite({ identifier: 'nobody' })).toBe('no_address');
    await adaSignsIn(database.db, null);
    expect(await invite()).toBe('no_address');
    expect(await invite({ address: 'a, b@c' })).toBe('no_address');
    expect(await rows()).toEqual([]);
    expect(await invite({ address: 'ada@work.example' })).toBe('queued');
    expect(await rows()).toMatchObject([{ toAddress: 'ada@work.example', addressGiven: 1 }]);
  });

  it('makes none for who wants none, wherever it would go', async () => {
    await createRecipientStore(database.db, false).setWanted(ada, false);
    expect(await invite()).toBe('declined');
    expect(await invite({ address: 'ada@work.example' })).toBe('declined');
    expect(await rows()).toEqual([]);
  });

  it('makes none for who is erased meanwhile, and one for who came back since', async () => {
    whileRead = () => createTombstones(database.db, ['a secret']).put(ada, Date.now());
    expect(await invite()).toBe('no_address');
    expect(await rows()).toEqual([]);
    whileRead = async () => undefined;
    await database.db.updateTable('tombstones').set({ erasedAt: 1 }).execute();
    expect(await invite()).toBe('queued');
  });

  it('makes none about what is connected, or can’t be', async () => {
    state = 'active';
    expect(await invite()).toBe('already_active');
    state = 'expired';
    offered = false;
    expect(await invite()).toBe('not_offered');
    expect(await rows()).toEqual([]);
  });

  it('takes the word of who knows the state, and looks without doing anything', async () => {
    state = 'active';
    expect(await invitationsOn(database.db).look({ identifier: ada, connectionName: 'gmail' })).toEqual({
      outcome: 'already_active',
    });
    expect(
      await invitationsOn(database.db).look({
        identifier: ada,
        connectionName: 'gmail',
        state: 'not_connected',
      }),
    ).toEqual({ outcome: 'ready', kind: 'invitation', to: adasAddress });
    expect(await rows()).toEqual([]);
    expect(await invite({ state: 'not_connected' })).toBe('queued');
  });
});
