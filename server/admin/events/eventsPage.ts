import type { NewestFirst } from '../../http/pageKey.js';
import { inOneLine } from '../../kernel/plainText.js';
import { adminPaths } from '../../paths.js';
import { momentOf } from '../../words/formats.js';
import type { Said, Translate } from '../../words/words.js';
import type { ConfirmPage } from '../confirmPage.js';
import type { WrittenEvent } from './auditEventStore.js';
import { auditGroups, type EventQuery, filterParts, queryOf, typesOf } from './eventFilter.js';
import { clientLabel, type EventNames } from './eventNames.js';
import { detailOf, sentenceOf } from './eventWords.js';

/** How an event is marked: security before the rest, then what came to nothing. */
function toneOf({ type }: WrittenEvent): 'active' | 'attention' | 'broken' | 'quiet' {
  if (type.startsWith('security.')) return 'broken';
  if (type === 'flow.done') return 'active';
  return type === 'flow.failed' || type === 'flow.timed_out' ? 'attention' : 'quiet';
}

function whyOf(t: Translate, event: WrittenEvent): Said | null {
  const detail = detailOf(t, event);
  if (detail === null) return null;
  return [event.type.startsWith('flow.') ? t('adminEvents.why', { reason: detail }) : detail];
}

/** An event as a row of a page. */
export const eventRow = (t: Translate, event: WrittenEvent, names: EventNames) => ({
  tone: toneOf(event),
  time: momentOf(t, event.at),
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
  readonly page: NewestFirst<WrittenEvent>;
  readonly names: EventNames;
}

/** What `pages/admin/events` is rendered with. */
export function eventsPage(t: Translate, { query, page, names }: EventsPageOptions) {
  const filter = queryOf(query);
  const isFiltered = Object.keys(filter).length > 0;
  return {
    query,
    isFiltered,
    choices: choicesOf(t, query, names),
    nothing: isFiltered || !page.isNewest ? t('adminEvents.nothing') : t('adminEvents.nothingYet'),
    rows: page.rows.map((event) => eventRow(t, event, names)),
    newestUrl: page.isNewest ? null : adminPaths.events(filter),
    olderUrl: page.older === null ? null : adminPaths.events({ ...filter, before: page.older }),
    exportUrl: adminPaths.exportEvents(filter),
  };
}

/** Asks before events are taken out as a file. */
export function exportEventsPage(t: Translate, query: EventQuery, names: EventNames): ConfirmPage {
  const parts = filterParts(t, query, names);
  const everything = { label: t('adminEvents.exporting.filter'), value: t('adminEvents.exporting.noFilter') };
  return {
    current: 'events',
    heading: t('adminEvents.exporting.heading'),
    facts: (parts.length === 0 ? [everything] : parts).map(({ label, value }) => ({
      label,
      values: [value],
    })),
    sentences: t.lines('adminEvents.exporting.sentences'),
    form: {
      postUrl: adminPaths.exportEvents(queryOf(query)),
      label: t('adminEvents.exporting.confirm'),
      danger: false,
      downloads: true,
    },
    sample: null,
    back: { label: t('adminEvents.newest'), url: adminPaths.events(queryOf(query)) },
  };
}
