import type { AccountStatus, ConnectedAccount } from '../../../server/scalekit/gateway.js';
import type { Db, OutboxTable } from '../../../server/store/database/schema.js';
import { createUserStore } from '../../../server/store/userStore.js';

export const ada = 'ada@example.com';
export const adasAddress = 'ada@mail.example.com';

/** An account of Ada's on Gmail, active unless said otherwise. */
export const anAccount = (
  status: AccountStatus = 'active',
  changes: Partial<ConnectedAccount> = {},
): ConnectedAccount => ({
  id: 'ca_1',
  connectionName: 'gmail',
  identifier: ada,
  status,
  updatedAt: 1000,
  lastUsedAt: null,
  tokenExpiresAt: null,
  ...changes,
});

/** Ada signs in; her address is verified unless it is null. */
export const adaSignsIn = (db: Db, email: string | null = adasAddress) =>
  createUserStore(db).seen(ada, 'Ada', email);

let count = 0;

/** Puts a mail that is due into the outbox. */
export async function addMail(db: Db, changes: Partial<OutboxTable> = {}): Promise<OutboxTable> {
  count += 1;
  const row: OutboxTable = {
    id: `mail-${count}`,
    kind: 'account_expired',
    identifier: ada,
    connectionName: 'gmail',
    accountId: 'ca_1',
    toAddress: adasAddress,
    incident: `incident-${count}`,
    createdAt: count,
    sendAfter: count,
    tries: 0,
    nextTryAt: count,
    sentAt: null,
    withdrawnAt: null,
    failedAt: null,
    lastError: null,
    requestedBy: null,
    requestKey: null,
    addressGiven: 0,
    ...changes,
  };
  await db.insertInto('outbox').values(row).execute();
  return row;
}

export const outboxRows = (db: Db) =>
  db.selectFrom('outbox').selectAll().orderBy('createdAt').orderBy('id').execute();

/** Makes every mail that waits due, as time does. */
export async function letTimePass(db: Db): Promise<void> {
  await db.updateTable('outbox').set({ nextTryAt: 0 }).execute();
}
