import { csrfSync } from 'csrf-sync';
import type { Request, RequestHandler } from 'express';
import { formExpired } from './commonErrors.js';

const { csrfSynchronisedProtection, generateToken, invalidCsrfTokenError } = csrfSync({
  getTokenFromRequest: (request) => (request.body as { _csrf?: string } | undefined)?._csrf,
});

/** Refuses every POST, PUT, PATCH and DELETE whose form does not carry this session's token. */
export const csrfProtection: RequestHandler = (request, response, next) => {
  csrfSynchronisedProtection(request, response, (error?: unknown) => {
    next(error === invalidCsrfTokenError ? formExpired() : error);
  });
};

/** The token of this session, made when the session has none yet. */
export const csrfToken = (request: Request): string => generateToken(request);
