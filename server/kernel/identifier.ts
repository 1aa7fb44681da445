import { hasUnseen } from './unseen.js';

/** What is wrong with a text as an identifier. */
export type IdentifierFault = 'blank' | 'too_long' | 'untrimmed' | 'dots' | 'odd_characters';

/** Scalekit's own limit, in characters. */
export const identifierMaxLength = 100;

/** In which case identifiers are taken. */
export type IdentifierCase = 'lower' | 'as-is';

/**
 * The one spelling of an identifier. Only the 26 letters of ASCII are folded: Unicode's rules make one text of several
 * (the Kelvin sign and k, ẞ and ß in some languages, İ and i), and would make one user of two people.
 */
export const canonicalIdentifier = (identifier: string, identifierCase: IdentifierCase): string =>
  identifierCase === 'lower' ? identifier.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : identifier;

/**
 * Why a text can't be the identifier of a user, or null when it can. Scalekit compares identifiers by the byte
 * but trims some of them on the way, and a blank one lists everyone's accounts; control characters would be cut
 * or refused by a database; as a part of an address, dots alone are taken away by every browser (RFC 3986, 5.2.4).
 */
export function identifierFault(value: string): IdentifierFault | null {
  if (value.trim() === '') return 'blank';
  if (value !== value.trim()) return 'untrimmed';
  if ([...value].length > identifierMaxLength) return 'too_long';
  if (value === '.' || value === '..') return 'dots';
  // U+FFFD stands for bytes that are not text.
  if (hasUnseen(value) || value.includes('\ufffd')) return 'odd_characters';
  return null;
}
