import { keyText } from '../../http/pageKey.js';
import { inOneLine } from '../../kernel/plainText.js';
import type { OutboxMail } from '../../notify/outboxStore.js';
import { mailsTo } from '../../notify/userMailStore.js';
import type { PageKey } from '../../store/database/newestFirst.js';
import type { Db } from '../../store/database/schema.js';
import { momentOf } from '../../words/formats.js';
import type { Translate } from '../../words/words.js';
import { type AuditEvents, everyEvent } from '../events/auditEventStore.js';
import type { EventNames } from '../events/eventNames.js';
import { eventRow } from '../events/eventsPage.js';
import { partsOf, type SentencePart } from '../events/eventWords.js';
import { mailMoment } from '../mail/mailsPage.js';

const size = 30;

type Row = ReturnType<typeof eventRow>;

const mailParts = (
  t: Translate,
  { kind, connectionName, to }: OutboxMail,
  names: EventNames,
): SentencePart[] =>
  t
    .parts<SentencePart>(`adminUsers.one.mails.${kind}`, {
      connection: { kind: 'connection', text: names.titleOf(connectionName), identifier: null },
      address: { kind: 'user', text: inOneLine(to), identifier: null },
    })
    .flatMap(partsOf);

/** A mail as a row among events, at the time when it was made. */
const mailRow = (t: Translate, mail: OutboxMail, names: EventNames): Row => ({
  tone: mail.state === 'failed' ? 'attention' : 'quiet',
  time: momentOf(t, mail.createdAt),
  parts: mailParts(t, mail, names).map((part) => ({ ...part, url: null })),
  detail: t.parts(`adminUsers.one.mailStates.${mail.state}`, { time: mailMoment(t, mail) }),
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
  t: Translate,
): Promise<Timeline> {
  const [written, mails] = await Promise.all([
    events.page({ ...everyEvent, person: identifier }, before, size + 1),
    mailsTo(db, identifier, before, size + 1),
  ]);
  const all = [
    ...written.map((event) => ({ at: event.at, id: event.id, row: () => eventRow(t, event, names) })),
    ...mails.map((mail) => ({ at: mail.createdAt, id: mail.id, row: () => mailRow(t, mail, names) })),
  ].sort(newestFirst);
  const shown = all.slice(0, size);
  const last = shown.at(-1);
  return {
    rows: shown.map(({ row }) => row()),
    older: all.length > size && last !== undefined ? keyText(last) : null,
  };
}
