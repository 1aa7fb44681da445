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
    connection_name: 'gmail',
    account_id: 'ca_1',
    to_address: adasAddress,
    incident: `incident-${count}`,
    created_at: count,
    send_after: count,
    tries: 0,
    next_try_at: count,
    sent_at: null,
    withdrawn_at: null,
    failed_at: null,
    last_error: null,
    requested_by: null,
    request_key: null,
    address_given: 0,
    ...changes,
  };
  await db.insertInto('outbox').values(row).execute();
  return row;
}

export const outboxRows = (db: Db) =>
  db.selectFrom('outbox').selectAll().orderBy('created_at').orderBy('id').execute();

/** Makes every mail that waits due, as time does. */
export async function letTimePass(db: Db): Promise<void> {
  await db.updateTable('outbox').set({ next_try_at: 0 }).execute();
}
