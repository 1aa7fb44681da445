import type { FailureCode } from '../../accounts/flow/failureCodes.js';
import { clientKeyOf } from '../../identity/clients/apiClient.js';
import type { AuditType } from '../../store/auditTrail.js';
import { countedAtMost } from '../../store/countedAtMost.js';
import { olderThan, type PageKey } from '../../store/database/newestFirst.js';
import type { Db } from '../../store/database/schema.js';

/** An event as it was written down. A type of another version is kept as it is. */
export interface WrittenEvent {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly type: string;
  readonly actor: string | null;
  readonly identifier: string | null;
  readonly connectionName: string | null;
  readonly reference: string | null;
  readonly address: string | null;
  readonly detail: string | null;
}

/** Which events are meant; null does not narrow it. Times are epoch milliseconds. */
export interface EventFilter {
  readonly types: readonly AuditType[] | null;
  /** The identifier of the user who did it, or whom it is about. */
  readonly person: string | null;
  readonly connectionName: string | null;
  /** The API client that did it. */
  readonly clientId: string | null;
  /** The first moment. */
  readonly from: number | null;
  /** The moment that is too late. */
  readonly until: number | null;
  readonly reference: string | null;
  /** Leaves out the tries whose users chose not to give access. */
  readonly withoutDenied: boolean;
}

/** How often events of a type happened, up to `countedAtMost`, and when last. */
export interface TypeCount {
  readonly type: AuditType;
  readonly count: number;
  /** Epoch milliseconds. */
  readonly lastAt: number;
}

export const everyEvent: EventFilter = {
  types: null,
  person: null,
  connectionName: null,
  clientId: null,
  from: null,
  until: null,
  reference: null,
  withoutDenied: false,
};

const denied: FailureCode = 'consent_denied';

const newestFirst = (a: PageKey, b: PageKey) => b.at - a.at || (a.id < b.id ? 1 : -1);

/** Reads the audit trail. Nothing here changes it. */
export function createAuditEvents(db: Db) {
  function matching(filter: EventFilter, before: PageKey | null) {
    const { connectionName, clientId, from, until, reference, withoutDenied } = filter;
    let query = db.selectFrom('auditEvents').selectAll();
    if (connectionName !== null) query = query.where('connectionName', '=', connectionName);
    if (clientId !== null) query = query.where('actor', '=', clientKeyOf({ id: clientId }));
    if (reference !== null) query = query.where('reference', '=', reference);
    if (from !== null) query = query.where('at', '>=', from);
    if (until !== null) query = query.where('at', '<', until);
    if (withoutDenied) {
      query = query.where((row) => row.or([row('detail', 'is', null), row('detail', '<>', denied)]));
    }
    if (before === null) return query;
    return query.where(olderThan(before, 'at'));
  }

  type Query = ReturnType<typeof matching>;

  /** A query for each index that gives its part in order, so that no database sorts more than a page. */
  function queriesOf(filter: EventFilter, before: PageKey | null): Query[] {
    const { types, person } = filter;
    const query = matching(filter, before);
    if (person === null)
      return types === null ? [query] : types.map((type) => query.where('type', '=', type));
    const typed = types === null ? query : query.where('type', 'in', types);
    const actor = `user:${person}`;
    const byThem = typed
      .where('actor', '=', actor)
      .where((row) => row.or([row('identifier', 'is', null), row('identifier', '<>', person)]));
    return [typed.where('identifier', '=', person), byThem];
  }

  /** Walks its part of one index, as far as is counted. */
  function countOf(type: AuditType, from: number) {
    const newest = db
      .selectFrom('auditEvents')
      .select('at')
      .where('type', '=', type)
      .where('at', '>=', from)
      .orderBy('at', 'desc')
      .limit(countedAtMost);
    return db
      .selectFrom(newest.as('newest'))
      .select(({ fn, val }) => [
        val(type).as('type'),
        fn.countAll<number>().as('count'),
        fn.max<number | null>('newest.at').as('lastAt'),
      ]);
  }

  return {
    /** The newest events before a place, or the newest of all. */
    async page(filter: EventFilter, before: PageKey | null, limit: number): Promise<WrittenEvent[]> {
      const queries = queriesOf(filter, before).map((query) =>
        query.orderBy('at', 'desc').orderBy('id', 'desc').limit(limit).execute(),
      );
      const rows = (await Promise.all(queries)).flat();
      return rows.sort(newestFirst).slice(0, limit);
    },

    /** Counts the events of each type since a moment, those that happened last first; a type without any is left out. */
    async countByType(types: readonly AuditType[], from: number): Promise<TypeCount[]> {
      const [first, ...others] = types.map((type) => countOf(type, from));
      if (first === undefined) return [];
      const rows = await others.reduce((all, one) => all.unionAll(one), first).execute();
      return rows
        .filter(({ lastAt }) => lastAt !== null)
        .map(({ type, count, lastAt }) => ({ type, count: Number(count), lastAt: Number(lastAt) }))
        .sort((one, other) => other.lastAt - one.lastAt);
    },
  };
}

export type AuditEvents = ReturnType<typeof createAuditEvents>;
