import { keyText } from '../../http/pageKey.js';
import { inOneLine } from '../../kernel/plainText.js';
import { isoTime, stampText } from '../../kernel/times.js';
import { adminPaths } from '../../paths.js';
import type { Translate } from '../../words/words.js';
import type { WrittenEvent } from './auditEventStore.js';
import { auditGroups, type EventQuery, queryOf, typesOf } from './eventFilter.js';
import { clientLabel, type EventNames } from './eventNames.js';
import { detailOf, sentenceOf } from './eventWords.js';

/** How an event is marked: security before the rest, then what came to nothing. */
function toneOf({ type }: WrittenEvent): 'active' | 'attention' | 'broken' | 'quiet' {
  if (type.startsWith('security.')) return 'broken';
  if (type === 'flow.done') return 'active';
  return type === 'flow.failed' || type === 'flow.timed_out' ? 'attention' : 'quiet';
}

function whyOf(t: Translate, event: WrittenEvent): string | null {
  const detail = detailOf(t, event);
  return detail !== null && event.type.startsWith('flow.')
    ? t('adminEvents.why', { reason: detail })
    : detail;
}

/** An event as a row of a page. */
export const eventRow = (t: Translate, event: WrittenEvent, names: EventNames) => ({
  tone: toneOf(event),
  iso: isoTime(event.at),
  time: stampText(event.at),
  parts: sentenceOf(t, event, names).map((part) => ({
    ...part,
    url: part.identifier === null ? null : adminPaths.user(part.identifier),
  })),
  detail: whyOf(t, event),
  address: event.address === null ? null : inOneLine(event.address),
  reference: event.reference,
});

/** The clients that are known, and the one that is asked for. */
function clientChoices({ client }: EventQuery, names: EventNames) {
  const { clients } = names;
  const known = clients.map((one) => ({ value: one.id, label: clientLabel(one, names) }));
  const isOther = client !== '' && !clients.some(({ id }) => id === client);
  return isOther ? [...known, { value: client, label: inOneLine(client) }] : known;
}

function choicesOf(t: Translate, query: EventQuery, names: EventNames) {
  const types = auditGroups.map((group) => ({
    label: t(`adminEvents.groups.${group}`),
    all: {
      value: group,
      label: t('adminEvents.filter.wholeGroup', { group: t(`adminEvents.groups.${group}`) }),
    },
    types: typesOf(group).map((type) => ({ value: type, label: t(`adminEvents.types.${type}.label`) })),
  }));
  const connections = names.entries.map(({ connection }) => connection.name);
  if (query.connection !== '' && !connections.includes(query.connection)) connections.push(query.connection);
  return {
    types,
    connections: connections.map((name) => ({ value: name, label: names.titleOf(name) })),
    clients: clientChoices(query, names),
  };
}

export interface EventsPageOptions {
  readonly query: EventQuery;
  /** Whether it is the first page. */
  readonly isFirst: boolean;
  readonly events: readonly WrittenEvent[];
  readonly hasOlder: boolean;
  readonly names: EventNames;
}

/** What `pages/admin/events` is rendered with. */
export function eventsPage(t: Translate, { query, isFirst, events, hasOlder, names }: EventsPageOptions) {
  const filter = queryOf(query);
  const isFiltered = Object.keys(filter).length > 0;
  const last = events.at(-1);
  return {
    query,
    isFiltered,
    choices: choicesOf(t, query, names),
    nothing: isFiltered || !isFirst ? t('adminEvents.nothing') : t('adminEvents.nothingYet'),
    rows: events.map((event) => eventRow(t, event, names)),
    newestUrl: isFirst ? null : adminPaths.events(filter),
    olderUrl: hasOlder && last ? adminPaths.events({ ...filter, before: keyText(last) }) : null,
    exportUrl: adminPaths.exportEvents(filter),
  };
}
