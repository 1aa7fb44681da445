import { randomUUID } from 'node:crypto';
import type { CatalogueEntry } from '../../accounts/list/catalogue.js';
import type { InvitationProspect } from '../../notify/invitations.js';
import { adminPaths } from '../../paths.js';
import { en } from '../../words/texts.js';
import type { ConfirmPage } from '../confirmPage.js';

const words = en.admin.actions;

export const backToUser = (identifier: string) => ({
  label: words.backToUser,
  url: adminPaths.user(identifier),
});

const pageOf = (
  identifier: string,
  title: string | null,
  rest: Pick<ConfirmPage, 'heading' | 'sentences'>,
) => ({
  current: 'users' as const,
  facts: [
    { name: words.user, value: identifier },
    ...(title === null ? [] : [{ name: words.connection, value: title }]),
  ],
  form: null,
  sample: null,
  back: backToUser(identifier),
  ...rest,
});

export interface MailPageOptions {
  readonly prospect: InvitationProspect;
  /** What becomes of mail: it is sent, only shown in the sandbox, or waits for a mail server. */
  readonly delivery: 'sent' | 'shown' | 'waiting';
  /** What the mail says, as far as it can be told now. */
  readonly sample: string | null;
}

const deliveryWords: Readonly<Record<MailPageOptions['delivery'], readonly string[]>> = {
  sent: [],
  shown: [words.mail.inSandbox],
  waiting: [words.mail.noServer],
};

/** Asks before a mail is sent, or says why there is none. */
export function mailPage(identifier: string, entry: CatalogueEntry, options: MailPageOptions): ConfirmPage {
  const { title, connection } = entry;
  const { prospect, delivery, sample } = options;
  if (prospect.outcome !== 'ready') {
    const sentences = [words.noMail[prospect.outcome](title)];
    return pageOf(identifier, title, { heading: words.mail.headings.none(title), sentences });
  }
  const heading = words.mail.headings[prospect.kind](title);
  const sentences = [...words.mail.sentences(prospect.to), ...deliveryWords[delivery]];
  return {
    ...pageOf(identifier, title, { heading, sentences }),
    form: {
      postUrl: adminPaths.mailUser(identifier, connection.name),
      label: words.mail.button,
      danger: false,
      hidden: { key: randomUUID() },
    },
    sample: sample === null ? null : { heading: words.mail.sample, text: sample },
  };
}

/** Asks before an account is disconnected. @param exists false when it is known that there is none */
export function disconnectUserPage(identifier: string, entry: CatalogueEntry, exists: boolean): ConfirmPage {
  const { title, connection } = entry;
  const { heading, sentences, nothing, button } = words.disconnect;
  if (!exists) return pageOf(identifier, title, { heading: heading(title), sentences: [nothing(title)] });
  return {
    ...pageOf(identifier, title, { heading: heading(title), sentences: sentences(title) }),
    form: {
      postUrl: adminPaths.disconnectUser(identifier, connection.name),
      label: button(title),
      danger: true,
      hidden: {},
    },
  };
}

/** Asks before a user's sessions end. */
export function signOutUserPage(identifier: string, isOneself: boolean): ConfirmPage {
  const { heading, sentences, own, button } = words.signOut;
  return {
    ...pageOf(identifier, null, { heading, sentences: [...sentences, ...(isOneself ? [own] : [])] }),
    form: { postUrl: adminPaths.signOutUser(identifier), label: button, danger: true, hidden: {} },
  };
}

/** What `pages/admin/link` is rendered with. */
export function linkPage(identifier: string, { title }: CatalogueEntry, url: string) {
  return {
    heading: words.link.heading(title),
    sentences: words.link.sentences(title),
    identifier,
    url,
    back: backToUser(identifier),
  };
}
