import type { Request, RequestHandler } from 'express';
import { signInRequired } from '../http/commonErrors.js';
import { wantsJson } from '../http/wantsJson.js';
import { paths } from '../paths.js';
import { type Principal, principalOf } from './principal.js';

/** Lets signed-in users through. Pages send anybody else to the sign-in and back; JSON answers 401. */
export const requireUser: RequestHandler = (request, response, next) => {
  if (principalOf(request) !== null) return next();
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if (!reads || wantsJson(request)) throw signInRequired();
  response.redirect(303, paths.signInAndReturn(request.originalUrl));
};

/** The principal behind `requireUser`. */
export function currentPrincipal(request: Request): Principal {
  const principal = principalOf(request);
  if (principal === null) throw signInRequired();
  return principal;
}
