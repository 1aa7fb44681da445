import { dateText, isoTime } from '../../kernel/times.js';
import { paths } from '../../paths.js';
import type { ConnectedAccount } from '../../scalekit/gateway.js';
import { en } from '../../words/texts.js';
import { type AccountState, stateOf, stateTable, type Tone } from '../states.js';
import type { CatalogueEntry } from './catalogue.js';

/** A button of a card. GET leads to a page that asks first; POST begins at once. */
export interface CardAction {
  readonly label: string;
  readonly accessibleName: string;
  readonly method: 'get' | 'post';
  readonly url: string;
  readonly filled: boolean;
}

/** One connection on the list. */
export interface Card {
  readonly name: string;
  readonly title: string;
  readonly description: string | null;
  readonly logoUrl: string;
  readonly state: AccountState;
  readonly label: string;
  readonly tone: Tone;
  readonly since: { readonly iso: string; readonly text: string } | null;
  readonly reason: string | null;
  readonly action: CardAction | null;
  readonly secondary: CardAction | null;
}

const reasons: Partial<Record<AccountState, string>> = en.reasons;

function actionOf(entry: CatalogueEntry, state: AccountState): CardAction {
  const { name } = entry.connection;
  const { action } = stateTable[state];
  const label = en.actions[action](entry.title);
  const target =
    action === 'disconnect'
      ? ({ method: 'get', url: paths.disconnect(name) } as const)
      : ({ method: 'post', url: paths.startConnect(name) } as const);
  return { label, accessibleName: label, filled: false, ...target };
}

function useAnotherAccount(entry: CatalogueEntry): CardAction {
  return {
    label: en.actions.useAnother,
    accessibleName: en.actions.useAnotherAccount(entry.title),
    method: 'post',
    url: paths.startConnect(entry.connection.name),
    filled: false,
  };
}

/** The quiet way to the page that asks before an account goes. */
function leave(entry: CatalogueEntry, label: string, accessibleName: string): CardAction {
  return {
    label,
    accessibleName,
    method: 'get',
    url: paths.disconnect(entry.connection.name),
    filled: false,
  };
}

const remove = (entry: CatalogueEntry) => leave(entry, en.actions.removeIt, en.actions.remove(entry.title));

const disconnect = (entry: CatalogueEntry) =>
  leave(entry, en.actions.disconnectIt, en.actions.disconnect(entry.title));

/** The lesser action: another account in place of one that works, or no account in place of one that does not. */
function secondaryOf(entry: CatalogueEntry, state: AccountState, mustReconnect: boolean): CardAction | null {
  if (mustReconnect) return disconnect(entry);
  switch (state) {
    case 'active':
      return useAnotherAccount(entry);
    case 'not_connected':
    case 'unknown':
      return null;
    default:
      return remove(entry);
  }
}

/**
 * The card of a connection.
 * @param account undefined when the user has none
 * @param mustReconnect whether it is active, and has to be connected anew
 */
export function cardOf(
  entry: CatalogueEntry,
  account: ConnectedAccount | undefined,
  mustReconnect = false,
): Card {
  const state = mustReconnect ? 'expired' : stateOf(account?.status);
  const changedAt = account?.updatedAt ?? null;
  const dated = !mustReconnect && (state === 'active' || state === 'expired' || state === 'disconnected');
  return {
    name: entry.connection.name,
    title: entry.title,
    description: entry.description,
    logoUrl: paths.logo(entry.connection.name),
    state,
    label: en.states[state],
    tone: stateTable[state].tone,
    since:
      dated && changedAt !== null
        ? { iso: isoTime(changedAt), text: en.times.since(dateText(changedAt)) }
        : null,
    reason: mustReconnect ? en.reconnectReason : (reasons[state] ?? null),
    action: actionOf(entry, state),
    secondary: secondaryOf(entry, state, mustReconnect),
  };
}

/** The card of a connection while nothing at all is known of the user's accounts. */
export function unreadCardOf(entry: CatalogueEntry): Card {
  return {
    ...cardOf(entry, undefined),
    state: 'unknown',
    label: en.states.unknown,
    tone: stateTable.unknown.tone,
    action: null,
  };
}
