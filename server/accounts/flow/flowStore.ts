import type { SessionData } from 'express-session';
import type { Selectable } from 'kysely';
import { hashed } from '../../kernel/hashed.js';
import { prepared } from '../../store/database/prepared.js';
import type { Db, FlowsTable } from '../../store/database/schema.js';
import type { SessionStore } from '../../store/sessionStore.js';
import { type FailureCode, isFailureCode } from './failureCodes.js';
import type { Flow, FlowEnd, FlowStatus } from './flow.js';

const unendedStatuses: FlowStatus[] = ['open', 'verifying'];

const toFlow = ({ stateHash: _, ...row }: Selectable<FlowsTable>): Flow => ({
  ...row,
  returns: row.returns === 1,
  accountActiveBefore: row.accountActiveBefore === 1,
  accountExpiredBefore: row.accountExpiredBefore === 1,
  accountCreated: row.accountCreated === 1,
  status: row.status as FlowStatus,
  failure: isFailureCode(row.failure) ? row.failure : null,
  reported: isFailureCode(row.reported) ? row.reported : null,
});

const toRow = (flow: Flow, stateHash: string): FlowsTable => ({
  ...flow,
  stateHash,
  returns: Number(flow.returns),
  accountActiveBefore: Number(flow.accountActiveBefore),
  accountExpiredBefore: Number(flow.accountExpiredBefore),
  accountCreated: Number(flow.accountCreated),
});

/** Flows in the database. Each change is one statement, so that two requests can't both make it. */
export function createFlowStore(db: Db) {
  const selectFlow = db.selectFrom('flows').selectAll();
  const ofPair = (identifier: string, connectionName: string) =>
    selectFlow.where('identifier', '=', identifier).where('connectionName', '=', connectionName);

  async function one(query: { executeTakeFirst(): Promise<Selectable<FlowsTable> | undefined> }) {
    const row = await query.executeTakeFirst();
    return row === undefined ? null : toFlow(row);
  }

  return {
    /** The same flows, within a transaction. */
    within: createFlowStore,
    /** @param stateHash the hash of the `state` that comes back with the browser */
    async create(flow: Flow, stateHash: string): Promise<void> {
      await db.insertInto('flows').values(toRow(flow, stateHash)).execute();
    },
    find: (id: string): Promise<Flow | null> => one(selectFlow.where('id', '=', id)),
    findByState: (stateHash: string): Promise<Flow | null> =>
      one(selectFlow.where('stateHash', '=', stateHash)),
    /**
     * Notes that an auth request came back with a flow, unless it came back before.
     * @param flowId null when it came with a `state` that is none of ours
     * @returns whether it is this flow's: an approval is worth something to the flow that it came with first, alone
     */
    async claimAuthRequest(requestHash: string, flowId: string | null, now: number): Promise<boolean> {
      await db
        .insertInto('authRequests')
        .values({ requestHash, flowId, arrivedAt: now })
        .onConflict((conflict) => conflict.column('requestHash').doNothing())
        .execute();
      const row = await db
        .selectFrom('authRequests')
        .select('flowId')
        .where('requestHash', '=', requestHash)
        .executeTakeFirst();
      return flowId !== null && row?.flowId === flowId;
    },
    /**
     * Keeps the sealed auth request that an unended flow came back with, until the flow ends.
     * @returns whether it came back for the first time
     */
    async keepApproval(id: string, approval: string): Promise<boolean> {
      const keeping = db
        .updateTable('flows')
        .set({ approval })
        .where('id', '=', id)
        .where('status', 'in', unendedStatuses);
      const first = await keeping.where('approval', 'is', null).returning('id').executeTakeFirst();
      if (first === undefined) await keeping.execute();
      return first !== undefined;
    },
    /** A new link of an open flow, with its own `state`. @returns whether the flow was still open */
    async setLink(id: string, stateHash: string, linkExpiresAt: number | null): Promise<boolean> {
      const row = await db
        .updateTable('flows')
        .set({ stateHash, linkExpiresAt, leftAt: null })
        .where('id', '=', id)
        .where('status', '=', 'open')
        .returning('id')
        .executeTakeFirst();
      return row !== undefined;
    },
    /** Notes that the browser was sent to the flow's link. */
    async noteLeft(id: string, now: number): Promise<void> {
      await db
        .updateTable('flows')
        .set({ leftAt: now })
        .where('id', '=', id)
        .where('status', 'in', unendedStatuses)
        .execute();
    },
    /**
     * Takes an open, unexpired flow into `verifying`; also one that has been verifying since before `staleBefore`,
     * which a dead process left behind.
     * @returns the flow as it is now, or null when it was not to be had
     */
    beginVerifying: (id: string, now: number, staleBefore: number): Promise<Flow | null> =>
      one(
        db
          .updateTable('flows')
          .set({ status: 'verifying', verifyStartedAt: now })
          .where('id', '=', id)
          .where('expiresAt', '>', now)
          .where((is) =>
            is.or([
              is('status', '=', 'open'),
              is.and([is('status', '=', 'verifying'), is('verifyStartedAt', '<', staleBefore)]),
            ]),
          )
          .returningAll(),
      ),
    /** Notes that the flow's user was verified. @returns whether that was not noted before */
    async noteVerified(id: string, now: number): Promise<boolean> {
      const row = await db
        .updateTable('flows')
        .set({ verifiedAt: now })
        .where('id', '=', id)
        .where('verifiedAt', 'is', null)
        .returning('id')
        .executeTakeFirst();
      return row !== undefined;
    },
    /** Whether another flow of the same user and connection was verified since a flow began. */
    async verifiedByAnother({ id, identifier, connectionName, createdAt }: Flow): Promise<boolean> {
      const row = await db
        .selectFrom('flows')
        .select('id')
        .where('identifier', '=', identifier)
        .where('connectionName', '=', connectionName)
        .where('verifiedAt', '>=', createdAt)
        .where('id', '!=', id)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },
    /**
     * Puts a verifying flow back to `open`.
     * @param wasAsked false when it is certain that Scalekit was not asked to verify it
     */
    async reopen(id: string, wasAsked: boolean): Promise<void> {
      await db
        .updateTable('flows')
        .set(wasAsked ? { status: 'open' } : { status: 'open', verifyStartedAt: null })
        .where('id', '=', id)
        .where('status', '=', 'verifying')
        .execute();
    },
    /** Keeps the provider's own code of the error that an unended flow came back with. */
    async noteProviderError(id: string, providerError: string | null): Promise<void> {
      await db
        .updateTable('flows')
        .set({ providerError })
        .where('id', '=', id)
        .where('status', 'in', unendedStatuses)
        .execute();
    },
    /** The newest flow of a browser that waits for it to come back, or null. */
    newestOpenOf: (sessionHash: string, principal: string): Promise<Flow | null> =>
      one(
        selectFlow
          .where('sessionHash', '=', sessionHash)
          .where('principal', '=', principal)
          .where('status', '=', 'open')
          .where('returns', '=', 1)
          .where('expiresAt', '>', Date.now())
          .orderBy('createdAt', 'desc')
          .limit(1),
      ),
    /** Notes a failure that may be an open flow's. @returns whether the flow was still open */
    async report(id: string, reported: FailureCode, providerError: string | null): Promise<boolean> {
      const row = await db
        .updateTable('flows')
        .set({ reported, providerError })
        .where('id', '=', id)
        .where('status', '=', 'open')
        .returning('id')
        .executeTakeFirst();
      return row !== undefined;
    },
    /** How often each connection came back with each provider error since a time. */
    async providerErrors(
      since: number,
    ): Promise<{ connectionName: string; providerError: string; failure: FailureCode; count: number }[]> {
      const rows = await db
        .selectFrom('flows')
        .select((row) => [
          'connectionName',
          'providerError',
          // One that came back without `state` ended nothing.
          row.fn.coalesce('failure', 'reported').as('failure'),
          row.fn.countAll<number>().as('count'),
        ])
        .where('providerError', 'is not', null)
        .where('createdAt', '>=', since)
        .groupBy((row) => ['connectionName', 'providerError', row.fn.coalesce('failure', 'reported')])
        .execute();
      return rows
        .flatMap(({ connectionName, providerError, failure, count }) =>
          providerError !== null && isFailureCode(failure)
            ? [{ connectionName, providerError, failure, count: Number(count) }]
            : [],
        )
        .sort((one, other) => other.count - one.count);
    },
    /** Ends a flow that has not ended. @returns whether this call ended it */
    async end(id: string, status: FlowEnd, failure: FailureCode | null, reference: string): Promise<boolean> {
      const row = await db
        .updateTable('flows')
        .set({ status, failure, reference, endedAt: Date.now(), approval: null })
        .where('id', '=', id)
        .where('status', 'in', unendedStatuses)
        .returning('id')
        .executeTakeFirst();
      return row !== undefined;
    },
    /** Deletes a flow, as if it had never been. */
    async forget(id: string): Promise<void> {
      await db.deleteFrom('flows').where('id', '=', id).execute();
    },
    /** The flows of one user and connection that can still be finished. */
    async unended(identifier: string, connectionName: string): Promise<Flow[]> {
      const rows = await ofPair(identifier, connectionName)
        .where('status', 'in', unendedStatuses)
        .where('expiresAt', '>', Date.now())
        .execute();
      return rows.map(toFlow);
    },
    /** Those of some users who have a flow that can still be finished. */
    async withOpen(identifiers: readonly string[]): Promise<ReadonlySet<string>> {
      const rows = await db
        .selectFrom('flows')
        .select('identifier')
        .distinct()
        .where('identifier', 'in', identifiers)
        .where('status', 'in', unendedStatuses)
        .where('expiresAt', '>', Date.now())
        .execute();
      return new Set(rows.map(({ identifier }) => identifier));
    },
    /** The connections that a user connected here since a time. */
    async connectedSince(identifier: string, since: number): Promise<ReadonlySet<string>> {
      const rows = await db
        .selectFrom('flows')
        .select('connectionName')
        .where('identifier', '=', identifier)
        .where('status', '=', 'done')
        .where('endedAt', '>=', since)
        .execute();
      return new Set(rows.map(({ connectionName }) => connectionName));
    },
    /** The latest flow of each of these users on each of these connections. */
    async latest(identifiers: readonly string[], connectionNames: readonly string[]): Promise<Flow[]> {
      if (identifiers.length === 0 || connectionNames.length === 0) return [];
      const rows = await selectFlow
        .where('identifier', 'in', identifiers)
        .where('connectionName', 'in', connectionNames)
        .where('createdAt', '=', (latest) =>
          latest
            .selectFrom('flows as later')
            .select((flow) => flow.fn.max('later.createdAt').as('createdAt'))
            .whereRef('later.identifier', '=', 'flows.identifier')
            .whereRef('later.connectionName', '=', 'flows.connectionName'),
        )
        .execute();
      return rows.map(toFlow);
    },
    /** The flows of one user and connection that began at `since` or later, newest first. */
    async since(identifier: string, connectionName: string, since: number): Promise<Flow[]> {
      const rows = await ofPair(identifier, connectionName)
        .where('createdAt', '>=', since)
        .orderBy('createdAt', 'desc')
        .limit(50)
        .execute();
      return rows.map(toFlow);
    },
    /** Ends some of the flows that were open for too long without a browser coming back. @returns those it ended */
    async timeOut(now: number, atMost: number): Promise<Flow[]> {
      const rows = await db
        .updateTable('flows')
        .set({ status: 'timed_out', failure: 'never_returned', endedAt: now, approval: null })
        .where('id', 'in', (flow) =>
          flow
            .selectFrom('flows as late')
            .select('late.id')
            .where('late.status', '=', 'open')
            .where('late.expiresAt', '<', now)
            .where('late.returns', '=', 1)
            .limit(atMost),
        )
        .where('status', '=', 'open')
        .returningAll()
        .execute();
      return rows.map(toFlow);
    },
    /**
     * Some of the flows that only their account can tell the outcome of: those that have been verifying since before
     * `staleBefore`, which a dead process left behind, and those that were open for too long and no browser comes back for.
     */
    async unsettled(now: number, staleBefore: number, atMost: number): Promise<Flow[]> {
      const rows = await selectFlow
        .where((is) =>
          is.or([
            is.and([is('status', '=', 'verifying'), is('verifyStartedAt', '<', staleBefore)]),
            is.and([is('status', '=', 'open'), is('expiresAt', '<', now), is('returns', '=', 0)]),
          ]),
        )
        .orderBy('expiresAt')
        .limit(atMost)
        .execute();
      return rows.map(toFlow);
    },
    /** Forgets the flows that ended, and the auth requests that came, before a time. */
    async forgetBefore(time: number): Promise<void> {
      await db.deleteFrom('flows').where('endedAt', '<', time).execute();
      await db.deleteFrom('authRequests').where('arrivedAt', '<', time).execute();
    },
  };
}

export type FlowStore = ReturnType<typeof createFlowStore>;

/** A session of a browser and a flow, which may be somebody else's. */
export type SessionWithFlow = { readonly session: SessionData | null; readonly flow: Flow | null };

/** Finds a session by its id, and a flow by its own, in one query. Whose they are is for the caller to compare. */
export function createFlowPolls(db: Db, sessions: SessionStore) {
  const find = prepared(db, 2, (idHash: string, id: string) =>
    sessions
      .rowOf(idHash)
      .leftJoin('flows', (join) => join.on('flows.id', '=', id))
      .selectAll('flows'),
  );
  return async (sid: string, id: string): Promise<SessionWithFlow> => {
    const [row] = await find(hashed(sid), id);
    if (row === undefined) return { session: null, flow: null };
    const { sessionData, sessionCreatedAt, sessionExpiresAt, ...flow } = row;
    return {
      session: sessions.toSession({ sessionData, sessionCreatedAt, sessionExpiresAt }),
      // All of its columns are there, or none.
      flow: flow.id === null ? null : toFlow(flow as Selectable<FlowsTable>),
    };
  };
}

export type FlowPolls = ReturnType<typeof createFlowPolls>;
