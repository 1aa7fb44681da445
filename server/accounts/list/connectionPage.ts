import { isoTime } from '../../kernel/times.js';
import { paths } from '../../paths.js';
import type { ConnectedAccount } from '../../scalekit/gateway.js';
import { dateText, timeText } from '../../words/formats.js';
import type { Translate } from '../../words/words.js';
import type { ConnectedAs } from '../connectedAs/connectedAs.js';
import type { OwnKnowledge } from '../states.js';
import type { Abilities } from '../tools/toolCatalogue.js';
import { type Card, cardOf, readyCardOf, unreadCardOf } from './card.js';
import type { CatalogueEntry } from './catalogue.js';

/** What is known of one connection of a user. */
export interface ConnectionFacts {
  readonly entry: CatalogueEntry;
  readonly identifier: string;
  /** Undefined when the user has none. */
  readonly account: ConnectedAccount | undefined;
  readonly known: OwnKnowledge;
  readonly connectedAs: ConnectedAs | null;
  readonly abilities: Abilities | null;
  /** Whether the accounts were ever read. */
  readonly isRead: boolean;
  readonly outage: { readonly sentence: string } | null;
}

const abilitiesShown = 8;

interface Fact {
  readonly label: string;
  readonly text: string;
  readonly iso: string | null;
}

function factsOf(t: Translate, { account, connectedAs }: ConnectionFacts): Fact[] {
  if (account?.status !== 'active') return [];
  const { updatedAt, lastUsedAt } = account;
  const fact = (key: 'as' | 'since' | 'lastUsed', text: string, at: number | null): Fact => ({
    label: t(`accounts.connection.${key}`),
    text,
    iso: at === null ? null : isoTime(at),
  });
  return [
    ...(connectedAs === null ? [] : [fact('as', connectedAs.name, null)]),
    ...(updatedAt === null ? [] : [fact('since', dateText(t, updatedAt), updatedAt)]),
    fact(
      'lastUsed',
      lastUsedAt === null ? t('accounts.connection.neverUsed') : timeText(t, lastUsedAt),
      lastUsedAt,
    ),
  ];
}

/** One group of what an assistant can do: some of it, and the rest behind a click. */
function groupOf(t: Translate, group: 'reads' | 'changes', names: readonly string[]) {
  const rest = names.slice(abilitiesShown);
  return {
    icon: group === 'reads' ? 'eye' : 'pencil',
    heading: t(`accounts.tools.${group}`),
    names: names.slice(0, abilitiesShown),
    rest,
    more: rest.length === 0 ? null : t('accounts.tools.more', { count: rest.length }),
  };
}

function cardFor(t: Translate, { entry, account, known, connectedAs, isRead }: ConnectionFacts): Card {
  if (entry.needsNothing) return readyCardOf(t, entry);
  return isRead ? cardOf(t, entry, account, known, connectedAs) : unreadCardOf(t, entry);
}

/** What can be done on the page, each with what it means. */
function waysOf(t: Translate, { title }: CatalogueEntry, { state, action, secondary }: Card) {
  const way = (one: Card['action'], heading: string, sentence: string, isDanger: boolean) =>
    one === null ? [] : [{ ...one, label: one.accessibleName, heading, sentence, isDanger }];
  if (state === 'active') {
    return [
      ...way(
        secondary,
        t('accounts.connection.switchHeading', { title }),
        t('accounts.connection.switchSentence'),
        false,
      ),
      ...way(
        action,
        t('accounts.connection.stopHeading', { title }),
        t('accounts.connection.stopSentence', { title }),
        true,
      ),
    ];
  }
  return [
    ...way(
      action && { ...action, filled: true },
      t('accounts.connection.connectHeading', { title }),
      t('accounts.connection.connectSentence', { title }),
      false,
    ),
    ...way(
      secondary,
      t(state === 'pending' ? 'accounts.connection.cancelHeading' : 'accounts.connection.removeHeading', {
        title,
      }),
      t(state === 'pending' ? 'accounts.connection.cancelSentence' : 'accounts.connection.removeSentence', {
        title,
      }),
      true,
    ),
  ];
}

/** What `pages/connection` is rendered with. */
export function connectionPage(t: Translate, facts: ConnectionFacts) {
  const { entry, identifier, abilities, outage } = facts;
  const card = cardFor(t, facts);
  return {
    title: entry.title,
    logo: card.logo,
    description: card.description,
    state: card.state,
    tone: card.tone,
    label: card.state === 'active' && !entry.needsNothing ? t('accounts.states.active') : card.label,
    reason: card.reason,
    outage,
    identifier,
    facts: factsOf(t, facts),
    groups:
      abilities === null
        ? []
        : [groupOf(t, 'reads', abilities.reads), groupOf(t, 'changes', abilities.changes)].filter(
            ({ names }) => names.length > 0,
          ),
    ways: waysOf(t, entry, card),
    refreshUrl: paths.connection(entry.connection.name),
  };
}
