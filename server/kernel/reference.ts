import { randomInt } from 'node:crypto';

/** Leaves out letters and digits that look alike. */
const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';

/**
 * A new id of a request, such as `K7F-2QD`: short enough to be read out on the phone, and found in the log.
 * About 30 bits: unique among the requests that anybody asks about.
 */
export function newReference(): string {
  const letters = Array.from({ length: 6 }, () => alphabet[randomInt(alphabet.length)]);
  return `${letters.slice(0, 3).join('')}-${letters.slice(3).join('')}`;
}
