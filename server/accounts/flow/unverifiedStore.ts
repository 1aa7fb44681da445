import type { AuditType } from '../../store/auditTrail.js';
import { olderThan } from '../../store/database/newestFirst.js';
import type { Db } from '../../store/database/schema.js';

const alarm: AuditType = 'security.unverified_activation';
/** What settles an alarm: its user approved the account here after it, or an admin accepted it. */
const settling: readonly AuditType[] = ['flow.done', 'account.activation_accepted'];

/** An account that is active by an activation that nobody verified here. */
export interface UnverifiedActivation {
  /** Of the alarm. */
  readonly id: string;
  /** When the alarm was raised, in epoch milliseconds. */
  readonly at: number;
  readonly identifier: string;
  readonly connectionName: string;
}

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
    /** The connections of a user with an alarm that nothing has settled since. */
    async open(identifier: string): Promise<string[]> {
      const rows = await db
        .selectFrom('auditEvents')
        .select(['type', 'connectionName', (event) => event.fn.max('at').as('at')])
        .where('identifier', '=', identifier)
        .where('type', 'in', [alarm, ...settling])
        .groupBy(['type', 'connectionName'])
        .execute();
      const settledAt = (name: string) =>
        Math.max(
          0,
          ...rows
            .filter(({ type, connectionName }) => type !== alarm && connectionName === name)
            .map(({ at }) => Number(at)),
        );
      return rows.flatMap(({ type, connectionName: name, at }) =>
        type === alarm && name !== null && Number(at) >= settledAt(name) ? [name] : [],
      );
    },
    /** Open alarms about accounts that are active now, as far as the directory knows, newest first. */
    async page(
      { connectionName, identifier }: { connectionName: string | null; identifier: string | null },
      before: { readonly at: number; readonly id: string } | null,
      limit: number,
    ): Promise<UnverifiedActivation[]> {
      let query = db
        .selectFrom('auditEvents as alarm')
        .innerJoin('directoryAccounts as account', (join) =>
          join
            .onRef('account.identifier', '=', 'alarm.identifier')
            .onRef('account.connectionName', '=', 'alarm.connectionName'),
        )
        .select(['alarm.id', 'alarm.at', 'account.identifier', 'account.connectionName'])
        .where('alarm.type', '=', alarm)
        .where((row) =>
          row.or([row('account.state', '=', 'active'), row('account.reconnectRequired', '=', 1)]),
        )
        .where(({ not, exists, selectFrom }) => {
          const later = selectFrom('auditEvents as later')
            .select('later.id')
            .whereRef('later.identifier', '=', 'alarm.identifier')
            .whereRef('later.connectionName', '=', 'alarm.connectionName')
            .where((row) =>
              row.or([
                row.and([row('later.type', 'in', settling), row('later.at', '>', row.ref('alarm.at'))]),
                // Only the newest alarm of an account counts.
                row.and([
                  row('later.type', '=', alarm),
                  row.or([
                    row('later.at', '>', row.ref('alarm.at')),
                    row.and([
                      row('later.at', '=', row.ref('alarm.at')),
                      row('later.id', '>', row.ref('alarm.id')),
                    ]),
                  ]),
                ]),
              ]),
            );
          return not(exists(later.limit(1)));
        });
      if (connectionName !== null) query = query.where('alarm.connectionName', '=', connectionName);
      if (identifier !== null) query = query.where('alarm.identifier', '=', identifier);
      if (before !== null) query = query.where(olderThan(before, 'alarm.at', 'alarm.id'));
      return query.orderBy('alarm.at', 'desc').orderBy('alarm.id', 'desc').limit(limit).execute();
    },
  };
}

export type UnverifiedStore = ReturnType<typeof createUnverifiedStore>;
