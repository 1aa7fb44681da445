import type { AuditType } from '../../store/auditTrail.js';
import type { Db } from '../../store/database/schema.js';

const alarm: AuditType = 'security.unverified_activation';
const verified: AuditType = 'flow.done';

/** The alarms about unverified activations, from the audit trail. */
export function createUnverifiedStore(db: Db) {
  return {
    /** Whether there is any alarm at all. */
    async any(): Promise<boolean> {
      const row = await db
        .selectFrom('auditEvents')
        .select('id')
        .where('type', '=', alarm)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },
    /** The connections of a user with an alarm, since which they finished no try of theirs. */
    async open(identifier: string): Promise<string[]> {
      const rows = await db
        .selectFrom('auditEvents')
        .select(['type', 'connectionName', (event) => event.fn.max('at').as('at')])
        .where('identifier', '=', identifier)
        .where('type', 'in', [alarm, verified])
        .groupBy(['type', 'connectionName'])
        .execute();
      const newest = (type: AuditType, name: string | null) =>
        Number(rows.find((row) => row.type === type && row.connectionName === name)?.at ?? 0);
      return rows.flatMap(({ type, connectionName: name, at }) =>
        type === alarm && name !== null && Number(at) >= newest(verified, name) ? [name] : [],
      );
    },
  };
}

export type UnverifiedStore = ReturnType<typeof createUnverifiedStore>;
