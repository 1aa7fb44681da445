import { randomUUID } from 'node:crypto';
import type { CatalogueEntry } from '../../accounts/list/catalogue.js';
import type { ConnectionNames } from '../../accounts/list/connectionNames.js';
import type { UserFilter } from '../../directory/users/userFilter.js';
import { type InvitationOutcome, invitationOutcomes } from '../../notify/invitations.js';
import {
  type Mailing,
  type MailingCounts,
  type MailingResult,
  usersAtMost,
} from '../../notify/mailings/mailing.js';
import { adminPaths } from '../../paths.js';
import { numberText, relativeText } from '../../words/formats.js';
import type { Translate } from '../../words/words.js';
import type { ConfirmPage } from '../confirmPage.js';
import { filterFacts } from '../users/usersPage.js';

/** How many users a mailing concerned, or concerns as far as is known. */
export const usersText = (t: Translate, { status, users, goneThrough }: Mailing): string =>
  status === 'done'
    ? t('adminMail.mailings.list.usersGoneThrough', { count: goneThrough })
    : t('adminMail.mailings.list.users', { count: users });

/** What a filter says besides its connection. */
const factsOf = (t: Translate, filter: UserFilter, names: ConnectionNames) =>
  filterFacts(t, { ...filter, connection: null }, names);

/** What `pages/admin/newMailing` is rendered with while no connection is chosen. */
export const chooseConnectionPage = (
  t: Translate,
  filter: UserFilter,
  names: ConnectionNames,
  earlier: readonly Mailing[],
) => ({
  heading: t('adminMail.mailings.headings.choose'),
  facts: factsOf(t, filter, names),
  hidden: { ...filter, connection: null },
  connections: names.entries
    .filter(({ offered }) => offered)
    .map(({ connection: { name } }) => ({ name, title: names.titleOf(name) })),
  postUrl: adminPaths.newMailing(),
  back: { label: t('adminMail.mailings.back'), url: adminPaths.users({ ...filter }) },
  earlier: earlierOnes(t, names, earlier),
});

const earlierOnes = (t: Translate, names: ConnectionNames, mailings: readonly Mailing[]) =>
  mailings.map((mailing) => ({
    url: adminPaths.mailing(mailing.id),
    text: t('adminMail.mailings.earlierOne', {
      title: names.titleOf(mailing.connectionName),
      time: relativeText(t, mailing.createdAt),
      users: usersText(t, mailing),
    }),
  }));

/** Whom a mailing concerns. */
export interface Concerned {
  /** One more than are allowed when there are too many. */
  readonly users: number;
  /** The first of them. */
  readonly first: readonly string[];
  /** The mail to the first one, as text; null when there is none. */
  readonly sample: string | null;
}

/** Asks before many users are mailed, or says why they can't be. */
export function mailUsersPage(
  t: Translate,
  filter: UserFilter,
  { title }: CatalogueEntry,
  { users, first, sample }: Concerned,
  names: ConnectionNames,
): ConfirmPage {
  const tooMany = users > usersAtMost ? t('adminMail.mailings.tooMany', { count: usersAtMost }) : null;
  const fault = users === 0 ? t('adminMail.mailings.nobody') : tooMany;
  const fact = (label: string, values: readonly string[]) => (values.length === 0 ? [] : [{ label, values }]);
  return {
    current: 'users',
    heading: t('adminMail.mailings.headings.confirm', { title }),
    facts: [
      ...fact(t('adminMail.mailings.connection'), [title]),
      ...factsOf(t, filter, names),
      ...fact(t('adminMail.mailings.concerns'), tooMany === null ? [numberText(t, users)] : []),
      ...fact(t('adminMail.mailings.users'), first),
    ],
    sentences: fault === null ? t.lines('adminMail.mailings.sentences', { title }) : [fault],
    form:
      fault === null
        ? {
            postUrl: adminPaths.newMailing({ ...filter }),
            label: t('adminMail.mailings.button', { count: users }),
            danger: false,
            hidden: { id: randomUUID() },
          }
        : null,
    sample:
      fault === null && sample !== null ? { heading: t('adminMail.mailings.sample'), text: sample } : null,
    back: { label: t('adminMail.mailings.back'), url: adminPaths.users({ ...filter }) },
  };
}

/** How far a mailing is, for its page and for a poll. */
export function progressOf(t: Translate, mailing: Mailing, counts: MailingCounts) {
  const isDone = mailing.status === 'done';
  // Results are deleted with their users. The number of handled users stays.
  const done = isDone ? mailing.goneThrough : Object.values(counts).reduce((sum, count) => sum + count, 0);
  const all = isDone ? done : Math.max(done, mailing.users);
  return {
    status: mailing.status,
    sentence: t(`adminMail.mailings.statuses.${mailing.status}`),
    progress:
      isDone && mailing.users !== all
        ? t('adminMail.mailings.progressSinceConfirmed', { done, all, confirmed: mailing.users })
        : t('adminMail.mailings.progress', { done, all }),
    done,
    all,
    outcomes: invitationOutcomes.map((outcome) => ({
      outcome,
      label: t(`adminMail.mailings.outcomes.${outcome}`),
      count: numberText(t, counts[outcome] ?? 0),
    })),
    running: mailing.endedAt === null,
  };
}

export interface ResultsPage {
  readonly outcome: InvitationOutcome | null;
  /** One more than a page shows when there is another page. */
  readonly results: readonly MailingResult[];
  readonly after: string;
}

/** How many results a page shows. */
export const resultsPerPage = 50;

/** What `pages/admin/mailing` is rendered with. */
export function mailingPage(
  t: Translate,
  mailing: Mailing,
  counts: MailingCounts,
  names: ConnectionNames,
  page: ResultsPage,
) {
  const shown = page.results.slice(0, resultsPerPage);
  const last = page.results.length > resultsPerPage ? shown.at(-1)?.identifier : undefined;
  const progress = progressOf(t, mailing, counts);
  const of = (outcome: InvitationOutcome | null) => adminPaths.mailing(mailing.id, { outcome });
  return {
    heading: t('adminMail.mailings.headings.mailing', { title: names.titleOf(mailing.connectionName) }),
    facts: factsOf(t, mailing.filter, names),
    ...progress,
    outcomes: progress.outcomes.map((row) => ({
      ...row,
      url: of(row.outcome),
      current: row.outcome === page.outcome,
    })),
    everyone: { url: of(null), current: page.outcome === null },
    pollUrl: progress.running ? adminPaths.mailingJson(mailing.id) : null,
    refresh: progress.running ? { seconds: 5, url: of(page.outcome) } : null,
    postUrl: adminPaths.mailing(mailing.id),
    results: shown.map(({ identifier, outcome }) => ({
      identifier,
      url: adminPaths.user(identifier),
      outcome: t(`adminMail.mailings.outcomes.${outcome}`),
    })),
    next: last === undefined ? null : adminPaths.mailing(mailing.id, { outcome: page.outcome, after: last }),
    first: page.after === '' ? null : of(page.outcome),
    back: { label: t('adminMail.mailings.back'), url: adminPaths.users({ ...mailing.filter }) },
  };
}
