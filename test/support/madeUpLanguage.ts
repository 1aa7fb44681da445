import { type MessageFormatElement, parse, TYPE } from '@formatjs/icu-messageformat-parser';
import { printAST } from '@formatjs/icu-messageformat-parser/printer.js';
import { createDictionary, type Dictionary, parserOptions, readMessages } from '../../server/words/words.js';

/** The language that is made up: every letter of English is as wide as an ideograph. */
export const madeUp = 'eo';

/** `Gmail` → `Ｇｍａｉｌ` */
const widened = (text: string): string =>
  text.replace(/[A-Za-z]/g, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0));

/** The same message, with its own text widened and its arguments as they were. */
const translated = (pieces: readonly MessageFormatElement[]): MessageFormatElement[] =>
  pieces.map((piece) => {
    switch (piece.type) {
      case TYPE.literal:
        return { ...piece, value: widened(piece.value) };
      case TYPE.plural:
      case TYPE.select: {
        const options = Object.entries(piece.options).map(([name, option]) => [
          name,
          { ...option, value: translated(option.value) },
        ]);
        return { ...piece, options: Object.fromEntries(options) } as MessageFormatElement;
      }
      case TYPE.tag:
        return { ...piece, children: translated(piece.children) };
      default:
        return piece;
    }
  });

const english = readMessages().en ?? {};
const widenedTexts = Object.fromEntries(
  Object.entries(english).map(([key, text]) => [key, printAST(translated(parse(text, parserOptions(text))))]),
);

/** English, and a language that nobody could take for it. */
export const madeUpDictionary = (): Dictionary => createDictionary({ en: english, [madeUp]: widenedTexts });

/** An English that shows every word that is no message. */
export const widenedEnglish = (): Dictionary => createDictionary({ en: widenedTexts });

const spoken = /\b(?:aria-label|placeholder|title|alt)="([^"]*)"/g;

/** What a page says: its text, and what it tells those who can't see it. */
export function wordsOf(html: string): string[] {
  const page = html.replace(/<(script|style)\b[\s\S]*?<\/\1>/g, ' ');
  const attributes = [...page.matchAll(spoken)].map(([, text = '']) => text);
  const text = [page.replace(/<[^>]*>/g, ' '), ...attributes].join(' ').replace(/&#?\w+;/g, ' ');
  return text.match(/\p{L}[\p{L}\p{M}’]*/gu) ?? [];
}

/** Whether a word is of the language that is made up. */
export const isMadeUp = (word: string): boolean => /^[\uff21-\uff3a\uff41-\uff5a’]+$/u.test(word);
