import { type SessionData, Store } from 'express-session';
import type { Db } from './database.js';
import { hashed } from './hashed.js';

declare module 'express-session' {
  interface SessionData {
    /** When the stored session ends unless it is used again, in epoch milliseconds; not part of what is stored. */
    storedUntil?: number;
  }
}

const touchEveryMs = 60_000;

/**
 * Sessions in the database, under the hash of their id. Using a session prolongs it, written at most once a
 * minute, since a write on every request halves the throughput.
 */
export class SessionStore extends Store {
  /** @param idleMs a session that is not used for this long ends */
  constructor(
    private readonly db: Db,
    private readonly idleMs: number,
  ) {
    super();
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
    const until = Date.now() + this.idleMs;
    if (session.storedUntil !== undefined && until - session.storedUntil < touchEveryMs) {
      callback?.();
      return;
    }
    this.prolong(sid, until).then(
      () => callback?.(),
      () => callback?.(),
    );
  }

  private async read(sid: string): Promise<SessionData | null> {
    const row = await this.db
      .selectFrom('sessions')
      .select(['data', 'expires_at'])
      .where('id_hash', '=', hashed(sid))
      .executeTakeFirst();
    if (row === undefined || row.expires_at <= Date.now()) return null;
    return { ...(JSON.parse(row.data) as SessionData), storedUntil: row.expires_at };
  }

  private async write(sid: string, session: SessionData): Promise<void> {
    const { storedUntil: _, ...stored } = session;
    const row = { data: JSON.stringify(stored), expires_at: Date.now() + this.idleMs };
    await this.db
      .insertInto('sessions')
      .values({ id_hash: hashed(sid), ...row })
      .onConflict((conflict) => conflict.column('id_hash').doUpdateSet(row))
      .execute();
  }

  private async remove(sid: string): Promise<void> {
    await this.db.deleteFrom('sessions').where('id_hash', '=', hashed(sid)).execute();
  }

  private async prolong(sid: string, until: number): Promise<void> {
    await this.db
      .updateTable('sessions')
      .set({ expires_at: until })
      .where('id_hash', '=', hashed(sid))
      .execute();
  }

  /** Deletes the sessions that have ended. */
  async deleteExpired(): Promise<void> {
    await this.db.deleteFrom('sessions').where('expires_at', '<=', Date.now()).execute();
  }
}
