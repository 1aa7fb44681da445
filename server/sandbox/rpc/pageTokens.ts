import { invalidField } from './rpcErrors.js';

/** The page size of a listing when the request names none. */
export const defaultPageSize = 10;

// As on the wire in production: base64 of a small JSON object. An offset, so rows shift while a listing goes on.
const tokenOf = (offset: number) => Buffer.from(JSON.stringify({ offset })).toString('base64');

/**
 * The offset that a page token stands for; 0 for an empty one.
 * @throws ConnectError (invalid argument) when this service did not make the token
 */
export function offsetOf(pageToken: string): number {
  if (pageToken === '') return 0;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(pageToken, 'base64').toString());
    const offset = (parsed as { offset?: unknown } | null)?.offset;
    if (typeof offset === 'number' && Number.isSafeInteger(offset) && offset >= 0) return offset;
  } catch {
    // All malformed tokens get the same answer, below.
  }
  throw invalidField('page_token', 'is not a page token of this listing');
}

/** The tokens of the pages around the one at `offset`; empty where there is none. */
export function pageTokensAround(offset: number, limit: number, totalSize: number) {
  return {
    nextPageToken: offset + limit < totalSize ? tokenOf(offset + limit) : '',
    prevPageToken: offset > 0 ? tokenOf(Math.max(0, offset - limit)) : '',
  };
}
