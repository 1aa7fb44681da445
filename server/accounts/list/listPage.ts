import { timeText } from '../../kernel/times.js';
import { en } from '../../words/texts.js';
import { type Section, stateTable, type Tone } from '../states.js';
import type { AccountsAnswer } from './accountReader.js';
import { type Card, cardOf, unreadCardOf } from './card.js';
import type { Catalogue } from './catalogue.js';
import type { MustReconnect } from './requiredReconnects.js';

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

function inSections(cards: readonly Card[]): ListSection[] {
  const sections = sectionOrder.map((id) => ({
    id,
    heading: en.sections[id],
    cards: cards.filter((card) => stateTable[card.state].section === id),
  }));
  return fillFirst(sections.filter((section) => section.cards.length > 0));
}

function summaryOf(cards: readonly Card[]): string {
  if (cards.length === 0) return en.summary.none;
  const active = cards.filter((card) => card.state === 'active').length;
  const needy = cards.filter((card) => stateTable[card.state].section === 'attention');
  const sentences = [en.summary.connected(active, cards.length)];
  if (needy.length > 0) sentences.push(en.summary.needsYou(needy.map((card) => card.title)));
  return sentences.join(' ');
}

/** What is said while Scalekit can't answer. */
export function outageOf(answer: AccountsAnswer): { sentence: string } | null {
  if (answer.fresh) return null;
  const { reading } = answer;
  return {
    sentence: reading === null ? en.notices.outageUnknown : en.notices.outage(timeText(reading.asOf)),
  };
}

/** The list of every offered connection, what needs the user first. */
export function listPage(
  catalogue: Catalogue,
  answer: AccountsAnswer,
  notice: Notice | null,
  mustReconnect: MustReconnect,
): ListPage {
  const { reading } = answer;
  const outage = outageOf(answer);
  const filterable = catalogue.offered.length > filterFrom;
  if (reading === null) {
    const cards = catalogue.offered.map(unreadCardOf);
    const sections: ListSection[] = [{ id: 'available', heading: en.sections.unread, cards }];
    return { summary: en.summary.unread, notice, outage, sections, filterable };
  }
  const cards = catalogue.offered.map((entry) => {
    const { name } = entry.connection;
    return cardOf(entry, reading.accounts.get(name), mustReconnect.has(name));
  });
  return { summary: summaryOf(cards), notice, outage, sections: inSections(cards), filterable };
}
