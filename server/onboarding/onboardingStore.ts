import type { Selectable, Updateable } from 'kysely';
import { isFailureCode } from '../accounts/flow/failureCodes.js';
import type { Flow, FlowStatus } from '../accounts/flow/flow.js';
import type { UserCheck } from '../identity/clients/apiClient.js';
import type { Db, OnboardingSessionsTable } from '../store/database/schema.js';
import {
  type ConnectionOutcome,
  continueLifetimeMs,
  type OnboardingSession,
  type OnboardingStatus,
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

type Row = Selectable<OnboardingSessionsTable>;

const toSession = (row: Row): OnboardingSession => ({
  id: row.id,
  clientId: row.client_id,
  identifier: row.identifier,
  displayName: row.display_name,
  connections: JSON.parse(row.connections) as OnboardingSession['connections'],
  returnUrl: row.return_url,
  confirmUrl: row.confirm_url,
  refreshUrl: row.refresh_url,
  state: row.state,
  userCheck: row.user_check as UserCheck,
  status: row.status as OnboardingStatus,
  createdAt: row.created_at,
  startedAt: row.started_at,
  expiresAt: row.expires_at,
  confirmedAt: row.confirmed_at,
  checkedAt: row.checked_at,
  skipped: JSON.parse(row.skipped) as string[],
  outcomes: row.outcomes === null ? null : (JSON.parse(row.outcomes) as OnboardingSession['outcomes']),
  endedAt: row.ended_at,
});

const toRow = (session: OnboardingSession, tokenHash: string): OnboardingSessionsTable => ({
  id: session.id,
  client_id: session.clientId,
  identifier: session.identifier,
  display_name: session.displayName,
  connections: JSON.stringify(session.connections),
  return_url: session.returnUrl,
  confirm_url: session.confirmUrl,
  refresh_url: session.refreshUrl,
  state: session.state,
  user_check: session.userCheck,
  start_token_hash: tokenHash,
  cookie_hash: null,
  confirm_nonce_hash: null,
  continue_code_hash: null,
  status: session.status,
  created_at: session.createdAt,
  started_at: session.startedAt,
  expires_at: session.expiresAt,
  confirmed_at: session.confirmedAt,
  checked_at: session.checkedAt,
  skipped: JSON.stringify(session.skipped),
  outcomes: session.outcomes === null ? null : JSON.stringify(session.outcomes),
  ended_at: session.endedAt,
});

const unended: OnboardingStatus[] = ['open', 'started'];

/** Each change is one statement, which makes it only from where it may be made, and gives the session or null. */
export function createOnboardingStore(db: Db) {
  async function one(query: { executeTakeFirst(): Promise<Row | undefined> }) {
    const row = await query.executeTakeFirst();
    return row === undefined ? null : toSession(row);
  }
  const selected = db.selectFrom('onboarding_sessions').selectAll();
  const changed = (from: OnboardingStatus[], now: number, set: Updateable<OnboardingSessionsTable>) =>
    db
      .updateTable('onboarding_sessions')
      .set(set)
      .where('status', 'in', from)
      .where('expires_at', '>', now)
      .returningAll();
  const ended = (from: OnboardingStatus[], now: number, status: Ended, outcomes: Outcomes) =>
    changed(from, now, {
      status,
      outcomes: JSON.stringify(outcomes),
      ended_at: now,
      continue_code_hash: null,
    });

  return {
    /** The same onboardings, within a transaction. */
    within: createOnboardingStore,
    /** @param tokenHash the hash of the token that starts it */
    async create(session: OnboardingSession, tokenHash: string): Promise<void> {
      await db.insertInto('onboarding_sessions').values(toRow(session, tokenHash)).execute();
    },
    find: (id: string): Promise<OnboardingSession | null> => one(selected.where('id', '=', id)),
    findByToken: (tokenHash: string): Promise<OnboardingSession | null> =>
      one(selected.where('start_token_hash', '=', tokenHash)),
    findByCookie: (cookieHash: string): Promise<OnboardingSession | null> =>
      one(selected.where('cookie_hash', '=', cookieHash)),
    /** Takes the token. */
    start: (
      tokenHash: string,
      { now, expiresAt, cookieHash, nonceHash, checkedAt }: Start,
    ): Promise<OnboardingSession | null> =>
      one(
        changed(['open'], now, {
          status: 'started',
          started_at: now,
          expires_at: expiresAt,
          cookie_hash: cookieHash,
          confirm_nonce_hash: nonceHash,
          checked_at: checkedAt,
        }).where('start_token_hash', '=', tokenHash),
      ),
    /** Notes that the other app knows its user, and the code that its browser goes on with; a later one replaces it. */
    confirm: (
      id: string,
      nonceHash: string,
      codeHash: string,
      now: number,
    ): Promise<OnboardingSession | null> =>
      one(
        changed(['started'], now, { confirmed_at: now, continue_code_hash: codeHash })
          .where('id', '=', id)
          .where('confirm_nonce_hash', '=', nonceHash)
          .where('checked_at', 'is', null),
      ),
    /** Uses the code up, in the browser that started the onboarding. */
    continueWith: (
      id: string,
      codeHash: string,
      cookieHash: string,
      now: number,
    ): Promise<OnboardingSession | null> =>
      one(
        changed(['started'], now, { checked_at: now, continue_code_hash: null })
          .where('id', '=', id)
          .where('continue_code_hash', '=', codeHash)
          .where('cookie_hash', '=', cookieHash)
          .where('confirmed_at', '>', now - continueLifetimeMs),
      ),
    /** Uses up a code that came back in another browser, so that it opens nothing any more. */
    burnCode: (id: string, codeHash: string): Promise<OnboardingSession | null> =>
      one(
        db
          .updateTable('onboarding_sessions')
          .set({ continue_code_hash: null })
          .where('id', '=', id)
          .where('continue_code_hash', '=', codeHash)
          .returningAll(),
      ),
    /** Notes that our own sign-in knows the user. */
    passCheck: (id: string, now: number): Promise<OnboardingSession | null> =>
      one(
        changed(['started'], now, { checked_at: now })
          .where('id', '=', id)
          .where('user_check', '=', 'sign_in')
          .where('checked_at', 'is', null),
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
            .where('checked_at', 'is not', null),
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
          .where('confirm_nonce_hash', '=', nonceHash),
      ),
    finish: (
      id: string,
      status: 'complete' | 'incomplete',
      outcomes: Outcomes,
      now: number,
    ): Promise<OnboardingSession | null> =>
      one(ended(['started'], now, status, outcomes).where('id', '=', id)),
    /** Started onboardings whose time is over, and that are not marked as ended yet. */
    async ranOut(now: number): Promise<OnboardingSession[]> {
      const rows = await db
        .selectFrom('onboarding_sessions')
        .selectAll()
        .where('status', '=', 'started')
        .where('expires_at', '<=', now)
        .execute();
      return rows.map(toSession);
    },
    /** The tries in it that ended before it did, or were being verified then and are done; the newest first. */
    async endedTries(session: OnboardingSession): Promise<EndedTry[]> {
      const end = session.endedAt ?? session.expiresAt;
      const rows = await db
        .selectFrom('flows')
        .select(['principal', 'connection_name', 'status', 'failure'])
        .where('identifier', '=', session.identifier)
        .where('principal', '=', onboardingKeyOf(session))
        .where((is) =>
          is.or([
            is('ended_at', '<=', end),
            is.and([is('status', '=', 'done'), is('verify_started_at', '<=', end)]),
          ]),
        )
        .orderBy('created_at', 'desc')
        .execute();
      return rows.map(({ connection_name: connectionName, failure, ...row }) => ({
        principal: row.principal,
        connectionName,
        status: row.status as FlowStatus,
        failure: isFailureCode(failure) ? failure : null,
      }));
    },
    /** Stores the outcomes of an expired onboarding. */
    async keepOutcomes(id: string, outcomes: Outcomes): Promise<void> {
      await db
        .updateTable('onboarding_sessions')
        .set({ outcomes: JSON.stringify(outcomes) })
        .where('id', '=', id)
        .where('outcomes', 'is', null)
        .execute();
    },
    /** Marks the expired ones as ended and returns them; deletes those that ended before `endedBefore`. */
    async tidy(now: number, endedBefore: number): Promise<OnboardingSession[]> {
      const rows = await db
        .updateTable('onboarding_sessions')
        .set((is) => ({ status: 'expired', ended_at: is.ref('expires_at'), continue_code_hash: null }))
        .where('status', 'in', unended)
        .where('expires_at', '<=', now)
        .returningAll()
        .execute();
      await db.deleteFrom('onboarding_sessions').where('ended_at', '<', endedBefore).execute();
      return rows.map(toSession);
    },
  };
}

export type OnboardingStore = ReturnType<typeof createOnboardingStore>;
