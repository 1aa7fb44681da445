import { randomUUID } from 'node:crypto';
import type { CatalogueEntry } from '../../accounts/list/catalogue.js';
import type { InvitationProspect } from '../../notify/invitations.js';
import { adminPaths } from '../../paths.js';
import { type MessageKey, say, type Translate } from '../../words/words.js';
import type { ConfirmPage } from '../confirmPage.js';

/** The way back to a user's page. */
export const backToUser = (identifier: string) => ({
  label: say('admin.actions.backToUser'),
  url: adminPaths.user(identifier),
});

export function backTo(t: Translate, identifier: string) {
  const { label, url } = backToUser(identifier);
  return { label: label(t), url };
}

const pageOf = (
  t: Translate,
  identifier: string,
  title: string | null,
  rest: Pick<ConfirmPage, 'heading' | 'sentences'>,
) => ({
  current: 'users' as const,
  facts: [
    { label: t('admin.actions.user'), values: [identifier] },
    ...(title === null ? [] : [{ label: t('admin.actions.connection'), values: [title] }]),
  ],
  form: null,
  sample: null,
  back: backTo(t, identifier),
  ...rest,
});

export interface MailPageOptions {
  readonly prospect: InvitationProspect;
  /** What happens to mail: it is sent, only shown in the sandbox, or waits for a mail server. */
  readonly delivery: 'sent' | 'shown' | 'waiting';
  /** What the mail says, as far as it can be told now. */
  readonly sample: string | null;
}

const deliveryWords = {
  sent: [],
  shown: ['admin.actions.mail.inSandbox'],
  waiting: ['admin.actions.mail.noServer'],
} as const satisfies Readonly<Record<MailPageOptions['delivery'], readonly MessageKey[]>>;

/** Asks before a mail is sent, or says why there is none. */
export function mailPage(
  t: Translate,
  identifier: string,
  entry: CatalogueEntry,
  options: MailPageOptions,
): ConfirmPage {
  const { title, connection } = entry;
  const { prospect, delivery, sample } = options;
  if (prospect.outcome !== 'ready') {
    const sentences = [t(`admin.actions.noMail.${prospect.outcome}`, { title })];
    return pageOf(t, identifier, title, {
      heading: t('admin.actions.mail.headings.none', { title }),
      sentences,
    });
  }
  const heading = t(`admin.actions.mail.headings.${prospect.kind}`, { title });
  const sentences = [
    ...t.lines('admin.actions.mail.sentences', { to: prospect.to, title }),
    ...deliveryWords[delivery].map((key) => t(key)),
  ];
  return {
    ...pageOf(t, identifier, title, { heading, sentences }),
    form: {
      postUrl: adminPaths.mailUser(identifier, connection.name),
      label: t('admin.actions.mail.button'),
      danger: false,
      hidden: { key: randomUUID() },
    },
    sample: sample === null ? null : { heading: t('admin.actions.mail.sample'), text: sample },
  };
}

/** Asks before an account is disconnected. @param exists false when it is known that there is none */
export function disconnectUserPage(
  t: Translate,
  identifier: string,
  entry: CatalogueEntry,
  exists: boolean,
): ConfirmPage {
  const { title, connection } = entry;
  const heading = t('admin.actions.disconnect.heading', { title });
  if (!exists)
    return pageOf(t, identifier, title, {
      heading,
      sentences: [t('admin.actions.disconnect.nothing', { title })],
    });
  return {
    ...pageOf(t, identifier, title, {
      heading,
      sentences: t.lines('admin.actions.disconnect.sentences', { title }),
    }),
    form: {
      postUrl: adminPaths.disconnectUser(identifier, connection.name),
      label: t('admin.actions.disconnect.button', { title }),
      danger: true,
    },
  };
}

/** Asks before a user's sessions end. */
export function signOutUserPage(t: Translate, identifier: string, isOneself: boolean): ConfirmPage {
  const own = isOneself ? [t('admin.actions.signOut.own')] : [];
  return {
    ...pageOf(t, identifier, null, {
      heading: t('admin.actions.signOut.heading'),
      sentences: [...t.lines('admin.actions.signOut.sentences'), ...own],
    }),
    form: {
      postUrl: adminPaths.signOutUser(identifier),
      label: t('admin.actions.signOut.button'),
      danger: true,
    },
  };
}

/** What `pages/admin/link` is rendered with. */
export function linkPage(t: Translate, identifier: string, { title }: CatalogueEntry, url: string) {
  return {
    heading: t('admin.actions.link.heading', { title }),
    sentences: t.lines('admin.actions.link.sentences', { title }),
    identifier,
    url,
    back: backTo(t, identifier),
  };
}
