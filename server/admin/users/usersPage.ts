import type { ConnectionNames } from '../../accounts/list/connectionNames.js';
import { type AccountState, accountStates, stateTable } from '../../accounts/states.js';
import type { Freshness } from '../../directory/directory.js';
import {
  isNarrowed,
  type StuckSpan,
  sortsOf,
  stuckSpans,
  type UserFilter,
  type UserSort,
} from '../../directory/users/userFilter.js';
import { encodeKey } from '../../directory/users/userKey.js';
import type {
  AccountCount,
  DirectoryAccount,
  DirectoryUser,
  PageStart,
  UserPage,
} from '../../directory/users/userQueryStore.js';
import { inOneLine } from '../../kernel/plainText.js';
import { dateText, timeText } from '../../kernel/times.js';
import { adminPaths, paths } from '../../paths.js';
import { en } from '../../words/texts.js';

const texts = en.admin.users;

/** A connection as a column. */
interface Column {
  readonly name: string;
  readonly title: string;
  /** Null where the catalogue does not know it. */
  readonly logoUrl: string | null;
  readonly offered: boolean;
}

/** How a state is drawn and said. */
const marks = Object.fromEntries(
  accountStates.map((state) => [
    state,
    { state, tone: stateTable[state].tone, label: en.admin.states[state] },
  ]),
) as Readonly<Record<AccountState, { state: AccountState; tone: string; label: string }>>;

/** Every connection at Scalekit, offered or not, and then those that only the directory has. */
export function columnsOf(names: ConnectionNames, counts: readonly AccountCount[]): Column[] {
  const known = names.entries.map(({ connection, offered }) => ({
    name: connection.name,
    title: names.titleOf(connection.name),
    logoUrl: paths.logo(connection.name),
    offered,
  }));
  const others = new Set(counts.map(({ connectionName }) => connectionName));
  for (const { name } of known) others.delete(name);
  const gone = [...others]
    .sort()
    .map((name) => ({ name, title: names.titleOf(name), logoUrl: null, offered: false }));
  return [...known, ...gone];
}

const cellOf = ({ state, since }: DirectoryAccount) => ({
  mark: marks[state],
  title: texts.cell(marks[state].label, dateText(since)),
});

const nameOf = (text: string | null) => (text === null ? null : inOneLine(text) || null);

const rowOf = (user: DirectoryUser, columns: readonly Column[]) => ({
  url: adminPaths.user(user.identifier),
  name: nameOf(user.displayName),
  identifier: inOneLine(user.identifier),
  stuck: user.stuckSince === null ? null : texts.stuckSince(dateText(user.stuckSince)),
  blank: user.accounts.size === 0,
  cells: columns.map(({ name }) => {
    const account = user.accounts.get(name);
    return account === undefined ? null : cellOf(account);
  }),
});

/** How many users it is about, where that is known without counting them. */
function countText(filter: UserFilter, users: number, counts: readonly AccountCount[]): string | null {
  const { q, connection, state, stuck } = filter;
  if (!isNarrowed(filter)) return users === 0 ? null : texts.count.all(users);
  if (q !== null || stuck !== null || connection === null || state === 'not_connected') return null;
  const meant = counts.filter(
    (count) => count.connectionName === connection && (state === null || count.state === state),
  );
  return texts.count.some(meant.reduce((sum, { accounts }) => sum + accounts, 0));
}

function freshText({ asOf, running, accounts, total }: Freshness): string {
  if (running) return texts.fresh.running(accounts, total);
  return asOf === null ? texts.fresh.never : texts.fresh.asOf(timeText(asOf));
}

export interface UsersPageOptions {
  readonly filter: UserFilter;
  readonly sort: UserSort;
  readonly start: PageStart;
  readonly page: UserPage;
  readonly names: ConnectionNames;
  readonly users: number;
  readonly counts: readonly AccountCount[];
  readonly freshness: Freshness;
}

function nothingText({ filter, start, page }: UsersPageOptions): string {
  if (page.cutShort) return texts.cutShort;
  if (start.after !== null || start.before !== null) return texts.nothingMore;
  return isNarrowed(filter) ? texts.nothing : texts.nothingYet;
}

/** The filter as parameters of an address. */
export const parametersOf = (filter: UserFilter, sort: UserSort) => ({
  ...filter,
  sort: sort === sortsOf(filter)[0] ? null : sort,
});

function choicesOf(filter: UserFilter, columns: readonly Column[]) {
  const connections = columns.map(({ name, title }) => ({ value: name, label: title }));
  const chosen = filter.connection;
  if (chosen !== null && !columns.some(({ name }) => name === chosen)) {
    connections.push({ value: chosen, label: inOneLine(chosen) });
  }
  return {
    connections,
    states: accountStates.map((state) => ({ value: state, label: en.admin.states[state] })),
    spans: (Object.keys(stuckSpans) as StuckSpan[]).map((span) => ({
      value: span,
      label: texts.filter.spans[span],
    })),
    sorts: sortsOf(filter).map((sort) => ({ value: sort, label: texts.filter.sorts[sort] })),
  };
}

/** What `pages/admin/users` is rendered with. */
export function usersPage(options: UsersPageOptions) {
  const { filter, sort, page, names, counts } = options;
  const isChosen = ({ name }: Column) => Number(name === filter.connection);
  const columns = columnsOf(names, counts).sort((one, other) => isChosen(other) - isChosen(one));
  const parameters = parametersOf(filter, sort);
  const pageUrl = (direction: 'after' | 'before') => {
    const key = page[direction];
    return key === null ? null : adminPaths.users({ ...parameters, [direction]: encodeKey(key) });
  };
  return {
    filter,
    sort,
    isNarrowed: isNarrowed(filter),
    lead: [countText(filter, options.users, counts), freshText(options.freshness)].filter(
      (text) => text !== null,
    ),
    choices: choicesOf(filter, columns),
    columns,
    rows: page.users.map((user) => rowOf(user, columns)),
    marks: accountStates.map((state) => marks[state]),
    nothing: nothingText(options),
    cutShort: page.cutShort,
    previousUrl: pageUrl('before'),
    nextUrl: pageUrl('after'),
    mailUrl: adminPaths.newMailing({ ...filter }),
    exportUrl: adminPaths.exportUsers({ ...filter }),
  };
}

/** What a filter says, part by part. */
export function filterFacts(filter: UserFilter, names: ConnectionNames): { label: string; value: string }[] {
  const { q, connection, state, stuck } = filter;
  const words = texts.filter;
  return [
    { label: words.q, value: q === null ? null : inOneLine(q) },
    { label: words.connection, value: connection === null ? null : names.titleOf(connection) },
    { label: words.state, value: state === null ? null : en.admin.states[state] },
    { label: words.stuck, value: stuck === null ? null : words.spans[stuck] },
  ].flatMap(({ label, value }) => (value === null ? [] : [{ label, value }]));
}
