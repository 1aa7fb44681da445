import type { Request } from 'express';
import { badRequest } from './commonErrors.js';
import { oncePerRequest } from './oncePerRequest.js';

/** A parameter of the path. @throws DomainError when it holds what no name or id of ours can */
export function pathParam(request: Request, name: string): string {
  const value = request.params[name];
  // NUL is cut by SQLite and refused by PostgreSQL, so it stops here.
  if (typeof value !== 'string' || value.length > 400 || value.includes('\0')) throw badRequest();
  return value;
}

/** The query of a request, parsed once: Express does so whenever it is asked. */
const queryOf = oncePerRequest(({ query }) => query);

/** A parameter of the query that is given once, or null. @throws DomainError when it is given otherwise */
export function queryParam(request: Request, name: string, maxLength = 2048): string | null {
  const value = queryOf(request)[name];
  if (value === undefined) return null;
  if (typeof value !== 'string' || value.length > maxLength || value.includes('\0')) throw badRequest();
  return value;
}
