import { randomInt } from 'node:crypto';

/** Without letters and digits that are read for each other. */
const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';

/**
 * A new id of a request, such as `K7F-2QD`: short enough to be read out on the phone, and found in the log.
 * About 30 bits, so unique among the requests that anybody asks about.
 */
export function newReference(): string {
  const letters = Array.from({ length: 6 }, () => alphabet[randomInt(alphabet.length)]);
  return `${letters.slice(0, 3).join('')}-${letters.slice(3).join('')}`;
}
