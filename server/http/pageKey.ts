import type { Request } from 'express';
import { badRequest } from './commonErrors.js';
import { queryParam } from './params.js';

/** The place of a row in a list that goes from the newest to the oldest. */
export interface PageKey {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly id: string;
}

export const keyText = ({ at, id }: PageKey): string => `${at}.${id}`;

/** The place that a page goes on from, as the address has it, or null for the first page. @throws DomainError */
export function readKey(request: Request): PageKey | null {
  const text = queryParam(request, 'before', 100);
  if (text === null) return null;
  const [, at, id] = /^(\d{1,15})\.([\w-]{1,64})$/.exec(text) ?? [];
  if (at === undefined || id === undefined) throw badRequest();
  return { at: Number(at), id };
}
