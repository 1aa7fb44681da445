import { reasonOf } from '../../directory/users/reasons.js';
import { clientIdIn } from '../../identity/clients/apiClient.js';
import { inOneLine } from '../../kernel/plainText.js';
import { type AuditType, auditTypes } from '../../store/auditTrail.js';
import type { Piece, Translate } from '../../words/words.js';
import type { WrittenEvent } from './auditEventStore.js';
import type { EventNames } from './eventNames.js';

/** A piece of a sentence. A name is shown apart from the text around it, so that it can't turn it. */
export interface SentencePart {
  readonly kind: 'text' | 'user' | 'connection' | 'client';
  readonly text: string;
  /** The identifier of a user that has a page, or null. */
  readonly identifier: string | null;
}

const userKey = 'user:';

const isKnown = (type: string): type is AuditType => (auditTypes as readonly string[]).includes(type);

/** The user who did it, or null when it was not a user. */
export const actorOf = ({ actor }: WrittenEvent): string | null =>
  actor?.startsWith(userKey) ? actor.slice(userKey.length) : null;

const text = (words: string): SentencePart => ({ kind: 'text', text: words, identifier: null });
const user = (identifier: string): SentencePart => ({
  kind: 'user',
  text: inOneLine(identifier),
  identifier,
});

/** A piece of a message as the parts of a sentence. */
export function partsOf(piece: Piece<SentencePart | readonly SentencePart[]>): readonly SentencePart[] {
  if (typeof piece === 'string') return [text(piece)];
  if ('argument' in piece) return [text(piece.argument)];
  if ('said' in piece) return piece.said.flatMap(partsOf);
  return 'kind' in piece ? [piece] : piece;
}

/** An API client by its name, and by its id alone where it is not known. */
function apiClient(t: Translate, id: string, { clients }: EventNames): SentencePart[] {
  const known = clients.find((client) => client.id === id);
  const client = { kind: 'client', text: inOneLine(known?.name ?? id), identifier: null } as const;
  const pieces = t.parts<SentencePart>('adminEvents.names.apiClient', { client }).flatMap(partsOf);
  return known === undefined ? pieces : [...pieces, text(` (${id})`)];
}

function whoOf(t: Translate, event: WrittenEvent, names: EventNames): SentencePart[] {
  const actor = actorOf(event);
  if (actor !== null) return [user(actor)];
  const clientId = clientIdIn(event.actor ?? '');
  if (clientId !== null) return apiClient(t, clientId, names);
  if (event.actor !== null && event.identifier !== null) return [user(event.identifier)];
  return [text(t(`adminEvents.names.${event.type.startsWith('security.') ? 'somebody' : 'theApp'}`))];
}

function whomOf(t: Translate, { identifier }: WrittenEvent): SentencePart {
  return identifier === null ? text(t('adminEvents.names.somebody')) : user(identifier);
}

function connectionOf(t: Translate, { connectionName }: WrittenEvent, names: EventNames): SentencePart {
  return connectionName === null
    ? text(t('adminEvents.names.noConnection'))
    : { kind: 'connection', text: names.titleOf(connectionName), identifier: null };
}

/** The types that are said otherwise where a user did it to nobody but themselves. */
const ownTypes = [
  'user.signed_out_everywhere',
  'account.disconnected',
] as const satisfies readonly AuditType[];

/** What an event says, in a sentence. */
export function sentenceOf(t: Translate, event: WrittenEvent, names: EventNames): SentencePart[] {
  const { type } = event;
  if (!isKnown(type)) return [text(inOneLine(type))];
  const ownType = actorOf(event) === event.identifier ? ownTypes.find((known) => known === type) : undefined;
  const key =
    ownType === undefined
      ? (`adminEvents.types.${type}.sentence` as const)
      : (`adminEvents.types.${ownType}.own` as const);
  const about = {
    who: whoOf(t, event, names),
    whom: [whomOf(t, event)],
    connection: [connectionOf(t, event, names)],
  };
  return t.parts<SentencePart[]>(key, about).flatMap(partsOf);
}

export const plainSentence = (parts: readonly SentencePart[]): string =>
  parts.map((part) => part.text).join('');

/** What more there is to say of an event, or null: why a flow connected nothing, or what was noted. */
export function detailOf(t: Translate, { type, detail }: WrittenEvent): string | null {
  if (detail === null || detail === '') return null;
  return type.startsWith('flow.') ? reasonOf(t, detail) : inOneLine(detail);
}
