import type { Selectable } from 'kysely';
import { hashed } from '../kernel/hashed.js';
import type { Db, ProviderSubjectsTable } from './database/schema.js';

/** Whom an OpenID provider signed in: unique and never given to somebody else (OpenID Connect Core 1.0, section 2). */
export interface ProviderSubject {
  readonly issuer: string;
  readonly subject: string;
}

/** Whom the provider means by an identifier, and who else came under it. Times are epoch milliseconds. */
export interface KnownSubject extends ProviderSubject {
  readonly since: number;
  /** Who was refused last, or null. The key tells them apart from whoever comes next. */
  readonly other: (ProviderSubject & { readonly at: number; readonly key: string }) | null;
}

/** Names a subject in one text of a fixed length. */
export const subjectKeyOf = ({ issuer, subject }: ProviderSubject): string => hashed(`${issuer}\0${subject}`);

/** Names a session of a provider (`sid`, OpenID Connect Front-Channel Logout 1.0, section 3) in the same way. */
export const providerSessionKeyOf = (issuer: string, sid: string): string => hashed(`sid\0${issuer}\0${sid}`);

function knownOf(row: Selectable<ProviderSubjectsTable>): KnownSubject {
  const { issuer, subject, since, otherIssuer, otherSubject, otherAt } = row;
  if (otherIssuer === null || otherSubject === null || otherAt === null)
    return { issuer, subject, since, other: null };
  const other = { issuer: otherIssuer, subject: otherSubject };
  return { issuer, subject, since, other: { ...other, at: otherAt, key: subjectKeyOf(other) } };
}

const nobody = { otherIssuer: null, otherSubject: null, otherAt: null };

/** Whom the provider means by each identifier. An address may be given to a new person; a subject never is. */
export function createSubjectStore(db: Db) {
  async function of(identifier: string): Promise<KnownSubject | null> {
    const row = await db
      .selectFrom('providerSubjects')
      .selectAll()
      .where('identifier', '=', identifier)
      .executeTakeFirst();
    return row === undefined ? null : knownOf(row);
  }

  /** Nobody waits any more. @returns false when it is not this one who waits */
  async function settle(identifier: string, key: string, values: Partial<ProviderSubjectsTable>) {
    const waiting = (await of(identifier))?.other;
    if (waiting?.key !== key) return false;
    const { numUpdatedRows } = await db
      .updateTable('providerSubjects')
      .set({ ...values, ...nobody })
      .where('identifier', '=', identifier)
      .where('otherIssuer', '=', waiting.issuer)
      .where('otherSubject', '=', waiting.subject)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  return {
    of,
    /** The same store within a transaction. */
    within: (transaction: Db) => createSubjectStore(transaction),

    /**
     * Whether a subject is whom an identifier means. The first one that comes is; another one is noted, for an admin
     * to decide about.
     */
    async isMeant(identifier: string, { issuer, subject }: ProviderSubject, at: number): Promise<boolean> {
      await db
        .insertInto('providerSubjects')
        .values({ identifier, issuer, subject, since: at, ...nobody })
        .onConflict((conflict) => conflict.column('identifier').doNothing())
        .execute();
      const known = await of(identifier);
      if (known?.issuer === issuer && known.subject === subject) return true;
      await db
        .updateTable('providerSubjects')
        .set({ otherIssuer: issuer, otherSubject: subject, otherAt: at })
        .where('identifier', '=', identifier)
        .execute();
      return false;
    },

    /**
     * Makes who was refused the one whom the identifier means.
     * @param key of who was refused, as it was shown
     * @returns false when it is somebody else by now
     */
    async accept(identifier: string, key: string, at: number): Promise<boolean> {
      const waiting = (await of(identifier))?.other;
      if (!waiting) return false;
      return settle(identifier, key, { issuer: waiting.issuer, subject: waiting.subject, since: at });
    },

    /** The issuers that are known, with how many users each has. */
    issuers: () =>
      db
        .selectFrom('providerSubjects')
        .select(({ fn }) => ['issuer', fn.countAll<number>().as('users')])
        .groupBy('issuer')
        .orderBy('issuer')
        .execute(),

    /** Forgets whom an issuer meant, so that the next sign-in of each user counts as the first. @returns how many */
    async forgetIssuer(issuer: string): Promise<number> {
      const { numDeletedRows } = await db
        .deleteFrom('providerSubjects')
        .where('issuer', '=', issuer)
        .executeTakeFirst();
      return Number(numDeletedRows);
    },

    /** Leaves it as it is. Who was refused is refused again. @returns as `accept` */
    leave: (identifier: string, key: string): Promise<boolean> => settle(identifier, key, {}),
  };
}
