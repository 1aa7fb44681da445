import { keyText, type PageKey } from '../../http/pageKey.js';
import { inOneLine } from '../../kernel/plainText.js';
import { isoTime, stampText, timeText } from '../../kernel/times.js';
import type { OutboxMail } from '../../notify/outboxStore.js';
import { mailsTo } from '../../notify/userMailStore.js';
import type { Db } from '../../store/database/schema.js';
import { en } from '../../words/texts.js';
import { type AuditEvents, everyEvent } from '../events/auditEventStore.js';
import type { EventNames } from '../events/eventNames.js';
import { eventRow } from '../events/eventsPage.js';
import type { SentencePart } from '../events/eventWords.js';

const texts = en.admin.users.one;
const size = 30;

type Row = ReturnType<typeof eventRow>;

const partOf = (piece: string, mail: OutboxMail, names: EventNames): SentencePart => {
  if (piece === '{connection}') {
    return { kind: 'connection', text: names.titleOf(mail.connectionName), identifier: null };
  }
  if (piece === '{address}') return { kind: 'user', text: inOneLine(mail.to), identifier: null };
  return { kind: 'text', text: piece, identifier: null };
};

/** A mail as a row among events, at the time when it was made. */
const mailRow = (mail: OutboxMail, names: EventNames): Row => ({
  tone: mail.state === 'failed' ? 'attention' : 'quiet',
  iso: isoTime(mail.createdAt),
  time: stampText(mail.createdAt),
  parts: texts.mails[mail.kind]
    .split(/(\{\w+\})/)
    .map((piece) => ({ ...partOf(piece, mail, names), url: null })),
  detail: texts.mailStates[mail.state](timeText(mail.endedAt ?? mail.nextTryAt)),
  address: null,
  reference: null,
});

const newestFirst = (a: PageKey, b: PageKey) => b.at - a.at || (a.id < b.id ? 1 : -1);

export interface Timeline {
  readonly rows: readonly Row[];
  /** The key of the rows that are older, or null when there are none. */
  readonly older: string | null;
}

/** What happened to a user or was done by them, and the mails to them, the newest first. */
export async function readTimeline(
  { db, events }: { readonly db: Db; readonly events: AuditEvents },
  identifier: string,
  before: PageKey | null,
  names: EventNames,
): Promise<Timeline> {
  const [written, mails] = await Promise.all([
    events.page({ ...everyEvent, person: identifier }, before, size + 1),
    mailsTo(db, identifier, before, size + 1),
  ]);
  const all = [
    ...written.map((event) => ({ at: event.at, id: event.id, row: () => eventRow(event, names) })),
    ...mails.map((mail) => ({ at: mail.createdAt, id: mail.id, row: () => mailRow(mail, names) })),
  ].sort(newestFirst);
  const shown = all.slice(0, size);
  const last = shown.at(-1);
  return {
    rows: shown.map(({ row }) => row()),
    older: all.length > size && last !== undefined ? keyText(last) : null,
  };
}
