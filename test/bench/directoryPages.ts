import { createAuditEvents } from '../../server/admin/events/auditEventStore.js';
import { typesOf } from '../../server/admin/events/eventFilter.js';
import { createDirectorySyncStore } from '../../server/directory/directorySyncStore.js';
import { createOverviewStore } from '../../server/directory/users/overviewStore.js';
import { everyone, sortFor, type UserFilter } from '../../server/directory/users/userFilter.js';
import { encodeKey, type UserKey } from '../../server/directory/users/userKey.js';
import { createUserQueryStore } from '../../server/directory/users/userQueryStore.js';
import { createMailStore } from '../../server/notify/mailStore.js';
import { adminPaths } from '../../server/paths.js';
import { createDailyCounts, dayOf } from '../../server/store/dailyCountStore.js';
import type { Db } from '../../server/store/database/schema.js';

/** A page, and the work at the database that it needs. */
export interface BenchPage {
  readonly what: string;
  readonly path: string;
  readSql(db: Db): Promise<unknown>;
}

const shownUsers = 25;

/** What every page of the admins reads, whatever is on it. */
async function readFrame(db: Db): Promise<void> {
  await db.selectFrom('sessions').selectAll().where('idHash', '=', 'none').execute();
  const runs = createDirectorySyncStore(db);
  await Promise.all([runs.newest(), runs.newestComplete()]);
}

function usersPage(what: string, narrowed: Partial<UserFilter>, after: UserKey | null = null): BenchPage {
  const filter = { ...everyone, ...narrowed };
  return {
    what,
    path: adminPaths.users({ ...filter, after: after === null ? null : encodeKey(after) }),
    async readSql(db) {
      const users = createUserQueryStore(db);
      await readFrame(db);
      await users.countAccounts();
      const start = { after, before: null };
      await users.page({ filter, sort: sortFor(filter, null), start, size: shownUsers });
    },
  };
}

const overview: BenchPage = {
  what: 'overview',
  path: adminPaths.overview,
  async readSql(db) {
    const store = createOverviewStore(db);
    await readFrame(db);
    await store.stateCounts();
    await store.longestStuck(10);
    const counts = createDailyCounts(db);
    await counts.byConnection('2000-01-01');
    await counts.byConnection(dayOf(Date.now()));
    await counts.byDay('2000-01-01');
    await createMailStore(db).counts();
    await createAuditEvents(db).countByType(typesOf('security'), 0);
  },
};

/** What of a directory the pages show. */
export interface Shown {
  /** A connection that has accounts. */
  readonly connection: string;
  /** An identifier in the middle, or where one would be. */
  readonly identifier: string;
  /** What some users begin with. */
  readonly prefix: string;
  /** What many users are found by. */
  readonly word: string;
}

/** The pages that are measured. */
export const benchPages = ({ connection, identifier, prefix, word }: Shown): readonly BenchPage[] => [
  usersPage('first page', {}),
  usersPage('deep page', {}, { stream: 0, place: null, identifier }),
  usersPage('prefix search', { q: prefix }),
  usersPage('connection and state', { connection, state: 'expired' }),
  usersPage('search, connection and state', { q: word, connection, state: 'active' }),
  usersPage('connection, state and span', { connection, state: 'expired', stuck: '7d' }),
  overview,
];
