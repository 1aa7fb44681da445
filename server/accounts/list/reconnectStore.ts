import type { Selectable } from 'kysely';
import type { Db, ReconnectRequirementsTable } from '../../store/database/schema.js';
import type { ReconnectRequirement } from './reconnectRule.js';

const toRequirement = (row: Selectable<ReconnectRequirementsTable>): ReconnectRequirement => ({
  connectionName: row.connection_name,
  olderThan: row.older_than,
  requiredAt: row.required_at,
  requiredBy: row.required_by,
});

/** The connections whose accounts have to be connected anew. */
export function createReconnectStore(db: Db) {
  return {
    /** What is required now. */
    async list(): Promise<ReconnectRequirement[]> {
      const rows = await db
        .selectFrom('reconnect_requirements')
        .selectAll()
        .where('withdrawn_at', 'is', null)
        .execute();
      return rows.map(toRequirement);
    },

    /** Requires that a connection's older accounts are connected anew, in place of what was required of it before. */
    async require({
      connectionName,
      olderThan,
      requiredAt,
      requiredBy,
    }: ReconnectRequirement): Promise<void> {
      const row = {
        older_than: olderThan,
        required_at: requiredAt,
        required_by: requiredBy,
        withdrawn_at: null,
        applied_at: null,
      };
      await db
        .insertInto('reconnect_requirements')
        .values({ connection_name: connectionName, ...row })
        .onConflict((conflict) => conflict.column('connection_name').doUpdateSet(row))
        .execute();
    },

    /** @returns whether anything was required */
    async withdraw(connectionName: string): Promise<boolean> {
      const row = await db
        .updateTable('reconnect_requirements')
        .set({ withdrawn_at: Date.now(), applied_at: null })
        .where('connection_name', '=', connectionName)
        .where('withdrawn_at', 'is', null)
        .returning('connection_name')
        .executeTakeFirst();
      return row !== undefined;
    },

    /** When the user approved each of these connections last, as far as we know. */
    async authorizedAt(
      identifier: string,
      connectionNames: readonly string[],
    ): Promise<ReadonlyMap<string, number>> {
      const rows = await db
        .selectFrom('directory_accounts')
        .select(['connection_name', 'authorized_at as at'])
        .where('identifier', '=', identifier)
        .where('connection_name', 'in', connectionNames)
        .where('authorized_at', 'is not', null)
        .execute();
      const flows = await db
        .selectFrom('flows')
        .select(['connection_name', (flow) => flow.fn.max('ended_at').as('at')])
        .where('identifier', '=', identifier)
        .where('connection_name', 'in', connectionNames)
        .where('status', '=', 'done')
        .groupBy('connection_name')
        .execute();
      const latest = new Map<string, number>();
      for (const { connection_name: name, at } of [...rows, ...flows]) {
        latest.set(name, Math.max(latest.get(name) ?? 0, Number(at ?? 0)));
      }
      return latest;
    },
  };
}

export type ReconnectStore = ReturnType<typeof createReconnectStore>;
