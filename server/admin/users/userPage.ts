import type { ConnectionNames } from '../../accounts/list/connectionNames.js';
import { stateTable } from '../../accounts/states.js';
import type { DirectoryAccount, DirectoryUser } from '../../directory/users/userQueryStore.js';
import { DomainError } from '../../kernel/errors.js';
import { inOneLine } from '../../kernel/plainText.js';
import { adminPaths } from '../../paths.js';
import type { RetiredIdentifier } from '../../store/retiredStore.js';
import type { KnownSubject } from '../../store/subjectStore.js';
import { listText, momentOf } from '../../words/formats.js';
import { type Moment, say, type Translate } from '../../words/words.js';
import { columnsOf } from './usersPage.js';
import type { Timeline } from './userTimeline.js';

/** Something to do for one connection of a user. */
interface PairAction {
  readonly label: string;
  readonly accessibleName: string;
  readonly url: string;
  /** What is copied in place of going there, or null. */
  readonly copies: string | null;
}

interface Fact {
  readonly label: string;
  readonly value: string | Moment;
}

const timeFact = (t: Translate, label: string, at: number | null): Fact[] =>
  at === null ? [] : [{ label, value: momentOf(t, at) }];

function actionsFor(
  t: Translate,
  identifier: string,
  name: string,
  title: string,
  account: DirectoryAccount | undefined,
  link: string | null,
) {
  const actions: PairAction[] = [];
  if (link !== null) {
    actions.push({
      label: t('adminUsers.one.link'),
      accessibleName: t('adminUsers.one.linkTo', { title }),
      url: adminPaths.linkForUser(identifier, name),
      copies: link,
    });
  }
  if (account?.state !== 'active') {
    actions.push({
      label: t('adminUsers.one.mail'),
      accessibleName: t('adminUsers.one.mailAbout', { title }),
      url: adminPaths.mailUser(identifier, name),
      copies: null,
    });
  }
  if (account !== undefined) {
    const url = adminPaths.disconnectUser(identifier, name);
    actions.push({
      label: t('adminUsers.one.disconnect'),
      accessibleName: t('adminUsers.one.disconnectFrom', { title }),
      url,
      copies: null,
    });
  }
  return actions;
}

const expiryLabel = (t: Translate, { tokenExpiresAt }: DirectoryAccount): string =>
  (tokenExpiresAt ?? Date.now()) < Date.now()
    ? t('adminUsers.one.tokenExpired')
    : t('adminUsers.one.tokenExpires');

/** An account that expired so often in a row, each time soon, is told with the likely cause. */
const unsteadyFrom = 3;

interface SharedAccount {
  readonly name: string;
  readonly sharers: readonly string[];
}

/** The account at the provider, and who else connected it. */
function sharedFacts(t: Translate, account: SharedAccount | undefined): Fact[] {
  if (account === undefined) return [];
  const sharers = listText(t, account.sharers.map(inOneLine));
  return [
    { label: t('adminUsers.one.connectedAs'), value: account.name },
    ...(account.sharers.length === 0 ? [] : [{ label: t('adminUsers.one.alsoConnectedBy'), value: sharers }]),
  ];
}

const accountFacts = (t: Translate, account: DirectoryAccount): Fact[] => [
  ...timeFact(t, t('adminUsers.one.since'), account.since),
  ...timeFact(t, t('adminUsers.one.stuck'), account.stuckSince),
  ...timeFact(t, t('adminUsers.one.approved'), account.authorizedAt),
  ...timeFact(t, t('adminUsers.one.lastUsed'), account.lastUsedAt),
  ...timeFact(t, expiryLabel(t, account), account.tokenExpiresAt),
  ...(account.expiredTimes < unsteadyFrom
    ? []
    : [
        {
          label: t('adminUsers.one.unsteady'),
          value: t('adminUsers.one.unsteadyTimes', { count: account.expiredTimes }),
        },
      ]),
];

function pairsOf(
  t: Translate,
  { identifier, accounts }: DirectoryUser,
  names: ConnectionNames,
  { connectedAs, linkTo }: UserPageOptions,
) {
  const counts = [...accounts.values()].map(({ connectionName, state }) => ({
    connectionName,
    state,
    accounts: 1,
  }));
  return columnsOf(names, counts).map(({ name, title, logo, isKnown, offered }) => {
    const account = accounts.get(name);
    const state = account?.state ?? 'not_connected';
    const { tone, section } = stateTable[state];
    return {
      title,
      logo,
      state,
      tone,
      section,
      label: t(`admin.states.${state}`),
      facts:
        account === undefined ? [] : [...sharedFacts(t, connectedAs.get(name)), ...accountFacts(t, account)],
      // What is not in the catalogue can be neither asked for nor disconnected.
      actions:
        offered || (account !== undefined && isKnown)
          ? actionsFor(t, identifier, name, title, account, offered ? linkTo(name) : null)
          : [],
    };
  });
}

const userFacts = (t: Translate, user: DirectoryUser): Fact[] => {
  const name = user.displayName === null ? '' : inOneLine(user.displayName);
  return [
    { label: t('adminUsers.one.facts.identifier'), value: inOneLine(user.identifier) },
    ...(name === '' ? [] : [{ label: t('adminUsers.one.facts.name'), value: name }]),
    {
      label: t('adminUsers.one.facts.mail'),
      value: user.email === null ? t('adminUsers.one.facts.noMail') : inOneLine(user.email),
    },
    ...timeFact(t, t('adminUsers.one.facts.firstSeen'), user.firstSeenAt),
    ...(user.lastSeenAt === null
      ? [{ label: t('adminUsers.one.facts.lastSeen'), value: t('adminUsers.one.facts.never') }]
      : timeFact(t, t('adminUsers.one.facts.lastSeen'), user.lastSeenAt)),
    ...timeFact(t, t('adminUsers.one.facts.stuck'), user.stuckSince),
  ];
};

/** Says that somebody else came under the same identifier. */
const otherSignInOf = (t: Translate, identifier: string, other: KnownSubject['other']) =>
  other === null
    ? null
    : {
        said: t.parts('adminUsers.one.otherSignIn', { time: momentOf(t, other.at) }),
        url: adminPaths.otherSignIn(identifier),
      };

const retiredNotice = (t: Translate, { retiredAt, renamedTo }: RetiredIdentifier) => ({
  said: t.parts('adminUsers.one.retired', {
    time: momentOf(t, retiredAt),
    renamedTo: inOneLine(renamedTo),
  }),
  url: adminPaths.user(renamedTo),
});

const sectionOrder = ['attention', 'connected', 'available'];

export interface UserPageOptions {
  readonly user: DirectoryUser;
  readonly names: ConnectionNames;
  /** As whom each connection is connected, and who else connected the same account. */
  readonly connectedAs: ReadonlyMap<string, SharedAccount>;
  /** The user's own link to a connection, which never ends. */
  readonly linkTo: (connectionName: string) => string;
  readonly timeline: Timeline;
  /** Whom the provider means, and who else came under the same identifier; null when it never said. */
  readonly subject: KnownSubject | null;
  /** Null unless the identifier was given up. */
  readonly retired: RetiredIdentifier | null;
  /** Whether the timeline is at its beginning. */
  readonly isNewest: boolean;
}

/** What `pages/admin/user` is rendered with. */
export function userPage(t: Translate, options: UserPageOptions) {
  const { user, names, subject, retired, timeline, isNewest } = options;
  const { identifier } = user;
  const url = adminPaths.user(identifier);
  const pairs = pairsOf(t, user, names, options).sort(
    (a, b) => sectionOrder.indexOf(a.section) - sectionOrder.indexOf(b.section),
  );
  const seen = [...user.accounts.values()].map(({ seenAt }) => seenAt);
  return {
    heading: (user.displayName === null ? '' : inOneLine(user.displayName)) || inOneLine(identifier),
    facts: userFacts(t, user),
    retired: retired === null ? null : retiredNotice(t, retired),
    otherSignIn: otherSignInOf(t, identifier, subject?.other ?? null),
    asOf: seen.length === 0 ? null : t.parts('adminUsers.one.asOf', { time: momentOf(t, Math.min(...seen)) }),
    accounts: pairs.filter(({ state }) => state !== 'not_connected'),
    others: pairs.filter(({ state }) => state === 'not_connected'),
    readUrl: adminPaths.readUser(identifier),
    signOutUrl: adminPaths.signOutUser(identifier),
    exportUrl: adminPaths.exportUser(identifier),
    renameUrl: retired === null ? adminPaths.renameUser(identifier) : null,
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
  const back = { url: adminPaths.users(), method: 'get' } as const;
  const read = { url: adminPaths.readUser(identifier), method: 'post', filled: true } as const;
  return new DomainError({
    code: 'user_unknown',
    status: 404,
    level: 'info',
    told: {
      heading: say('adminUsers.one.unknown.heading'),
      detail: say(readable ? 'adminUsers.one.unknown.sentences' : 'adminUsers.one.unknown.nowhere'),
    },
    nextSteps: (t) => [
      ...(readable ? [{ label: t('adminUsers.one.read'), ...read }] : []),
      { label: t('adminUsers.backToUsers'), ...back, filled: !readable },
    ],
  });
}
