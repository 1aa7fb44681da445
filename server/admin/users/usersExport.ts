import type { ConnectionNames } from '../../accounts/list/connectionNames.js';
import type { AccountState } from '../../accounts/states.js';
import { latestStuck, sortFor, type UserFilter } from '../../directory/users/userFilter.js';
import type {
  DirectoryAccount,
  DirectoryUser,
  UserQueryStore,
} from '../../directory/users/userQueryStore.js';
import type { CsvRow } from '../../kernel/csv.js';
import { isoTime } from '../../kernel/times.js';
import type { Translate } from '../../words/words.js';

/** Few enough that what a page is made of is gone before it counts as long-lived, which is collected seldom. */
const usersAtOnce = 50;

const time = (at: number | null) => (at === null ? null : isoTime(at));

/** As whom a user's connection is connected, or null. */
type NameOf = (identifier: string, connectionName: string) => string | null;

/** Whether an account is one that the filter means, and not only one of a user whom it means. */
function fits(filter: UserFilter, account: DirectoryAccount, stuckBefore: number): boolean {
  if (filter.connection !== null && account.connectionName !== filter.connection) return false;
  if (filter.state !== null && account.state !== filter.state) return false;
  return filter.stuck === null || (account.stuckSince !== null && account.stuckSince <= stuckBefore);
}

const notConnected: AccountState = 'not_connected';

const meansAnyAccount = ({ connection, state, stuck }: UserFilter) =>
  connection === null && state === null && stuck === null;

function linesOf(
  t: Translate,
  user: DirectoryUser,
  filter: UserFilter,
  stuckBefore: number,
  names: ConnectionNames,
  connectedAs: NameOf,
): CsvRow[] {
  const person = [
    user.identifier,
    user.displayName,
    user.email,
    time(user.firstSeenAt),
    time(user.lastSeenAt),
  ];
  const accounts = [...user.accounts.values()].filter((account) => fits(filter, account, stuckBefore));
  if (filter.state === notConnected || (accounts.length === 0 && meansAnyAccount(filter))) {
    const { connection } = filter;
    const title = connection === null ? null : names.titleOf(connection);
    return [
      [...person, title, connection, t(`admin.states.${notConnected}`), null, null, null, null, null, null],
    ];
  }
  return accounts.map((account) => [
    ...person,
    names.titleOf(account.connectionName),
    account.connectionName,
    t(`admin.states.${account.state}`),
    time(account.since),
    time(account.stuckSince),
    time(account.authorizedAt),
    time(account.lastUsedAt),
    time(account.tokenExpiresAt),
    connectedAs(user.identifier, account.connectionName),
  ]);
}

/** The accounts of a filter as lines of a table, in the order of its users, read page by page. */
export async function* userLines(
  t: Translate,
  users: UserQueryStore,
  filter: UserFilter,
  names: ConnectionNames,
  namesOf: (identifiers: readonly string[]) => Promise<NameOf>,
): AsyncGenerator<readonly CsvRow[]> {
  const stuckBefore = latestStuck(filter.stuck, Date.now());
  for await (const page of users.pages(filter, sortFor(filter, null), usersAtOnce)) {
    const connectedAs = await namesOf(page.map(({ identifier }) => identifier));
    yield page.flatMap((user) => linesOf(t, user, filter, stuckBefore, names, connectedAs));
  }
}
