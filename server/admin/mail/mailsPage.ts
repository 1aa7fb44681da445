import type { ConnectionNames } from '../../accounts/list/connectionNames.js';
import { keyText } from '../../http/pageKey.js';
import { inOneLine } from '../../kernel/plainText.js';
import { isoTime, stampText, timeText } from '../../kernel/times.js';
import type { MailChoice, MailCounts } from '../../notify/mailStore.js';
import type { OutboxMail } from '../../notify/outboxStore.js';
import { adminPaths } from '../../paths.js';
import { countedAtMost } from '../../store/countedAtMost.js';
import { en } from '../../words/texts.js';

const texts = en.admin.mails;
const { number: n } = en.admin.overview;

export const mailChoices: readonly MailChoice[] = ['waiting', 'troubled', 'sent', 'withdrawn', 'failed'];

const tones = { waiting: 'attention', sent: 'active', withdrawn: 'quiet', failed: 'broken' } as const;

/** How many there are, as far as they were counted. */
export const countText = (count: number): string => texts.count(n(count), count >= countedAtMost);

/** How a mail stands, and why it was not sent. */
function standingOf(mail: OutboxMail, canSend: boolean): string {
  const { standing } = texts;
  const error = mail.lastError === null ? standing.someError : inOneLine(mail.lastError);
  const ended = timeText(mail.endedAt ?? mail.nextTryAt);
  switch (mail.state) {
    case 'waiting':
      if (!canSend) return standing.notConfigured;
      return mail.lastError === null ? standing.due(ended) : standing.retry(error, mail.tries, ended);
    case 'failed':
      return standing.failed(error, mail.tries, ended);
    case 'sent':
    case 'withdrawn':
      return standing[mail.state](ended);
  }
}

export interface MailsFacts {
  readonly choice: MailChoice | null;
  readonly isFirst: boolean;
  readonly mails: readonly OutboxMail[];
  readonly hasOlder: boolean;
  readonly counts: MailCounts;
  readonly names: ConnectionNames;
  /** Whether mail goes out, or would if this were no sandbox. */
  readonly canSend: boolean;
  readonly sandboxed: boolean;
}

const mailRow = (mail: OutboxMail, { names, canSend }: MailsFacts) => ({
  tone: tones[mail.state],
  state: texts.states[mail.state],
  about: texts.about(texts.kinds[mail.kind], names.titleOf(mail.connectionName)),
  iso: isoTime(mail.createdAt),
  time: stampText(mail.createdAt),
  identifier: inOneLine(mail.identifier),
  userUrl: adminPaths.user(mail.identifier),
  to: mail.to === mail.identifier ? null : inOneLine(mail.to),
  standing: standingOf(mail, canSend),
});

/** What `pages/admin/mails` is rendered with. */
export function mailsPage(facts: MailsFacts) {
  const { choice, isFirst, mails, hasOlder, counts } = facts;
  const last = mails.at(-1);
  return {
    notice: facts.sandboxed ? texts.sandboxed : facts.canSend ? null : texts.notConfigured,
    noticeTone: facts.sandboxed ? 'quiet' : 'attention',
    tabs: [
      { label: texts.states.all, count: null, url: adminPaths.mails(), isCurrent: choice === null },
      ...mailChoices.map((one) => ({
        label: texts.states[one],
        count: countText(counts[one]),
        url: adminPaths.mails(one),
        isCurrent: choice === one,
      })),
    ],
    nothing: choice === null && isFirst ? texts.nothingYet : texts.nothing,
    rows: mails.map((mail) => mailRow(mail, facts)),
    newestUrl: isFirst ? null : adminPaths.mails(choice),
    olderUrl:
      hasOlder && last ? adminPaths.mails(choice, keyText({ at: last.createdAt, id: last.id })) : null,
  };
}
