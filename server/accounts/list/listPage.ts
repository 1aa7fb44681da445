import { allOfText, inOneText, relativeText } from '../../words/formats.js';
import type { Translate } from '../../words/words.js';
import type { ConnectedAsByName } from '../connectedAs/connectedAs.js';
import { stateTable, type Tone } from '../states.js';
import type { AccountsAnswer } from './accountReader.js';
import { type Card, cardOf, readyCardOf, unreadCardOf } from './card.js';
import type { Catalogue, CatalogueEntry } from './catalogue.js';
import { knowledgeOf, type OwnMarks } from './ownMarks.js';

/** What came of what the user just did: the title of the page, and the first words on it. */
export interface Outcome {
  readonly title: string;
  readonly sentence: string;
  readonly tone: Tone;
}

export interface ListSection {
  readonly id: string;
  readonly heading: string;
  /** It was connected in this visit, and is made to stand out. */
  readonly isNew: boolean;
  /** It may be folded where there is little room. */
  readonly folds: boolean;
  readonly cards: readonly Card[];
}

/** What `pages/connections` is rendered with. */
export interface ListPage {
  readonly summary: string;
  readonly outcome: Outcome | null;
  /** What the user should know besides. */
  readonly notice: string | null;
  readonly outage: { readonly sentence: string } | null;
  readonly sections: readonly ListSection[];
  readonly filterable: boolean;
}

/** The filter box shows when there are more connections than these. */
const filterFrom = 8;

/** From more connections than these on, an operator's list without categories shows the first ones as popular. */
const popularFrom = 16;
const popularShown = 8;

interface Shown {
  readonly entry: CatalogueEntry;
  readonly card: Card;
}

type Group = Omit<ListSection, 'cards'> & { readonly shown: readonly Shown[] };

/** By the operator's categories, in their order; by what is popular, where the operator names none. */
function grouped(t: Translate, shown: readonly Shown[], count: number): Group[] {
  const group = (id: string, heading: string, some: readonly Shown[]): Group => ({
    id,
    heading,
    isNew: false,
    folds: true,
    shown: some,
  });
  const categoryOf = ({ entry }: Shown) => entry.category?.(t) ?? null;
  const categories = [...new Set(shown.flatMap((one) => categoryOf(one) ?? []))];
  if (categories.length > 0) {
    const rest = shown.filter((one) => categoryOf(one) === null);
    return [
      ...categories.map((category, index) =>
        group(
          `category-${index + 1}`,
          category,
          shown.filter((one) => categoryOf(one) === category),
        ),
      ),
      group('more', t('accounts.sections.more'), rest),
    ];
  }
  if (count <= popularFrom) return [group('all', t('accounts.sections.all'), shown)];
  return [
    group('popular', t('accounts.sections.popular'), shown.slice(0, popularShown)),
    group('more', t('accounts.sections.more'), shown.slice(popularShown)),
  ];
}

/** What needs the user, what was connected just now, what was asked for, and then all the rest. */
function inSections(t: Translate, all: readonly Shown[], connectedNow: ReadonlySet<string>): ListSection[] {
  const first = { attention: [] as Shown[], fresh: [] as Shown[], asked: [] as Shown[] };
  const rest: Shown[] = [];
  for (const shown of all) {
    const { card } = shown;
    if (stateTable[card.state].section === 'attention') first.attention.push(shown);
    else if (card.state === 'active' && connectedNow.has(card.name)) first.fresh.push(shown);
    else if (card.isAskedFor) first.asked.push(shown);
    else rest.push(shown);
  }
  const firsts = (['attention', 'fresh', 'asked'] as const).map(
    (id): Group => ({
      id,
      heading: t(`accounts.sections.${id}`),
      isNew: id === 'fresh',
      folds: false,
      shown: first[id],
    }),
  );
  return [...firsts, ...grouped(t, rest, all.length)]
    .filter(({ shown }) => shown.length > 0)
    .map(({ shown, ...section }) => ({ ...section, cards: shown.map(({ card }) => card) }));
}

function summaryOf(t: Translate, shown: readonly Shown[]): string {
  if (shown.length === 0) return t('accounts.summary.none');
  const cards = shown.map(({ card }) => card);
  const active = cards.filter((card) => card.state === 'active').length;
  const needy = cards.filter((card) => stateTable[card.state].section === 'attention');
  const sentences = [t('accounts.summary.connected', { active, all: cards.length })];
  if (needy.length > 0) {
    const titles = allOfText(
      t,
      needy.map((card) => card.title),
    );
    sentences.push(t('accounts.summary.needsAttention', { count: needy.length, titles }));
  }
  return inOneText(t, sentences);
}

/** What is said while Scalekit can't answer. */
export function outageOf(t: Translate, answer: AccountsAnswer): { sentence: string } | null {
  if (answer.fresh) return null;
  const { reading } = answer;
  return {
    sentence:
      reading === null
        ? t('accounts.notices.outageUnknown')
        : t('accounts.notices.outage', { ago: relativeText(t, reading.asOf) }),
  };
}

/** What the list shows besides the connections. */
export interface ListNews {
  readonly outcome: Outcome | null;
  readonly notice: string | null;
  /** The connections that the user connected in this visit. */
  readonly connectedNow: ReadonlySet<string>;
}

/** The list of every offered connection, what needs the user first. */
export function listPage(
  t: Translate,
  catalogue: Catalogue,
  answer: AccountsAnswer,
  { connectedNow, ...news }: ListNews,
  marks: OwnMarks,
  connectedAs: ConnectedAsByName,
): ListPage {
  const { reading } = answer;
  const shared = { ...news, outage: outageOf(t, answer), filterable: catalogue.shown.length > filterFrom };
  if (reading === null) {
    const cards = catalogue.shown.map((entry) =>
      entry.needsNothing ? readyCardOf(t, entry) : unreadCardOf(t, entry),
    );
    const heading = t('accounts.sections.all');
    const sections = [{ id: 'all', heading, isNew: false, folds: false, cards }];
    return { ...shared, summary: t('accounts.summary.unread'), sections };
  }
  const shown = catalogue.shown.map((entry): Shown => {
    const { name } = entry.connection;
    if (entry.needsNothing) return { entry, card: readyCardOf(t, entry) };
    const account = reading.accounts.get(name);
    const card = cardOf(t, entry, account, knowledgeOf(marks, name), connectedAs.get(name) ?? null);
    return { entry, card };
  });
  return { ...shared, summary: summaryOf(t, shown), sections: inSections(t, shown, connectedNow) };
}
