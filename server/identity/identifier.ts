/** What is wrong with a text as an identifier. */
export type IdentifierFault = 'blank' | 'too_long' | 'untrimmed' | 'odd_characters';

/** Scalekit's own limit, in characters. */
export const identifierMaxLength = 100;

/**
 * Why a text can't be the identifier of a user, or null when it can. Scalekit compares identifiers by the byte
 * but trims some of them on the way, and a blank one lists everyone's accounts; control characters would be cut
 * or refused by a database.
 */
export function identifierFault(value: string): IdentifierFault | null {
  if (value.trim() === '') return 'blank';
  if (value !== value.trim()) return 'untrimmed';
  if ([...value].length > identifierMaxLength) return 'too_long';
  // Control characters, lone surrogates, and marks that turn the direction of what follows.
  if (/[\p{Cc}\p{Cs}\p{Bidi_Control}]/u.test(value)) return 'odd_characters';
  return null;
}
