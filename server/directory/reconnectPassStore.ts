import type { Db } from '../store/database/schema.js';

/** A changed requirement that the projection does not fully show yet. */
export interface PendingRequirement {
  readonly connectionName: string;
  readonly requiredAt: number;
  readonly withdrawnAt: number | null;
}

export function createReconnectPassStore(db: Db) {
  return {
    /** What the projection is brought in line with next, or null. */
    async pending(): Promise<PendingRequirement | null> {
      const row = await db
        .selectFrom('reconnectRequirements')
        .select(['connectionName', 'requiredAt', 'withdrawnAt'])
        .where('appliedAt', 'is', null)
        .orderBy('connectionName')
        .limit(1)
        .executeTakeFirst();
      if (row === undefined) return null;
      const { connectionName, requiredAt, withdrawnAt } = row;
      return { connectionName, requiredAt, withdrawnAt };
    },

    /** The projection shows it, unless it was changed again meanwhile. */
    async applied({ connectionName, requiredAt, withdrawnAt }: PendingRequirement): Promise<void> {
      if (withdrawnAt !== null) {
        await db
          .deleteFrom('reconnectRequirements')
          .where('connectionName', '=', connectionName)
          .where('withdrawnAt', '=', withdrawnAt)
          .execute();
        return;
      }
      await db
        .updateTable('reconnectRequirements')
        .set({ appliedAt: Date.now() })
        .where('connectionName', '=', connectionName)
        .where('requiredAt', '=', requiredAt)
        .where('withdrawnAt', 'is', null)
        .execute();
    },

    /** How many accounts of a connection are shown as active. */
    async activeAccounts(connectionName: string): Promise<number> {
      const row = await db
        .selectFrom('directoryCounts')
        .select('accounts')
        .where('connectionName', '=', connectionName)
        .where('state', '=', 'active')
        .executeTakeFirst();
      return row?.accounts ?? 0;
    },
  };
}

export type ReconnectPassStore = ReturnType<typeof createReconnectPassStore>;
