import type { ConnectionNames } from '../../accounts/list/connectionNames.js';
import type { NewestFirst } from '../../http/pageKey.js';
import { inOneLine } from '../../kernel/plainText.js';
import type { MailChoice, MailCounts } from '../../notify/mailStore.js';
import type { OutboxMail } from '../../notify/outboxStore.js';
import { adminPaths } from '../../paths.js';
import { countedAtMost } from '../../store/countedAtMost.js';
import { momentOf, numberText } from '../../words/formats.js';
import type { MessageKey, Moment, Said, Translate } from '../../words/words.js';

export const mailChoices: readonly MailChoice[] = ['waiting', 'troubled', 'sent', 'withdrawn', 'failed'];

const tones = { waiting: 'attention', sent: 'active', withdrawn: 'quiet', failed: 'broken' } as const;

/** How many there are, as far as they were counted. */
export function countText(t: Translate, count: number): string {
  const text = numberText(t, count);
  return count >= countedAtMost ? t('adminMail.mails.countAtLeast', { count: text }) : text;
}

/** When a mail ended, or when it goes out: now, where that is due. */
export const mailMoment = (t: Translate, { endedAt, nextTryAt }: OutboxMail): Moment =>
  momentOf(t, endedAt ?? Math.max(nextTryAt, Date.now()));

/** How a mail stands, and why it was not sent. */
function standingOf(t: Translate, mail: OutboxMail, canSend: boolean): Said {
  const { tries } = mail;
  const error = mail.lastError === null ? t('adminMail.mails.standing.someError') : inOneLine(mail.lastError);
  const time = mailMoment(t, mail);
  const of = (key: MessageKey) => t.parts(key, { error, tries, time });
  switch (mail.state) {
    case 'waiting':
      if (!canSend) return [t('adminMail.mails.standing.notConfigured')];
      return of(`adminMail.mails.standing.${mail.lastError === null ? 'due' : 'retry'}`);
    case 'failed':
    case 'sent':
    case 'withdrawn':
      return of(`adminMail.mails.standing.${mail.state}`);
  }
}

export interface MailsFacts {
  readonly choice: MailChoice | null;
  readonly page: NewestFirst<OutboxMail>;
  readonly counts: MailCounts;
  readonly names: ConnectionNames;
  /** Whether mail goes out, or would if this were no sandbox. */
  readonly canSend: boolean;
  readonly sandboxed: boolean;
}

const mailRow = (t: Translate, mail: OutboxMail, { names, canSend }: MailsFacts) => ({
  tone: tones[mail.state],
  state: t(`adminMail.mails.states.${mail.state}`),
  about: t(`adminMail.mails.about.${mail.kind}`, { title: names.titleOf(mail.connectionName) }),
  time: momentOf(t, mail.createdAt),
  identifier: inOneLine(mail.identifier),
  userUrl: adminPaths.user(mail.identifier),
  to: mail.to === mail.identifier ? null : inOneLine(mail.to),
  standing: standingOf(t, mail, canSend),
});

/** What `pages/admin/mails` is rendered with. */
export function mailsPage(t: Translate, facts: MailsFacts) {
  const { choice, page, counts } = facts;
  return {
    notice: facts.sandboxed
      ? t('adminMail.mails.sandboxed')
      : facts.canSend
        ? null
        : t('adminMail.mails.notConfigured'),
    noticeTone: facts.sandboxed ? 'quiet' : 'attention',
    tabs: [
      {
        label: t('adminMail.mails.states.all'),
        count: null,
        url: adminPaths.mails(),
        isCurrent: choice === null,
      },
      ...mailChoices.map((one) => ({
        label: t(`adminMail.mails.states.${one}`),
        count: countText(t, counts[one]),
        url: adminPaths.mails(one),
        isCurrent: choice === one,
      })),
    ],
    nothing:
      choice === null && page.isNewest ? t('adminMail.mails.nothingYet') : t('adminMail.mails.nothing'),
    rows: page.rows.map((mail) => mailRow(t, mail, facts)),
    newestUrl: page.isNewest ? null : adminPaths.mails(choice),
    olderUrl: page.older === null ? null : adminPaths.mails(choice, page.older),
  };
}
