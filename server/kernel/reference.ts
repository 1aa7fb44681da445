import { randomInt } from 'node:crypto';

/** Leaves out letters and digits that look alike. */
const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';

/**
 * A new id of a request, such as `K7F-2QD`: short enough to be read out on the phone, and found in the log.
 * About 30 bits: unique among the requests that anybody asks about.
 */
export function newReference(): string {
  let left = randomInt(alphabet.length ** 6);
  const letter = () => {
    const chosen = alphabet.charAt(left % alphabet.length);
    left = Math.floor(left / alphabet.length);
    return chosen;
  };
  return `${letter()}${letter()}${letter()}-${letter()}${letter()}${letter()}`;
}
