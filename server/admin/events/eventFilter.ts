import type { Request } from 'express';
import { badRequest } from '../../http/commonErrors.js';
import { queryParam } from '../../http/params.js';
import { inOneLine } from '../../kernel/plainText.js';
import { type AuditGroup, type AuditType, auditTypes } from '../../store/auditTrail.js';
import { dayOf } from '../../store/dailyCountStore.js';
import type { Translate } from '../../words/words.js';
import type { EventFilter } from './auditEventStore.js';
import { clientLabel, type EventNames } from './eventNames.js';

/** The filter as the address has it; blank where it does not narrow. */
export interface EventQuery {
  /** A type, or a group of types. */
  readonly type: string;
  readonly person: string;
  readonly connection: string;
  /** The id of an API client. */
  readonly client: string;
  /** Days of UTC, both included. */
  readonly from: string;
  readonly to: string;
  readonly reference: string;
  /** `denied`, or blank. */
  readonly without: string;
}

/** What types begin with, in the order in which they are offered. */
export const auditGroups = [
  'user',
  'flow',
  'account',
  'admin',
  'mail',
  'mailing',
  'reconnect',
  'client',
  'onboarding',
  'security',
] as const satisfies readonly AuditGroup[];

export const typesOf = (group: string): AuditType[] =>
  auditTypes.filter((type) => type.startsWith(`${group}.`));

const fields = ['type', 'person', 'connection', 'client', 'from', 'to', 'reference', 'without'] as const;
const dayMs = 86_400_000;

/** The first moment of a day of UTC. @throws DomainError when it is no day */
function startOf(day: string): number {
  const at = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  // A day that its month does not have is taken for one of the next month.
  if (Number.isNaN(at) || dayOf(at) !== day) throw badRequest();
  return at;
}

function typesMeant(type: string): readonly AuditType[] | null {
  if (type === '') return null;
  const types = auditTypes.filter((known) => known === type);
  const meant = types.length > 0 ? types : typesOf(type);
  if (meant.length === 0) throw badRequest();
  return meant;
}

function isWithoutDenied(without: string): boolean {
  if (without !== '' && without !== 'denied') throw badRequest();
  return without === 'denied';
}

/** @throws DomainError when the address says what no filter can */
export function readEventQuery(request: Request): EventQuery {
  const values = fields.map((field) => [field, (queryParam(request, field, 400) ?? '').trim()]);
  return Object.fromEntries(values) as Record<(typeof fields)[number], string>;
}

const orNull = (value: string): string | null => (value === '' ? null : value);

/** @throws DomainError when a part of it is no type or no day */
export const toEventFilter = (query: EventQuery): EventFilter => ({
  types: typesMeant(query.type),
  person: orNull(query.person),
  connectionName: orNull(query.connection),
  clientId: orNull(query.client),
  from: query.from === '' ? null : startOf(query.from),
  until: query.to === '' ? null : startOf(query.to) + dayMs,
  reference: orNull(query.reference.toUpperCase()),
  withoutDenied: isWithoutDenied(query.without),
});

/** The filter as parameters of an address, without what does not narrow. */
export const queryOf = (query: EventQuery): Record<string, string> =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));

function narrowedTo(t: Translate, field: keyof EventQuery, value: string, names: EventNames): string {
  if (field === 'without') return t('adminEvents.filter.denied');
  if (field === 'connection') return names.titleOf(value);
  const client = field === 'client' ? names.clients.find(({ id }) => id === value) : undefined;
  return client === undefined ? inOneLine(value) : clientLabel(client, names);
}

/** The parts of the filter that narrow, as a page tells them. */
export const filterParts = (t: Translate, query: EventQuery, names: EventNames) =>
  fields
    .filter((field) => query[field] !== '')
    .map((field) => ({
      label: t(`adminEvents.filter.${field}`),
      value: narrowedTo(t, field, query[field], names),
    }));
