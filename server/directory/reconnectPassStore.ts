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
        .selectFrom('reconnect_requirements')
        .select(['connection_name', 'required_at', 'withdrawn_at'])
        .where('applied_at', 'is', null)
        .orderBy('connection_name')
        .limit(1)
        .executeTakeFirst();
      if (row === undefined) return null;
      const { connection_name: connectionName, required_at: requiredAt, withdrawn_at: withdrawnAt } = row;
      return { connectionName, requiredAt, withdrawnAt };
    },

    /** The projection shows it, unless it was changed again meanwhile. */
    async applied({ connectionName, requiredAt, withdrawnAt }: PendingRequirement): Promise<void> {
      if (withdrawnAt !== null) {
        await db
          .deleteFrom('reconnect_requirements')
          .where('connection_name', '=', connectionName)
          .where('withdrawn_at', '=', withdrawnAt)
          .execute();
        return;
      }
      await db
        .updateTable('reconnect_requirements')
        .set({ applied_at: Date.now() })
        .where('connection_name', '=', connectionName)
        .where('required_at', '=', requiredAt)
        .where('withdrawn_at', 'is', null)
        .execute();
    },

    /** How many accounts of a connection are shown as active. */
    async activeAccounts(connectionName: string): Promise<number> {
      const row = await db
        .selectFrom('directory_counts')
        .select('accounts')
        .where('connection_name', '=', connectionName)
        .where('state', '=', 'active')
        .executeTakeFirst();
      return row?.accounts ?? 0;
    },
  };
}

export type ReconnectPassStore = ReturnType<typeof createReconnectPassStore>;
