import type { ConnectionNames } from '../../accounts/list/connectionNames.js';
import { type Logo, logoOf } from '../../accounts/list/logos.js';
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
  UserCounts,
  UserPage,
} from '../../directory/users/userQueryStore.js';
import { inOneLine } from '../../kernel/plainText.js';
import { adminPaths, paths } from '../../paths.js';
import { dateText, momentOf } from '../../words/formats.js';
import type { Said, Translate } from '../../words/words.js';
import type { ConfirmPage } from '../confirmPage.js';
import { drawnStates } from '../overview/figures.js';

/** A connection as a column. */
interface Column {
  readonly name: string;
  readonly title: string;
  readonly logo: Logo;
  /** Whether the catalogue has it. */
  readonly isKnown: boolean;
  readonly offered: boolean;
}

/** How a state is drawn and said. */
const markOf = (t: Translate, state: AccountState) => ({
  state,
  tone: stateTable[state].tone,
  label: t(`admin.states.${state}`),
});

type Marks = Readonly<Record<AccountState, ReturnType<typeof markOf>>>;

/** Every connection: those that are offered, then the others at Scalekit, then those that only the directory has. */
export function columnsOf(names: ConnectionNames, counts: readonly AccountCount[]): Column[] {
  const others = new Set(counts.map(({ connectionName }) => connectionName));
  for (const { connection } of names.entries) others.delete(connection.name);
  const known = [...names.entries].sort((one, other) => Number(other.offered) - Number(one.offered));
  const all = [...known.map(({ connection }) => connection.name), ...[...others].sort()];
  return all.map((name) => {
    const entry = names.find(name);
    const title = names.titleOf(name);
    return {
      name,
      title,
      logo: logoOf(entry, title, paths.logo(name)),
      isKnown: entry !== undefined,
      offered: entry?.offered === true,
    };
  });
}

const cellOf = (t: Translate, marks: Marks, { state, since }: DirectoryAccount) => ({
  mark: marks[state],
  title: t('adminUsers.cell', { state: marks[state].label, date: dateText(t, since) }),
});

const nameOf = (text: string | null) => (text === null ? null : inOneLine(text) || null);

function rowOf(t: Translate, marks: Marks, user: DirectoryUser, columns: readonly Column[]) {
  const { accounts, stuckSince } = user;
  const offered = columns.filter((column) => column.offered);
  return {
    url: adminPaths.user(user.identifier),
    name: nameOf(user.displayName),
    identifier: inOneLine(user.identifier),
    stuck: stuckSince === null ? null : momentOf(t, stuckSince),
    connected: t('adminUsers.connectedOf', {
      connected: offered.filter(({ name }) => accounts.get(name)?.state === 'active').length,
      offered: offered.length,
    }),
    cells: columns.map(({ name }) => {
      const account = accounts.get(name);
      return account === undefined ? null : cellOf(t, marks, account);
    }),
  };
}

/** How many users it is about, where that is known without counting them. */
function countText(
  t: Translate,
  filter: UserFilter,
  known: UserCounts,
  counts: readonly AccountCount[],
): string | null {
  const { q, connection, state, stuck } = filter;
  if (!isNarrowed(filter))
    return known.users === 0 ? null : t('adminUsers.count.all', { count: known.users, stuck: known.stuck });
  if (q !== null || stuck !== null || connection === null || state === 'not_connected') return null;
  const meant = counts.filter(
    (count) => count.connectionName === connection && (state === null || count.state === state),
  );
  return t('adminUsers.count.some', { count: meant.reduce((sum, { accounts }) => sum + accounts, 0) });
}

/** How fresh it all is: since when, or why that can't be told. */
function freshOf(t: Translate, { asOf, running, accounts, total }: Freshness): Said {
  if (running && total === null) return [t('adminUsers.fresh.runningSoFar', { read: accounts })];
  if (running) return [t('adminUsers.fresh.running', { read: accounts, total: total ?? 0 })];
  return asOf === null
    ? [t('adminUsers.fresh.never')]
    : t.parts('adminUsers.fresh.asOf', { time: momentOf(t, asOf) });
}

export interface UsersPageOptions {
  readonly filter: UserFilter;
  readonly sort: UserSort;
  readonly start: PageStart;
  readonly page: UserPage;
  readonly names: ConnectionNames;
  readonly users: UserCounts;
  readonly counts: readonly AccountCount[];
  readonly freshness: Freshness;
}

function nothingText(t: Translate, { filter, start, page }: UsersPageOptions): string {
  if (page.cutShort) return t('adminUsers.cutShort');
  if (start.after !== null || start.before !== null) return t('adminUsers.nothingMore');
  return isNarrowed(filter) ? t('adminUsers.nothing') : t('adminUsers.nothingYet');
}

/** The filter as parameters of an address. */
export const parametersOf = (filter: UserFilter, sort: UserSort) => ({
  ...filter,
  sort: sort === sortsOf(filter)[0] ? null : sort,
});

function choicesOf(t: Translate, filter: UserFilter, columns: readonly Column[]) {
  const connections = columns.map(({ name, title }) => ({ value: name, label: title }));
  const chosen = filter.connection;
  if (chosen !== null && !columns.some(({ name }) => name === chosen)) {
    connections.push({ value: chosen, label: inOneLine(chosen) });
  }
  return {
    connections,
    states: accountStates.map((state) => ({ value: state, label: t(`admin.states.${state}`) })),
    spans: (Object.keys(stuckSpans) as StuckSpan[]).map((span) => ({
      value: span,
      label: t(`adminUsers.filter.spans.${span}`),
    })),
    sorts: sortsOf(filter).map((sort) => ({ value: sort, label: t(`adminUsers.filter.sorts.${sort}`) })),
  };
}

/** What `pages/admin/users` is rendered with. */
export function usersPage(t: Translate, options: UsersPageOptions) {
  const marked = accountStates.map((state) => [state, markOf(t, state)] as const);
  const marks = Object.fromEntries(marked) as Marks;
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
    count: countText(t, filter, options.users, counts),
    fresh: freshOf(t, options.freshness),
    choices: choicesOf(t, filter, columns),
    columns,
    rows: page.users.map((user) => rowOf(t, marks, user, columns)),
    marks: [...drawnStates, 'not_connected' as const].map((state) => marks[state]),
    nothing: nothingText(t, options),
    cutShort: page.cutShort,
    previousUrl: pageUrl('before'),
    nextUrl: pageUrl('after'),
    mailUrl: adminPaths.newMailing({ ...filter }),
    exportUrl: adminPaths.exportUsers({ ...filter }),
  };
}

/** What a filter says, part by part. */
export function filterFacts(t: Translate, filter: UserFilter, names: ConnectionNames): ConfirmPage['facts'] {
  const { q, connection, state, stuck } = filter;
  return [
    { label: t('adminUsers.filter.q'), value: q === null ? null : inOneLine(q) },
    {
      label: t('adminUsers.filter.connection'),
      value: connection === null ? null : names.titleOf(connection),
    },
    { label: t('adminUsers.filter.state'), value: state === null ? null : t(`admin.states.${state}`) },
    {
      label: t('adminUsers.filter.stuck'),
      value: stuck === null ? null : t(`adminUsers.filter.spans.${stuck}`),
    },
  ].flatMap(({ label, value }) => (value === null ? [] : [{ label, values: [value] }]));
}

/** Asks before users are taken out as a file. */
export function exportUsersPage(t: Translate, filter: UserFilter, names: ConnectionNames): ConfirmPage {
  const facts = filterFacts(t, filter, names);
  const everybody = { label: t('adminUsers.exporting.filter'), values: [t('adminUsers.exporting.noFilter')] };
  return {
    current: 'users',
    heading: t('adminUsers.exporting.heading'),
    facts: facts.length === 0 ? [everybody] : facts,
    sentences: t.lines('adminUsers.exporting.sentences'),
    form: {
      postUrl: adminPaths.exportUsers({ ...filter }),
      label: t('adminUsers.exporting.confirm'),
      danger: false,
      downloads: true,
    },
    sample: null,
    back: { label: t('adminUsers.backToUsers'), url: adminPaths.users({ ...filter }) },
  };
}
