import { listText } from '../../words/formats.js';
import type { Translate } from '../../words/words.js';
import type { Abilities } from './toolCatalogue.js';

const shownInShort = 3;

/** The short form, before somebody connects: a few of what it reads and of what it changes. */
export function abilitiesInShort(t: Translate, abilities: Abilities | null): string[] {
  if (abilities === null) return [];
  const sentenceOf = (group: 'reads' | 'changes') => {
    const names = abilities[group];
    if (names.length === 0) return [];
    const more = names.length - shownInShort;
    const list = listText(t, names.slice(0, shownInShort));
    return [
      more > 0
        ? t(`accounts.tools.short.${group}More`, { list, more })
        : t(`accounts.tools.short.${group}`, { list }),
    ];
  };
  return [...sentenceOf('reads'), ...sentenceOf('changes')];
}
