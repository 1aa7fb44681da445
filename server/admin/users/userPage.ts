import type { ConnectionNames } from '../../accounts/list/connectionNames.js';
import { stateTable } from '../../accounts/states.js';
import type { DirectoryAccount, DirectoryUser } from '../../directory/users/userQueryStore.js';
import { DomainError } from '../../kernel/errors.js';
import { inOneLine } from '../../kernel/plainText.js';
import { isoTime, timeText } from '../../kernel/times.js';
import { adminPaths } from '../../paths.js';
import { en } from '../../words/texts.js';
import { columnsOf } from './usersPage.js';
import type { Timeline } from './userTimeline.js';

const texts = en.admin.users.one;

/** Something to do for one connection of a user. */
interface PairAction {
  readonly label: string;
  readonly accessibleName: string;
  readonly url: string;
}

interface Fact {
  readonly label: string;
  readonly text: string;
  /** For a time, as machines read it. */
  readonly iso: string | null;
}

const timeFact = (label: string, at: number | null): Fact[] =>
  at === null ? [] : [{ label, text: timeText(at), iso: isoTime(at) }];

function actionsFor(identifier: string, name: string, title: string, account: DirectoryAccount | undefined) {
  const { mail, mailAbout, link, linkTo, disconnect, disconnectFrom } = texts;
  const actions: PairAction[] = [];
  if (account?.state !== 'active') {
    actions.push({
      label: mail,
      accessibleName: mailAbout(title),
      url: adminPaths.mailUser(identifier, name),
    });
  }
  actions.push({ label: link, accessibleName: linkTo(title), url: adminPaths.linkForUser(identifier, name) });
  if (account !== undefined) {
    const url = adminPaths.disconnectUser(identifier, name);
    actions.push({ label: disconnect, accessibleName: disconnectFrom(title), url });
  }
  return actions;
}

const expiryLabel = ({ tokenExpiresAt }: DirectoryAccount): string =>
  (tokenExpiresAt ?? Date.now()) < Date.now() ? texts.tokenExpired : texts.tokenExpires;

const accountFacts = (account: DirectoryAccount): Fact[] => [
  ...timeFact(texts.since, account.since),
  ...timeFact(texts.stuck, account.stuckSince),
  ...timeFact(texts.approved, account.authorizedAt),
  ...timeFact(texts.lastUsed, account.lastUsedAt),
  ...timeFact(expiryLabel(account), account.tokenExpiresAt),
];

function pairsOf({ identifier, accounts }: DirectoryUser, names: ConnectionNames) {
  const counts = [...accounts.values()].map(({ connectionName, state }) => ({
    connectionName,
    state,
    accounts: 1,
  }));
  return columnsOf(names, counts).map(({ name, title, logoUrl, offered }) => {
    const account = accounts.get(name);
    const state = account?.state ?? 'not_connected';
    const { tone, section } = stateTable[state];
    return {
      title,
      logoUrl,
      state,
      tone,
      section,
      label: en.admin.states[state],
      facts: account === undefined ? [] : accountFacts(account),
      // What is not in the catalogue can be neither asked for nor disconnected.
      actions:
        offered || (account !== undefined && logoUrl !== null)
          ? actionsFor(identifier, name, title, account)
          : [],
    };
  });
}

const userFacts = (user: DirectoryUser): Fact[] => {
  const { facts } = texts;
  const name = user.displayName === null ? '' : inOneLine(user.displayName);
  return [
    { label: facts.identifier, text: inOneLine(user.identifier), iso: null },
    ...(name === '' ? [] : [{ label: facts.name, text: name, iso: null }]),
    { label: facts.mail, text: user.email === null ? facts.noMail : inOneLine(user.email), iso: null },
    ...timeFact(facts.firstSeen, user.firstSeenAt),
    ...(user.lastSeenAt === null
      ? [{ label: facts.lastSeen, text: facts.never, iso: null }]
      : timeFact(facts.lastSeen, user.lastSeenAt)),
    ...timeFact(facts.stuck, user.stuckSince),
  ];
};

const sectionOrder = ['attention', 'connected', 'available'];

export interface UserPageOptions {
  readonly user: DirectoryUser;
  readonly names: ConnectionNames;
  readonly timeline: Timeline;
  /** Whether the timeline is at its beginning. */
  readonly isNewest: boolean;
}

/** What `pages/admin/user` is rendered with. */
export function userPage({ user, names, timeline, isNewest }: UserPageOptions) {
  const { identifier } = user;
  const url = adminPaths.user(identifier);
  const pairs = pairsOf(user, names).sort(
    (a, b) => sectionOrder.indexOf(a.section) - sectionOrder.indexOf(b.section),
  );
  const seen = [...user.accounts.values()].map(({ seenAt }) => seenAt);
  return {
    heading: (user.displayName === null ? '' : inOneLine(user.displayName)) || inOneLine(identifier),
    facts: userFacts(user),
    asOf: seen.length === 0 ? null : texts.asOf(timeText(Math.min(...seen))),
    accounts: pairs.filter(({ state }) => state !== 'not_connected'),
    others: pairs.filter(({ state }) => state === 'not_connected'),
    readUrl: adminPaths.readUser(identifier),
    signOutUrl: adminPaths.signOutUser(identifier),
    exportUrl: adminPaths.exportUser(identifier),
    eraseUrl: adminPaths.eraseUser(identifier),
    rows: timeline.rows,
    newestUrl: isNewest ? null : `${url}#timeline`,
    olderUrl: timeline.older === null ? null : `${url}?before=${encodeURIComponent(timeline.older)}#timeline`,
  };
}

/**
 * Nobody is known by an identifier.
 * @param readable whether Scalekit has not just been asked for it
 */
export function unknownUser(identifier: string, readable: boolean): DomainError {
  const { heading, sentences, nowhere } = texts.unknown;
  const back = { label: en.admin.users.backToUsers, url: adminPaths.users(), method: 'get' } as const;
  const read = {
    label: texts.read,
    url: adminPaths.readUser(identifier),
    method: 'post',
    filled: true,
  } as const;
  return new DomainError({
    code: 'user_unknown',
    status: 404,
    level: 'info',
    heading,
    sentences: readable ? sentences : nowhere,
    nextSteps: [...(readable ? [read] : []), { ...back, filled: !readable }],
  });
}
