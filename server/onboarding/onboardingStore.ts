import type { Selectable, Updateable } from 'kysely';
import { isFailureCode } from '../accounts/flow/failureCodes.js';
import type { Flow, FlowStatus } from '../accounts/flow/flow.js';
import type { UserCheck } from '../identity/clients/apiClient.js';
import { olderThan, type PageKey } from '../store/database/newestFirst.js';
import type { Db, OnboardingSessionsTable } from '../store/database/schema.js';
import {
  type ConnectionOutcome,
  continueLifetimeMs,
  type Metadata,
  type OnboardingSession,
  type OnboardingStatus,
  type Outcome,
  onboardingKeyOf,
} from './onboardingSession.js';

type Ended = Exclude<OnboardingStatus, 'open' | 'started'>;
type Outcomes = readonly ConnectionOutcome[];

/** What is known of a flow that has ended. */
export type EndedTry = Pick<Flow, 'principal' | 'connectionName' | 'status' | 'failure'>;

/** What a start stores. */
export interface Start {
  readonly now: number;
  readonly expiresAt: number;
  readonly cookieHash: string;
  readonly nonceHash: string | null;
  readonly checkedAt: number | null;
}

/** What passing the check stores. */
export interface Passed {
  readonly now: number;
  readonly expiresAt: number;
}

/** Which onboardings a list has; null is for any. */
export interface ListFilter {
  readonly status: OnboardingStatus | null;
  readonly identifier: string | null;
}

type Row = Selectable<OnboardingSessionsTable>;

type StoredOutcome = Omit<ConnectionOutcome, 'outcome'> & { readonly outcome: Outcome | string };

/** @param text of a version before `kind` and `reason`: `connected`, or `failed:` and why */
function outcomeIn(text: string): Outcome {
  const [kind, reason = null] = text.split(':');
  return { kind, reason } as Outcome;
}

const outcomesIn = (text: string): ConnectionOutcome[] =>
  (JSON.parse(text) as StoredOutcome[]).map((stored) => ({
    ...stored,
    outcome: typeof stored.outcome === 'string' ? outcomeIn(stored.outcome) : stored.outcome,
  }));

function toSession(row: Row): OnboardingSession {
  const { startTokenHash: _1, cookieHash: _2, confirmNonceHash: _3, continueCodeHash: _4, ...session } = row;
  return {
    ...session,
    connections: JSON.parse(row.connections) as OnboardingSession['connections'],
    metadata: JSON.parse(row.metadata) as Metadata,
    userCheck: row.userCheck as UserCheck,
    status: row.status as OnboardingStatus,
    skipped: JSON.parse(row.skipped) as string[],
    outcomes: row.outcomes === null ? null : outcomesIn(row.outcomes),
  };
}

const toRow = (session: OnboardingSession, tokenHash: string): OnboardingSessionsTable => ({
  ...session,
  connections: JSON.stringify(session.connections),
  metadata: JSON.stringify(session.metadata),
  startTokenHash: tokenHash,
  cookieHash: null,
  confirmNonceHash: null,
  continueCodeHash: null,
  skipped: JSON.stringify(session.skipped),
  outcomes: session.outcomes === null ? null : JSON.stringify(session.outcomes),
});

const unended: OnboardingStatus[] = ['open', 'started'];

/** Each change is one statement, which makes it only from where it may be made, and gives the session or null. */
export function createOnboardingStore(db: Db) {
  async function one(query: { executeTakeFirst(): Promise<Row | undefined> }) {
    const row = await query.executeTakeFirst();
    return row === undefined ? null : toSession(row);
  }
  const selected = db.selectFrom('onboardingSessions').selectAll();
  const changed = (from: OnboardingStatus[], now: number, set: Updateable<OnboardingSessionsTable>) =>
    db
      .updateTable('onboardingSessions')
      .set(set)
      .where('status', 'in', from)
      .where('expiresAt', '>', now)
      .returningAll();
  const started = (from: OnboardingStatus[], { now, expiresAt, cookieHash, nonceHash, checkedAt }: Start) =>
    changed(from, now, {
      status: 'started',
      startedAt: now,
      expiresAt,
      cookieHash,
      confirmNonceHash: nonceHash,
      confirmedAt: null,
      continueCodeHash: null,
      checkedAt,
    });
  const ended = (from: OnboardingStatus[], now: number, status: Ended, outcomes: Outcomes) =>
    changed(from, now, {
      status,
      outcomes: JSON.stringify(outcomes),
      endedAt: now,
      continueCodeHash: null,
    });

  return {
    /** The same onboardings, within a transaction. */
    within: createOnboardingStore,
    /** @param tokenHash the hash of the token that starts it */
    async create(session: OnboardingSession, tokenHash: string): Promise<void> {
      await db.insertInto('onboardingSessions').values(toRow(session, tokenHash)).execute();
    },
    /** Those of a client, the newest first, as far as they are asked for. */
    async list(
      clientId: string,
      { status, identifier }: ListFilter,
      { before, limit, now }: { before: PageKey | null; limit: number; now: number },
    ): Promise<OnboardingSession[]> {
      let query = selected.where('clientId', '=', clientId);
      if (identifier !== null) query = query.where('identifier', '=', identifier);
      if (status === 'expired') {
        query = query.where((is) =>
          is.or([
            is('status', '=', status),
            is.and([is('status', 'in', unended), is('expiresAt', '<=', now)]),
          ]),
        );
      } else if (status !== null) {
        query = query.where('status', '=', status);
        if (unended.includes(status)) query = query.where('expiresAt', '>', now);
      }
      if (before !== null) query = query.where(olderThan(before));
      const rows = await query.orderBy('createdAt', 'desc').orderBy('id', 'desc').limit(limit).execute();
      return rows.map(toSession);
    },
    find: (id: string): Promise<OnboardingSession | null> => one(selected.where('id', '=', id)),
    findByToken: (tokenHash: string): Promise<OnboardingSession | null> =>
      one(selected.where('startTokenHash', '=', tokenHash)),
    findByCookie: (cookieHash: string): Promise<OnboardingSession | null> =>
      one(selected.where('cookieHash', '=', cookieHash)),
    async findByCookies(cookieHashes: readonly string[]): Promise<OnboardingSession[]> {
      const rows = await selected.where('cookieHash', 'in', cookieHashes).execute();
      return rows.map(toSession);
    },
    /** Starts one that is open. */
    start: (tokenHash: string, start: Start): Promise<OnboardingSession | null> =>
      one(started(['open'], start).where('startTokenHash', '=', tokenHash)),
    /** Starts one anew that waits for the check. Whatever the browser before has is worth nothing after that. */
    restart: (tokenHash: string, start: Start): Promise<OnboardingSession | null> =>
      one(
        started(['started'], start)
          .where('startTokenHash', '=', tokenHash)
          .where('checkedAt', 'is', null)
          .where('restartUntil', '>', start.now),
      ),
    /** Notes that the other app knows its user, and the code that its browser goes on with; a later one replaces it. */
    confirm: (
      id: string,
      nonceHash: string,
      codeHash: string,
      now: number,
    ): Promise<OnboardingSession | null> =>
      one(
        changed(['started'], now, { confirmedAt: now, continueCodeHash: codeHash })
          .where('id', '=', id)
          .where('confirmNonceHash', '=', nonceHash)
          .where('checkedAt', 'is', null),
      ),
    /** Uses the code up, in the browser that started the onboarding. */
    continueWith: (
      id: string,
      codeHash: string,
      cookieHash: string,
      { now, expiresAt }: Passed,
    ): Promise<OnboardingSession | null> =>
      one(
        changed(['started'], now, { checkedAt: now, continueCodeHash: null, expiresAt })
          .where('id', '=', id)
          .where('continueCodeHash', '=', codeHash)
          .where('cookieHash', '=', cookieHash)
          .where('confirmedAt', '>', now - continueLifetimeMs),
      ),
    /** Uses up a code that came back in another browser, so that it opens nothing any more. */
    burnCode: (id: string, codeHash: string): Promise<OnboardingSession | null> =>
      one(
        db
          .updateTable('onboardingSessions')
          .set({ continueCodeHash: null })
          .where('id', '=', id)
          .where('continueCodeHash', '=', codeHash)
          .returningAll(),
      ),
    /** Notes that our own sign-in knows the user, in the browser that started the onboarding. */
    passCheck: (
      id: string,
      cookieHash: string,
      { now, expiresAt }: Passed,
    ): Promise<OnboardingSession | null> =>
      one(
        changed(['started'], now, { checkedAt: now, expiresAt })
          .where('id', '=', id)
          .where('cookieHash', '=', cookieHash)
          .where('userCheck', '=', 'sign_in')
          .where('checkedAt', 'is', null),
      ),
    async skip(id: string, name: string, now: number): Promise<OnboardingSession | null> {
      // Two skips at the same time each write a list that has the other's.
      while (true) {
        const row = await selected.where('id', '=', id).executeTakeFirst();
        if (row === undefined) return null;
        const names = JSON.parse(row.skipped) as string[];
        const skipped = JSON.stringify([...new Set([...names, name])]);
        const session = await one(
          changed(['started'], now, { skipped })
            .where('id', '=', id)
            .where('skipped', '=', row.skipped)
            .where('checkedAt', 'is not', null),
        );
        if (session !== null) return session;
        const later = await this.find(id);
        if (later === null || JSON.stringify(later.skipped) === row.skipped) return null;
      }
    },
    /** Ends an onboarding that is open or started. */
    cancel: (id: string, outcomes: Outcomes, now: number): Promise<OnboardingSession | null> =>
      one(ended(unended, now, 'cancelled', outcomes).where('id', '=', id)),
    /** Ends an onboarding when the other app names another user than it was made for. */
    cancelByNonce: (
      id: string,
      nonceHash: string,
      outcomes: Outcomes,
      now: number,
    ): Promise<OnboardingSession | null> =>
      one(
        ended(['started'], now, 'cancelled', outcomes)
          .where('id', '=', id)
          .where('confirmNonceHash', '=', nonceHash),
      ),
    /** Takes back what was confirmed in a browser, which another user is at than the onboarding was made for. */
    turnAway: (id: string, nonceHash: string, now: number): Promise<OnboardingSession | null> =>
      one(
        changed(['started'], now, { confirmedAt: null, continueCodeHash: null })
          .where('id', '=', id)
          .where('confirmNonceHash', '=', nonceHash)
          .where('checkedAt', 'is', null),
      ),
    /** Ends one that its user leaves. One whose link waits for its user goes on. */
    finish: (
      id: string,
      status: 'complete' | 'incomplete',
      outcomes: Outcomes,
      now: number,
    ): Promise<OnboardingSession | null> =>
      one(
        ended(['started'], now, status, outcomes)
          .where('id', '=', id)
          .where((is) => is.or([is('checkedAt', 'is not', null), is('restartUntil', 'is', null)])),
      ),
    /** Started onboardings whose time is over, and that are not marked as ended yet. */
    async ranOut(now: number): Promise<OnboardingSession[]> {
      const rows = await db
        .selectFrom('onboardingSessions')
        .selectAll()
        .where('status', '=', 'started')
        .where('expiresAt', '<=', now)
        .execute();
      return rows.map(toSession);
    },
    /** The onboarding's tries that ended before it did, and those that were being verified at its end and succeeded; the newest first. */
    async endedTries(session: OnboardingSession): Promise<EndedTry[]> {
      const end = session.endedAt ?? session.expiresAt;
      const rows = await db
        .selectFrom('flows')
        .select(['principal', 'connectionName', 'status', 'failure'])
        .where('identifier', '=', session.identifier)
        .where('principal', '=', onboardingKeyOf(session))
        .where((is) =>
          is.or([
            is('endedAt', '<=', end),
            is.and([is('status', '=', 'done'), is('verifyStartedAt', '<=', end)]),
          ]),
        )
        .orderBy('createdAt', 'desc')
        .execute();
      return rows.map(({ failure, ...row }) => ({
        ...row,
        status: row.status as FlowStatus,
        failure: isFailureCode(failure) ? failure : null,
      }));
    },
    /** Stores the outcomes of an expired onboarding. */
    async keepOutcomes(id: string, outcomes: Outcomes): Promise<void> {
      await db
        .updateTable('onboardingSessions')
        .set({ outcomes: JSON.stringify(outcomes) })
        .where('id', '=', id)
        .where('outcomes', 'is', null)
        .execute();
    },
    /** Marks the expired ones as ended and returns them; deletes those that ended before `endedBefore`. */
    async tidy(now: number, endedBefore: number): Promise<OnboardingSession[]> {
      const rows = await db
        .updateTable('onboardingSessions')
        .set((is) => ({ status: 'expired', endedAt: is.ref('expiresAt'), continueCodeHash: null }))
        .where('status', 'in', unended)
        .where('expiresAt', '<=', now)
        .returningAll()
        .execute();
      await db.deleteFrom('onboardingSessions').where('endedAt', '<', endedBefore).execute();
      return rows.map(toSession);
    },
  };
}

export type OnboardingStore = ReturnType<typeof createOnboardingStore>;
