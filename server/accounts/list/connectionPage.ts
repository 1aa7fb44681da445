import { paths } from '../../paths.js';
import type { ConnectedAccount } from '../../scalekit/gateway.js';
import { momentOf } from '../../words/formats.js';
import type { Moment, Translate } from '../../words/words.js';
import type { ConnectedAs } from '../connectedAs/connectedAs.js';
import type { AccountState, OwnKnowledge } from '../states.js';
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
  readonly value: string | Moment;
}

function factsOf(t: Translate, { account, connectedAs }: ConnectionFacts): Fact[] {
  if (account?.status !== 'active') return [];
  const { updatedAt, lastUsedAt } = account;
  const fact = (key: 'as' | 'since' | 'lastUsed', value: string | Moment): Fact => ({
    label: t(`accounts.connection.${key}`),
    value,
  });
  return [
    ...(connectedAs === null ? [] : [fact('as', connectedAs.name)]),
    ...(updatedAt === null ? [] : [fact('since', momentOf(t, updatedAt))]),
    fact('lastUsed', lastUsedAt === null ? t('accounts.connection.neverUsed') : momentOf(t, lastUsedAt)),
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

/** Which words tell of the way out. */
const leaving: Partial<Record<AccountState, 'stop' | 'cancel'>> = { active: 'stop', pending: 'cancel' };

/** What can be done on the page, each with what it means. */
function waysOf(t: Translate, { title }: CatalogueEntry, { state, action, another, leave }: Card) {
  const way = (one: Card['action'], heading: string, sentence: string, isDanger = false) =>
    one === null ? [] : [{ ...one, label: one.accessibleName, heading, sentence, isDanger }];
  const words = leaving[state] ?? 'remove';
  return [
    ...way(
      action && { ...action, filled: true },
      t('accounts.connection.connectHeading', { title }),
      t('accounts.connection.connectSentence', { title }),
    ),
    ...way(
      another,
      t('accounts.connection.switchHeading', { title }),
      t('accounts.connection.switchSentence'),
    ),
    ...way(
      leave,
      t(`accounts.connection.${words}Heading`, { title }),
      t(`accounts.connection.${words}Sentence`, { title }),
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
