import type { Selectable } from 'kysely';
import type { AccountIdentitiesTable, Db } from '../../store/database/schema.js';

export interface AccountPair {
  readonly identifier: string;
  readonly connectionName: string;
}

/** What is known of the provider's account behind a connected account. Times are epoch milliseconds. */
export type AccountIdentity = Selectable<AccountIdentitiesTable>;

const atOnce = 20;

/** Which account at the provider each connected account is, as far as it could be asked. */
export function createConnectedAsStore(db: Db) {
  const ofPair = ({ identifier, connectionName }: AccountPair) =>
    db
      .updateTable('accountIdentities')
      .where('identifier', '=', identifier)
      .where('connectionName', '=', connectionName);

  return {
    /** Has the provider asked anew. What was known stays, to be compared with. */
    async expect({ identifier, connectionName }: AccountPair, accountId: string, now: number): Promise<void> {
      const row = { identifier, connectionName, accountId, dueAt: now, tries: 0 };
      await db
        .insertInto('accountIdentities')
        .values(row)
        .onConflict((conflict) =>
          conflict.columns(['identifier', 'connectionName']).doUpdateSet((old) => ({
            accountId,
            dueAt: now,
            tries: 0,
            nameBefore: old.fn.coalesce('accountIdentities.name', 'accountIdentities.nameBefore'),
            hashBefore: old.fn.coalesce('accountIdentities.idHash', 'accountIdentities.hashBefore'),
            name: null,
            idHash: null,
            changedAt: null,
          })),
        )
        .execute();
    },

    /** Of some users, few enough for one query. */
    async ofUsers(identifiers: readonly string[]): Promise<AccountIdentity[]> {
      if (identifiers.length === 0) return [];
      return db.selectFrom('accountIdentities').selectAll().where('identifier', 'in', identifiers).execute();
    },

    async ofUser(identifier: string): Promise<AccountIdentity[]> {
      return db.selectFrom('accountIdentities').selectAll().where('identifier', '=', identifier).execute();
    },

    /** Those whose provider is to be asked now, the longest due first. */
    async due(now: number): Promise<AccountIdentity[]> {
      return db
        .selectFrom('accountIdentities')
        .selectAll()
        .where('dueAt', '<=', now)
        .orderBy('dueAt')
        .limit(atOnce)
        .execute();
    },

    async isAnyDue(now: number): Promise<boolean> {
      const row = await db
        .selectFrom('accountIdentities')
        .select('identifier')
        .where('dueAt', '<=', now)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },

    /** Writes what a provider said, unless the account was connected anew meanwhile. @returns whether it was written */
    async found(
      asked: AccountIdentity,
      {
        name,
        idHash,
        isOther,
      }: { readonly name: string; readonly idHash: string; readonly isOther: boolean },
      now: number,
    ): Promise<boolean> {
      const before = isOther ? { changedAt: now } : { changedAt: null, nameBefore: null, hashBefore: null };
      const row = await ofPair(asked)
        .set({ name, idHash, dueAt: null, ...before })
        .where('dueAt', '=', asked.dueAt)
        .where('tries', '=', asked.tries)
        .returning('identifier')
        .executeTakeFirst();
      return row !== undefined;
    },

    /** Notes a try in vain. @param dueAt when to try again, or null for never */
    async notFound(asked: AccountIdentity, dueAt: number | null): Promise<void> {
      await ofPair(asked)
        .set({ dueAt, tries: asked.tries + 1 })
        .where('dueAt', '=', asked.dueAt)
        .where('tries', '=', asked.tries)
        .execute();
    },

    /** Other users who connected the same account of a connection, some of them. */
    async sharers(identity: AccountIdentity, limit: number): Promise<string[]> {
      if (identity.idHash === null) return [];
      const rows = await db
        .selectFrom('accountIdentities')
        .select('identifier')
        .where('idHash', '=', identity.idHash)
        .where('identifier', '!=', identity.identifier)
        .distinct()
        .orderBy('identifier')
        .limit(limit)
        .execute();
      return rows.map(({ identifier }) => identifier);
    },

    /** Forgets what belongs to accounts that are no longer there. */
    async tidy(): Promise<void> {
      await db
        .deleteFrom('accountIdentities')
        .where('dueAt', 'is', null)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('directoryAccounts as account')
                .select('account.identifier')
                .whereRef('account.identifier', '=', 'accountIdentities.identifier')
                .whereRef('account.connectionName', '=', 'accountIdentities.connectionName'),
            ),
          ),
        )
        .execute();
    },
  };
}

export type ConnectedAsStore = ReturnType<typeof createConnectedAsStore>;
