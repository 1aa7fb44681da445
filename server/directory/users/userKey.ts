/** A place in a list of users, to continue from in either direction. The user at that place need not exist any more. */
export interface UserKey {
  /** Which of a plan's streams it is in. */
  readonly stream: number;
  /** What the stream is ordered by before the identifier; null where there is nothing. */
  readonly place: string | number | null;
  readonly identifier: string;
}

const isPlace = (value: unknown): value is UserKey['place'] =>
  value === null || typeof value === 'string' || (typeof value === 'number' && Number.isSafeInteger(value));

/** A key as a part of an address. */
export const encodeKey = ({ stream, place, identifier }: UserKey): string =>
  Buffer.from(JSON.stringify([stream, place, identifier])).toString('base64url');

/** Reads a key; null when it is none of ours. */
export function decodeKey(text: string): UserKey | null {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (!Array.isArray(parts) || parts.length !== 3) return null;
    const [stream, place, identifier] = parts as unknown[];
    if (typeof stream !== 'number' || !isPlace(place) || typeof identifier !== 'string') return null;
    if (`${place}${identifier}`.includes('\0')) return null;
    return { stream, place, identifier };
  } catch {
    return null;
  }
}
