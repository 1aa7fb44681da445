import type { RequestHandler } from 'express';

declare global {
  namespace Express {
    interface Request {
      /** The one spelling of an identifier that came with the request. Every edge reads identifiers with it. */
      canonical(identifier: string): string;
    }
  }
}

/** Gives each request the way in which identifiers are read. */
export const readIdentifiers =
  (canonical: (identifier: string) => string): RequestHandler =>
  (request, _response, next) => {
    request.canonical = canonical;
    next();
  };
