import { listText, timeText } from '../../words/formats.js';
import type { Translate } from '../../words/words.js';
import type { ConnectedAsByName } from '../connectedAs/connectedAs.js';
import { type Section, stateTable, type Tone } from '../states.js';
import type { AccountsAnswer } from './accountReader.js';
import { type Card, cardOf, readyCardOf, unreadCardOf } from './card.js';
import type { Catalogue } from './catalogue.js';
import { knowledgeOf, type OwnMarks } from './ownMarks.js';

/** A confirmation above the list. */
export interface Notice {
  readonly tone: Tone;
  readonly sentence: string;
  readonly reference: string | null;
}

export interface ListSection {
  readonly id: Section;
  readonly heading: string;
  readonly cards: readonly Card[];
}

/** What `pages/connections` is rendered with. */
export interface ListPage {
  readonly summary: string;
  readonly notice: Notice | null;
  readonly outage: { readonly sentence: string } | null;
  readonly sections: readonly ListSection[];
  readonly filterable: boolean;
}

const sectionOrder: readonly Section[] = ['attention', 'available', 'connected'];

/** The filter box shows when there are more connections than these. */
const filterFrom = 8;

/** Only the first thing to do on the page is a filled button. */
function fillFirst(sections: ListSection[]): ListSection[] {
  let filled = false;
  return sections.map((section) => ({
    ...section,
    cards: section.cards.map((card) => {
      if (filled || card.action === null || card.state === 'active') return card;
      filled = true;
      return { ...card, action: { ...card.action, filled: true } };
    }),
  }));
}

function inSections(t: Translate, cards: readonly Card[]): ListSection[] {
  const sections = sectionOrder.map((id) => ({
    id,
    heading: t(`accounts.sections.${id}`),
    cards: cards
      .filter((card) => stateTable[card.state].section === id)
      .sort((one, other) => Number(other.isAskedFor) - Number(one.isAskedFor)),
  }));
  return fillFirst(sections.filter((section) => section.cards.length > 0));
}

function summaryOf(t: Translate, cards: readonly Card[]): string {
  if (cards.length === 0) return t('accounts.summary.none');
  const active = cards.filter((card) => card.state === 'active').length;
  const needy = cards.filter((card) => stateTable[card.state].section === 'attention');
  const sentences = [t('accounts.summary.connected', { active, all: cards.length })];
  if (needy.length > 0)
    sentences.push(
      t('accounts.summary.needsYou', {
        count: needy.length,
        titles: listText(
          t,
          needy.map((card) => card.title),
        ),
      }),
    );
  return sentences.join(' ');
}

/** What is said while Scalekit can't answer. */
export function outageOf(t: Translate, answer: AccountsAnswer): { sentence: string } | null {
  if (answer.fresh) return null;
  const { reading } = answer;
  return {
    sentence:
      reading === null
        ? t('accounts.notices.outageUnknown')
        : t('accounts.notices.outage', { time: timeText(t, reading.asOf) }),
  };
}

/** The list of every offered connection, what needs the user first. */
export function listPage(
  t: Translate,
  catalogue: Catalogue,
  answer: AccountsAnswer,
  notice: Notice | null,
  marks: OwnMarks,
  connectedAs: ConnectedAsByName,
): ListPage {
  const { reading } = answer;
  const outage = outageOf(t, answer);
  const filterable = catalogue.shown.length > filterFrom;
  if (reading === null) {
    const cards = catalogue.shown.map((entry) =>
      entry.needsNothing ? readyCardOf(t, entry) : unreadCardOf(t, entry),
    );
    const sections: ListSection[] = [{ id: 'available', heading: t('accounts.sections.unread'), cards }];
    return { summary: t('accounts.summary.unread'), notice, outage, sections, filterable };
  }
  const cards = catalogue.shown.map((entry) => {
    const { name } = entry.connection;
    if (entry.needsNothing) return readyCardOf(t, entry);
    return cardOf(
      t,
      entry,
      reading.accounts.get(name),
      knowledgeOf(marks, name),
      connectedAs.get(name) ?? null,
    );
  });
  return { summary: summaryOf(t, cards), notice, outage, sections: inSections(t, cards), filterable };
}
