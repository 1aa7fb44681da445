import type { Request } from 'express';
import type { PageKey } from '../store/database/newestFirst.js';
import { badRequest } from './commonErrors.js';
import { queryParam } from './params.js';

export const keyText = ({ at, id }: PageKey): string => `${at}.${id}`;

/** The place in the address that a page continues after, or null for the first page. @throws DomainError */
export function readKey(request: Request): PageKey | null {
  const text = queryParam(request, 'before', 100);
  if (text === null) return null;
  const [, at, id] = /^(\d{1,15})\.([\w-]{1,64})$/.exec(text) ?? [];
  if (at === undefined || id === undefined) throw badRequest();
  return { at: Number(at), id };
}

/** A page of a list that goes from the newest to the oldest. */
export interface NewestFirst<Row> {
  readonly rows: readonly Row[];
  /** Whether it is the first page. */
  readonly isNewest: boolean;
  /** The key of the page after it, for an address, or null when it is the last one. */
  readonly older: string | null;
}

/**
 * Reads the page that a request asks for.
 * @param size how many rows a page has
 * @param read reads so many rows that come after a place, or the newest
 * @param keyOf the place of a row
 * @throws DomainError when the address names no place
 */
export async function readNewestFirst<Row>(
  request: Request,
  size: number,
  read: (before: PageKey | null, limit: number) => Promise<readonly Row[]>,
  keyOf: (row: Row) => PageKey,
): Promise<NewestFirst<Row>> {
  const before = readKey(request);
  // One more tells whether there is another page.
  const found = await read(before, size + 1);
  const rows = found.slice(0, size);
  const last = rows.at(-1);
  const older = found.length > size && last !== undefined ? keyText(keyOf(last)) : null;
  return { rows, isNewest: before === null, older };
}
