import type { CsvRow } from '../../kernel/csv.js';
import { isoTime } from '../../kernel/times.js';
import type { PageKey } from '../../store/database/newestFirst.js';
import type { Translate } from '../../words/words.js';
import type { AuditEvents, EventFilter } from './auditEventStore.js';
import type { EventNames } from './eventNames.js';
import { actorOf, detailOf, plainSentence, sentenceOf } from './eventWords.js';

const rowsAtOnce = 500;

/** All events of a filter as rows of a table, the newest first, read page by page. */
export async function* eventRows(
  t: Translate,
  events: AuditEvents,
  filter: EventFilter,
  names: EventNames,
): AsyncGenerator<readonly CsvRow[]> {
  let before: PageKey | null = null;
  while (true) {
    const page = await events.page(filter, before, rowsAtOnce);
    if (page.length > 0) {
      yield page.map((event) => [
        isoTime(event.at),
        event.type,
        plainSentence(sentenceOf(t, event, names)),
        actorOf(event) ?? event.actor,
        event.identifier,
        event.connectionName,
        event.address,
        event.reference,
        detailOf(t, event),
      ]);
    }
    if (page.length < rowsAtOnce) return;
    before = page.at(-1) ?? null;
  }
}
