import { isoTime } from '../../kernel/times.js';
import { paths } from '../../paths.js';
import type { ConnectedAccount } from '../../scalekit/gateway.js';
import { dateText } from '../../words/formats.js';
import type { Translate } from '../../words/words.js';
import type { ConnectedAs } from '../connectedAs/connectedAs.js';
import {
  type AccountState,
  isAskedFor,
  type OwnKnowledge,
  stateOf,
  stateTable,
  type Tone,
} from '../states.js';
import type { CatalogueEntry } from './catalogue.js';
import { type Logo, logoOf } from './logos.js';

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
  /** The page about it. */
  readonly url: string;
  readonly description: string | null;
  readonly logo: Logo;
  readonly state: AccountState;
  readonly label: string;
  readonly tone: Tone;
  readonly since: { readonly iso: string; readonly text: string } | null;
  readonly reason: string | null;
  /** Somebody else asked for the account, which its user has not begun to connect. */
  readonly isAskedFor: boolean;
  readonly action: CardAction | null;
  readonly secondary: CardAction | null;
}

/** Why a connection needs its user, or null. */
function reasonOf(
  t: Translate,
  state: AccountState,
  mustReconnect: boolean,
  askedFor: boolean,
): string | null {
  if (mustReconnect) return t('accounts.reconnectReason');
  if (askedFor) return t('accounts.askedForReason');
  return state === 'active' || state === 'not_connected' ? null : t(`accounts.reasons.${state}`);
}

function actionOf(t: Translate, entry: CatalogueEntry, state: AccountState): CardAction {
  const { name } = entry.connection;
  const { action } = stateTable[state];
  const label = t(`common.actions.${action}`, { title: entry.title });
  const target =
    action === 'disconnect'
      ? ({ method: 'get', url: paths.disconnect(name) } as const)
      : ({ method: 'post', url: paths.startConnect(name) } as const);
  return { label, accessibleName: label, filled: false, ...target };
}

function useAnotherAccount(t: Translate, entry: CatalogueEntry): CardAction {
  return {
    label: t('common.actions.useAnother'),
    accessibleName: t('common.actions.useAnotherAccount', { title: entry.title }),
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

const remove = (t: Translate, entry: CatalogueEntry) =>
  leave(entry, t('common.actions.removeIt'), t('common.actions.remove', { title: entry.title }));

const disconnect = (t: Translate, entry: CatalogueEntry) =>
  leave(entry, t('common.actions.disconnectIt'), t('common.actions.disconnect', { title: entry.title }));

/** Nothing works yet that could stop, so nobody is asked twice. */
function cancelSetup(t: Translate, { title, connection }: CatalogueEntry): CardAction {
  return {
    label: t('common.actions.cancelSetup'),
    accessibleName: t('common.actions.cancelSetupOf', { title }),
    method: 'post',
    url: paths.cancelSetup(connection.name),
    filled: false,
  };
}

/** The lesser action: another account in place of one that works, or no account in place of one that does not. */
function secondaryOf(
  t: Translate,
  entry: CatalogueEntry,
  state: AccountState,
  mustReconnect: boolean,
): CardAction | null {
  if (mustReconnect) return disconnect(t, entry);
  switch (state) {
    case 'active':
      return useAnotherAccount(t, entry);
    case 'pending':
      return cancelSetup(t, entry);
    case 'not_connected':
    case 'unknown':
      return null;
    default:
      return remove(t, entry);
  }
}

/** What a name of somebody else's does not turn the text around it by: an isolate (UAX #9). */
const isolated = (name: string) => `\u2068${name}\u2069`;

/** Said at once when a connection is another account than it was before. */
const otherAccountText = (t: Translate, { title }: CatalogueEntry, connectedAs: ConnectedAs | null) =>
  connectedAs?.insteadOf
    ? t('accounts.otherAccount', {
        title,
        before: isolated(connectedAs.insteadOf),
        now: isolated(connectedAs.name),
      })
    : null;

/** The way back to the account that was replaced. */
function connectBefore(
  t: Translate,
  entry: CatalogueEntry,
  connectedAs: ConnectedAs | null,
): CardAction | null {
  if (!connectedAs?.insteadOf) return null;
  const label = t('common.actions.connectAgain', { name: isolated(connectedAs.insteadOf) });
  return {
    label,
    accessibleName: label,
    method: 'post',
    url: paths.startConnect(entry.connection.name),
    filled: false,
  };
}

/**
 * The card of a connection.
 * @param account undefined when the user has none
 */
export function cardOf(
  t: Translate,
  entry: CatalogueEntry,
  account: ConnectedAccount | undefined,
  known: OwnKnowledge,
  connectedAs: ConnectedAs | null,
): Card {
  const { mustReconnect } = known;
  const state = stateOf(account?.status, known);
  const askedFor = isAskedFor(account?.status, known);
  const changedAt = account?.updatedAt ?? null;
  const dated = !mustReconnect && (state === 'active' || state === 'expired' || state === 'disconnected');
  return {
    name: entry.connection.name,
    title: entry.title,
    url: paths.connection(entry.connection.name),
    description: entry.description?.(t) ?? null,
    logo: logoOf(entry, entry.title, paths.logo(entry.connection.name)),
    state,
    label:
      state === 'active' && connectedAs !== null
        ? t('accounts.connectedAs', { name: isolated(connectedAs.name) })
        : t(`accounts.states.${state}`),
    tone: stateTable[state].tone,
    since:
      dated && changedAt !== null
        ? { iso: isoTime(changedAt), text: t('common.times.since', { date: dateText(t, changedAt) }) }
        : null,
    reason: reasonOf(t, state, mustReconnect, askedFor) ?? otherAccountText(t, entry, connectedAs),
    isAskedFor: askedFor,
    action: actionOf(t, entry, state),
    secondary: connectBefore(t, entry, connectedAs) ?? secondaryOf(t, entry, state, mustReconnect),
  };
}

/** The card of a connection that works for everybody without an account. */
export function readyCardOf(t: Translate, entry: CatalogueEntry): Card {
  return {
    ...unreadCardOf(t, entry),
    state: 'active',
    label: t('accounts.needsNothing'),
    tone: stateTable.active.tone,
  };
}

/** The card of a connection while nothing at all is known of the user's accounts. */
export function unreadCardOf(t: Translate, entry: CatalogueEntry): Card {
  return {
    ...cardOf(t, entry, undefined, { mustReconnect: false, isBegun: false }, null),
    state: 'unknown',
    label: t('accounts.states.unknown'),
    tone: stateTable.unknown.tone,
    action: null,
  };
}
