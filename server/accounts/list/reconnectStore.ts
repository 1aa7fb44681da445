import type { Db } from '../../store/database/schema.js';
import type { ReconnectRequirement } from './reconnectRule.js';

/** The connections whose accounts have to be connected anew. */
export function createReconnectStore(db: Db) {
  return {
    /** What is required now. */
    list: (): Promise<ReconnectRequirement[]> =>
      db
        .selectFrom('reconnectRequirements')
        .select(['connectionName', 'olderThan', 'requiredAt', 'requiredBy'])
        .where('withdrawnAt', 'is', null)
        .execute(),

    /** Requires that a connection's older accounts are connected anew, in place of what was required of it before. */
    async require({ connectionName, ...requirement }: ReconnectRequirement): Promise<void> {
      const row = { ...requirement, withdrawnAt: null, appliedAt: null };
      await db
        .insertInto('reconnectRequirements')
        .values({ connectionName, ...row })
        .onConflict((conflict) => conflict.column('connectionName').doUpdateSet(row))
        .execute();
    },

    /** @returns whether anything was required */
    async withdraw(connectionName: string): Promise<boolean> {
      const row = await db
        .updateTable('reconnectRequirements')
        .set({ withdrawnAt: Date.now(), appliedAt: null })
        .where('connectionName', '=', connectionName)
        .where('withdrawnAt', 'is', null)
        .returning('connectionName')
        .executeTakeFirst();
      return row !== undefined;
    },

    /** When the user approved each of these connections last, as far as we know. */
    async authorizedAt(
      identifier: string,
      connectionNames: readonly string[],
    ): Promise<ReadonlyMap<string, number>> {
      const rows = await db
        .selectFrom('directoryAccounts')
        .select(['connectionName', 'authorizedAt as at'])
        .where('identifier', '=', identifier)
        .where('connectionName', 'in', connectionNames)
        .where('authorizedAt', 'is not', null)
        .execute();
      const flows = await db
        .selectFrom('flows')
        .select(['connectionName', (flow) => flow.fn.max('endedAt').as('at')])
        .where('identifier', '=', identifier)
        .where('connectionName', 'in', connectionNames)
        .where('status', '=', 'done')
        .groupBy('connectionName')
        .execute();
      const latest = new Map<string, number>();
      for (const { connectionName: name, at } of [...rows, ...flows]) {
        latest.set(name, Math.max(latest.get(name) ?? 0, Number(at ?? 0)));
      }
      return latest;
    },
  };
}

export type ReconnectStore = ReturnType<typeof createReconnectStore>;
