import { randomUUID } from 'node:crypto';
import type { Db } from '../../store/database/schema.js';
import type { Role } from '../roles.js';
import type { ToldRoles, Verification } from './claims.js';
import type { SignInFailureCode } from './signInFailures.js';

/** One document of claims, without their values: those are about a person. */
export interface ToldClaims {
  readonly document: 'ID token' | 'userinfo';
  /** Such as `email: text`, `groups: list of 3`, `realm_access: object with roles`. */
  readonly claims: readonly string[];
}

/** What one sign-in told, and what became of it. */
export interface SignInReport {
  /** Empty where the sign-in failed before the provider told anything. */
  readonly told: readonly ToldClaims[];
  /** Whether userinfo was asked for and refused. */
  readonly userInfoRefused: boolean;
  /** What the provider says of the address, or null where it tells none. */
  readonly email: Verification | null;
  /** The values of the role claim, or null where none is configured. */
  readonly roles: ToldRoles | null;
  readonly outcome:
    | { readonly identifier: string; readonly displayName: string | null; readonly role: Role }
    | { readonly refused: SignInFailureCode; readonly detail: string | null };
}

/**
 * How the doctor, which is a process of its own, learns what the next sign-in tells: it leaves a watch in the database,
 * and the instance where somebody signs in puts the report there.
 */
export function createSignInWatchStore(db: Db) {
  const waiting = () =>
    db
      .selectFrom('signInWatches')
      .select('id')
      .where('report', 'is', null)
      .where('expiresAt', '>', Date.now());

  return {
    /** Waits for the next sign-in. @param lastsMs in milliseconds. @returns the id of the watch */
    async begin(lastsMs: number): Promise<string> {
      const id = randomUUID();
      await db
        .insertInto('signInWatches')
        .values({ id, expiresAt: Date.now() + lastsMs, identifier: null, report: null })
        .execute();
      return id;
    },
    /** Reports a sign-in to whoever waits for one. @param report made only when somebody does */
    async tell(report: () => SignInReport): Promise<void> {
      const watch = await waiting().limit(1).executeTakeFirst();
      if (watch === undefined) return;
      const made = report();
      await db
        .updateTable('signInWatches')
        .set({
          report: JSON.stringify(made),
          identifier: 'identifier' in made.outcome ? made.outcome.identifier : null,
        })
        .where('report', 'is', null)
        .where('expiresAt', '>', Date.now())
        .execute();
    },
    /** What came, or null while nobody has signed in. */
    async reportOf(id: string): Promise<SignInReport | null> {
      const row = await db
        .selectFrom('signInWatches')
        .select('report')
        .where('id', '=', id)
        .executeTakeFirst();
      return row?.report ? (JSON.parse(row.report) as SignInReport) : null;
    },
    /** Forgets a watch, with what it was told. */
    async end(id: string): Promise<void> {
      await db.deleteFrom('signInWatches').where('id', '=', id).execute();
    },
    async deleteExpired(): Promise<void> {
      await db.deleteFrom('signInWatches').where('expiresAt', '<=', Date.now()).execute();
    },
  };
}

export type SignInWatchStore = ReturnType<typeof createSignInWatchStore>;
