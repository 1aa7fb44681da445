import { lastKnownSubject } from '../accounts/list/accountReader.js';
import type { ConnectedAccount } from '../scalekit/gateway.js';
import type { Db } from '../store/database/schema.js';

/** Revises the last known accounts of a user. Returns null when nothing changes. */
export type Revision = (accounts: readonly ConnectedAccount[], asOf: number) => ConnectedAccount[] | null;

const tries = 5;

/** The last known accounts, as webhooks may revise them. The next true read replaces all of it. */
export function createLastKnownAccountsStore(db: Db) {
  const find = (identifier: string) =>
    db
      .selectFrom('lastKnown')
      .select(['value', 'asOf'])
      .where('subject', '=', lastKnownSubject(identifier))
      .executeTakeFirst();

  async function tryRevision(identifier: string, revision: Revision): Promise<boolean> {
    const row = await find(identifier);
    if (row === undefined) return true;
    const revised = revision(JSON.parse(row.value) as ConnectedAccount[], row.asOf);
    if (revised === null) return true;
    const written = await db
      .updateTable('lastKnown')
      .set({ value: JSON.stringify(revised) })
      .where('subject', '=', lastKnownSubject(identifier))
      .where('asOf', '=', row.asOf)
      .where('value', '=', row.value)
      .returning('subject')
      .executeTakeFirst();
    return written !== undefined;
  }

  return {
    /** What was last known of users' accounts, by identifier. Users of whom nothing was are left out. */
    async read(identifiers: readonly string[]): Promise<ReadonlyMap<string, readonly ConnectedAccount[]>> {
      const owners = new Map(identifiers.map((identifier) => [lastKnownSubject(identifier), identifier]));
      const rows = await db
        .selectFrom('lastKnown')
        .select(['subject', 'value'])
        .where('subject', 'in', [...owners.keys()])
        .execute();
      return new Map(
        rows.map(({ subject, value }) => [
          owners.get(subject) ?? '',
          JSON.parse(value) as readonly ConnectedAccount[],
        ]),
      );
    },
    /**
     * Changes what was last known of a user's accounts, and leaves its "as of" alone: the accounts that nothing was
     * heard of are no newer. It gives up, without harm, when others keep writing at the same time.
     */
    async revise(identifier: string, revision: Revision): Promise<void> {
      for (let count = 0; count < tries; count += 1) {
        if (await tryRevision(identifier, revision)) return;
      }
    },
  };
}

export type LastKnownAccountsStore = ReturnType<typeof createLastKnownAccountsStore>;
