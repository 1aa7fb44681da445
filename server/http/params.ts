import type { Request } from 'express';
import { badRequest } from './commonErrors.js';

/** A parameter of the path. @throws DomainError when it holds what no name or id of ours can */
export function pathParam(request: Request, name: string): string {
  const value = request.params[name];
  // NUL is cut by SQLite and refused by PostgreSQL, so it stops here.
  if (typeof value !== 'string' || value.length > 400 || value.includes('\0')) throw badRequest();
  return value;
}

const parsed = new WeakMap<Request, Request['query']>();

/** The query of a request, parsed once: Express does so whenever it is asked. */
function queryOf(request: Request): Request['query'] {
  const known = parsed.get(request);
  if (known !== undefined) return known;
  const { query } = request;
  parsed.set(request, query);
  return query;
}

/** A parameter of the query that is given once, or null. @throws DomainError when it is given otherwise */
export function queryParam(request: Request, name: string, maxLength = 2048): string | null {
  const value = queryOf(request)[name];
  if (value === undefined) return null;
  if (typeof value !== 'string' || value.length > maxLength || value.includes('\0')) throw badRequest();
  return value;
}
