import { type SessionData, Store } from 'express-session';
import { hashed } from '../kernel/hashed.js';
import type { Db } from './database/schema.js';
import { createLogoutStore } from './logoutStore.js';

declare module 'express-session' {
  interface SessionData {
    /** The columns of the session's row, in epoch milliseconds. They are not stored with the session's data. */
    stored?: { readonly createdAt: number; readonly expiresAt: number };
  }
}

/** What a session is made of, as a query finds it beside other things. Times are epoch milliseconds. */
interface SessionRow {
  readonly sessionData: string;
  readonly sessionCreatedAt: number;
  readonly sessionExpiresAt: number;
}

/** How often a session's end is written while it is used. */
export const touchEveryMs = 60_000;

/**
 * Sessions in the database, under the hash of their id. Using a session prolongs it, written at most once a
 * minute, since a write on every request halves the throughput. Each request reads its session here, so a session
 * that was destroyed is over on every instance at once.
 */
export class SessionStore extends Store {
  /** The sessions that this process has begun, by their request's session object. */
  private readonly begun = new WeakMap<SessionData, number>();
  private readonly logouts: ReturnType<typeof createLogoutStore>;

  /**
   * @param idleMs a session that is not used for this long ends
   * @param maxMs a session ends this long after it began, however much it is used
   */
  constructor(
    private readonly db: Db,
    private readonly idleMs: number,
    private readonly maxMs = Number.POSITIVE_INFINITY,
  ) {
    super();
    this.logouts = createLogoutStore(db);
  }

  override get(sid: string, callback: (error: unknown, session?: SessionData | null) => void): void {
    this.read(sid).then(
      (session) => callback(null, session),
      (error) => callback(error),
    );
  }

  override set(sid: string, session: SessionData, callback?: (error?: unknown) => void): void {
    this.write(sid, session).then(
      () => callback?.(),
      (error) => callback?.(error),
    );
  }

  override destroy(sid: string, callback?: (error?: unknown) => void): void {
    this.remove(sid).then(
      () => callback?.(),
      (error) => callback?.(error),
    );
  }

  override touch(sid: string, session: SessionData, callback?: () => void): void {
    this.keepAlive(sid, session).then(() => callback?.());
  }

  /**
   * Prolongs a session that is used, when that is due. A write that fails is left to the next use.
   * @returns whether it was due
   */
  async keepAlive(sid: string, { stored }: SessionData): Promise<boolean> {
    if (stored === undefined) return false;
    const until = this.endOf(stored.createdAt);
    if (until - stored.expiresAt < touchEveryMs) return false;
    await this.prolong(sid, until).catch(() => undefined);
    return true;
  }

  /** When a session expires that is used now. Both in epoch milliseconds. */
  endOf(createdAt: number): number {
    return Math.min(Date.now() + this.idleMs, createdAt + this.maxMs);
  }

  /** The session of an id, or null when there is none, or it has ended. */
  async read(sid: string): Promise<SessionData | null> {
    const row = await this.rowOf(hashed(sid)).executeTakeFirst();
    return row === undefined ? null : this.toSession(row);
  }

  /** The row of a session, for a query that reads more along with it. `toSession` tells whether it has ended. */
  rowOf(idHash: string) {
    return (
      this.db
        .selectFrom('sessions')
        .select([
          'sessions.data as sessionData',
          'sessions.createdAt as sessionCreatedAt',
          'sessions.expiresAt as sessionExpiresAt',
        ])
        .where('sessions.idHash', '=', idHash)
        // One that was begun while its identifier was given up.
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('retiredIdentifiers')
                .select('retiredIdentifiers.identifier')
                .whereRef('retiredIdentifiers.identifier', '=', 'sessions.identifier'),
            ),
          ),
        )
    );
  }

  /** The session of a row, or null when it has ended. */
  toSession({ sessionData, sessionCreatedAt, sessionExpiresAt }: SessionRow): SessionData | null {
    // The limit is checked again, since it may have been lowered since the row was written.
    if (Math.min(sessionExpiresAt, sessionCreatedAt + this.maxMs) <= Date.now()) return null;
    const stored = { createdAt: sessionCreatedAt, expiresAt: sessionExpiresAt };
    return { ...(JSON.parse(sessionData) as SessionData), stored };
  }

  /**
   * A session is inserted once, by the request that began it. After that it is only updated: a request that was
   * under way while its session was destroyed must not bring it back to life.
   */
  private async write(sid: string, session: SessionData): Promise<void> {
    const { stored, ...kept } = session;
    const createdAt = stored?.createdAt ?? this.begun.get(session);
    const idHash = hashed(sid);
    const row = {
      data: JSON.stringify(kept),
      identifier: session.user?.identifier ?? null,
      subjectHash: session.atProvider?.subjectHash ?? null,
      providerSessionHash: session.atProvider?.sessionHash ?? null,
    };
    if (createdAt === undefined) {
      const now = Date.now();
      const begun = { ...row, idHash, createdAt: now, expiresAt: this.endOf(now) };
      await this.db.insertInto('sessions').values(begun).execute();
      this.begun.set(session, now);
      // The provider may have ended it since it told of the user. This is asked once others can see the session.
      if (session.atProvider !== undefined && (await this.logouts.isEnded(session.atProvider)))
        await this.remove(sid);
      return;
    }
    await this.db
      .updateTable('sessions')
      .set({ ...row, expiresAt: this.endOf(createdAt) })
      .where('idHash', '=', idHash)
      .execute();
  }

  private async remove(sid: string): Promise<void> {
    await this.db.deleteFrom('sessions').where('idHash', '=', hashed(sid)).execute();
  }

  private async prolong(sid: string, until: number): Promise<void> {
    await this.db
      .updateTable('sessions')
      .set({ expiresAt: until })
      .where('idHash', '=', hashed(sid))
      // A session that has expired meanwhile stays expired.
      .where('expiresAt', '>', Date.now())
      .execute();
  }

  /** Ends every session of a user, on every instance. */
  async destroyAllOf(identifier: string): Promise<void> {
    await this.db.deleteFrom('sessions').where('identifier', '=', identifier).execute();
  }

  /** Deletes the sessions that have ended. */
  async deleteExpired(): Promise<void> {
    await this.db.deleteFrom('sessions').where('expiresAt', '<=', Date.now()).execute();
  }
}
