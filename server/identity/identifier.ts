/** What is wrong with a text as an identifier. */
export type IdentifierFault = 'blank' | 'too_long' | 'untrimmed' | 'odd_characters';

/** Scalekit's own limit, in characters. */
export const identifierMaxLength = 100;

/**
 * What cannot be seen, so that two identifiers look like one: control and format characters (the marks that turn the
 * direction of what follows among them), line separators, lone surrogates, and what stands for bytes that are no text.
 */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffd]/u;
/** Joins two drawings to one, which can be seen. */
const emojiJoiner = /(?<=\p{Extended_Pictographic}\ufe0f?)\u200d(?=\p{Extended_Pictographic})/gu;

/**
 * Why a text can't be the identifier of a user, or null when it can. Scalekit compares identifiers by the byte
 * but trims some of them on the way, and a blank one lists everyone's accounts; control characters would be cut
 * or refused by a database.
 */
export function identifierFault(value: string): IdentifierFault | null {
  if (value.trim() === '') return 'blank';
  if (value !== value.trim()) return 'untrimmed';
  if ([...value].length > identifierMaxLength) return 'too_long';
  if (unseen.test(value.replace(emojiJoiner, ''))) return 'odd_characters';
  return null;
}
