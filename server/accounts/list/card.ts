import { paths } from '../../paths.js';
import type { ConnectedAccount } from '../../scalekit/gateway.js';
import { momentOf } from '../../words/formats.js';
import type { Said, Translate } from '../../words/words.js';
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

/** What can be done with a connection. GET leads to a page that asks first; POST begins at once. */
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
  /** Why it stands as it does, in pieces; null where that needs no words. */
  readonly reason: Said | null;
  /** Somebody else asked for the account, which its user has not begun to connect. */
  readonly isAskedFor: boolean;
  /** The way to a connection that works; null where there is nothing to do. */
  readonly action: CardAction | null;
  /** Another account in place of the one that is connected. */
  readonly another: CardAction | null;
  /** No account in place of the one that is there. */
  readonly leave: CardAction | null;
}

/** What a name of somebody else's does not turn the text around it by: an isolate (UAX #9). */
const isolated = (name: string) => `\u2068${name}\u2069`;

/** Why a connection needs its user, or null. */
function reasonOf(
  t: Translate,
  { title }: CatalogueEntry,
  state: AccountState,
  changedAt: number | null,
  { mustReconnect }: OwnKnowledge,
  connectedAs: ConnectedAs | null,
): Card['reason'] {
  if (mustReconnect) return [t('accounts.reconnectReason')];
  switch (state) {
    case 'not_connected':
      return null;
    case 'active':
      // Said at once when it is another account than it was before.
      if (!connectedAs?.insteadOf) return null;
      return [
        t('accounts.otherAccount', {
          title,
          before: isolated(connectedAs.insteadOf),
          now: isolated(connectedAs.name),
        }),
      ];
    case 'expired':
    case 'disconnected':
      if (changedAt === null) return [t(`accounts.reasons.${state}`)];
      return t.parts(`accounts.reasons.${state}Ago`, { ago: momentOf(t, changedAt) });
    default:
      return [t(`accounts.reasons.${state}`)];
  }
}

const isUnfinished = (state: AccountState) => state === 'pending' || state === 'needs_verification';

function actionOf(
  t: Translate,
  { connection, title }: CatalogueEntry,
  state: AccountState,
): CardAction | null {
  const { action } = stateTable[state];
  if (action === 'disconnect') return null;
  const name = t(`common.actions.${action}`, { title });
  return {
    label: isUnfinished(state) ? t('common.actions.finishIt') : name,
    accessibleName: name,
    method: 'post',
    url: paths.startConnect(connection.name),
    filled: stateTable[state].section === 'attention',
  };
}

/** The way to another account than the one that is connected: back to the one that was replaced, or to any. */
function anotherOf(t: Translate, entry: CatalogueEntry, connectedAs: ConnectedAs | null): CardAction {
  const label = connectedAs?.insteadOf
    ? t('common.actions.connectAgain', { name: isolated(connectedAs.insteadOf) })
    : t('common.actions.useAnotherAccount', { title: entry.title });
  const url = paths.startConnect(entry.connection.name);
  return { label, accessibleName: label, method: 'post', url, filled: false };
}

/**
 * The way out: what works is disconnected, and what doesn't is removed, by a page that asks. A setup is cancelled at
 * once: nothing works yet that could stop.
 */
function leaveOf(
  t: Translate,
  { connection, title }: CatalogueEntry,
  state: AccountState,
  { mustReconnect }: OwnKnowledge,
): CardAction | null {
  if (state === 'not_connected' || state === 'unknown') return null;
  if (state === 'pending') {
    return {
      label: t('common.actions.cancelSetup'),
      accessibleName: t('common.actions.cancelSetupOf', { title }),
      method: 'post',
      url: paths.cancelSetup(connection.name),
      filled: false,
    };
  }
  const key = state === 'active' || mustReconnect ? 'disconnect' : 'remove';
  const label = t(`common.actions.${key}`, { title });
  return {
    label,
    accessibleName: label,
    method: 'get',
    url: paths.disconnect(connection.name),
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
  const state = stateOf(account?.status, known);
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
    reason: reasonOf(t, entry, state, account?.updatedAt ?? null, known, connectedAs),
    isAskedFor: isAskedFor(account?.status, known),
    action: actionOf(t, entry, state),
    another: state === 'active' ? anotherOf(t, entry, connectedAs) : null,
    leave: leaveOf(t, entry, state, known),
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
