import { reasonOf } from '../../directory/users/reasons.js';
import { clientIdIn } from '../../identity/clients/apiClient.js';
import { inOneLine } from '../../kernel/plainText.js';
import type { AuditType } from '../../store/auditTrail.js';
import type { AuditTypeTexts } from '../../words/adminTexts/auditTypes.js';
import { en } from '../../words/texts.js';
import type { WrittenEvent } from './auditEventStore.js';
import type { EventNames } from './eventNames.js';

/** A piece of a sentence. A name is shown apart from the text around it, so that it can't turn it. */
export interface SentencePart {
  readonly kind: 'text' | 'user' | 'connection' | 'client';
  readonly text: string;
  /** The identifier of a user that has a page, or null. */
  readonly identifier: string | null;
}

const { auditNames } = en.admin;
const userKey = 'user:';

const isKnown = (type: string): type is AuditType => Object.hasOwn(en.admin.auditTypes, type);

/** The user who did it, or null when it was none. */
export const actorOf = ({ actor }: WrittenEvent): string | null =>
  actor?.startsWith(userKey) ? actor.slice(userKey.length) : null;

const text = (words: string): SentencePart => ({ kind: 'text', text: words, identifier: null });
const user = (identifier: string): SentencePart => ({
  kind: 'user',
  text: inOneLine(identifier),
  identifier,
});

/** An API client by its name, and by its id alone where it is not known. */
function apiClient(id: string, { clients }: EventNames): SentencePart[] {
  const called = (words: string) => ({ kind: 'client', text: inOneLine(words), identifier: null }) as const;
  const known = clients.find((client) => client.id === id);
  const name = known === undefined ? [called(id)] : [called(known.name), text(` (${id})`)];
  return [text(auditNames.apiClient), ...name];
}

function whoOf(event: WrittenEvent, names: EventNames): SentencePart | SentencePart[] {
  const actor = actorOf(event);
  if (actor !== null) return user(actor);
  const clientId = clientIdIn(event.actor ?? '');
  if (clientId !== null) return apiClient(clientId, names);
  if (event.actor !== null && event.identifier !== null) return user(event.identifier);
  return text(event.type.startsWith('security.') ? auditNames.somebody : auditNames.theApp);
}

function partOf(name: string, event: WrittenEvent, names: EventNames): SentencePart | SentencePart[] {
  const { identifier, connectionName } = event;
  switch (name) {
    case '{who}':
      return whoOf(event, names);
    case '{whom}':
      return identifier === null ? text(auditNames.somebody) : user(identifier);
    case '{connection}':
      return connectionName === null
        ? text(auditNames.noConnection)
        : { kind: 'connection', text: names.titleOf(connectionName), identifier: null };
    default:
      return text(name);
  }
}

/** What an event says, in a sentence. */
export function sentenceOf(event: WrittenEvent, names: EventNames): SentencePart[] {
  if (!isKnown(event.type)) return [text(inOneLine(event.type))];
  const { sentence, own }: AuditTypeTexts = en.admin.auditTypes[event.type];
  const template = own !== undefined && actorOf(event) === event.identifier ? own : sentence;
  return template
    .split(/(\{\w+\})/)
    .filter((piece) => piece !== '')
    .flatMap((piece) => partOf(piece, event, names));
}

export const plainSentence = (parts: readonly SentencePart[]): string =>
  parts.map((part) => part.text).join('');

/** What more there is to say of an event, or null: why a flow connected nothing, or what was noted. */
export function detailOf({ type, detail }: WrittenEvent): string | null {
  if (detail === null || detail === '') return null;
  return type.startsWith('flow.') ? reasonOf(detail) : inOneLine(detail);
}
