import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import session, { type SessionData, type Store } from 'express-session';
import { cookieName } from './cookies.js';

/** The plain name of the cookie that holds the session's id. */
export const sessionCookie = 'connect';

export interface SessionOptions {
  /** At least 32 characters each: the first signs, all verify, so that one can be rotated. */
  readonly secrets: readonly string[];
  readonly publicUrl: string;
  readonly store: Store;
  /** Answers in place of a page whose session could not be saved. */
  readonly answerFault: ErrorRequestHandler;
}

const contentOf = (request: Request): string => {
  const { cookie: _, ...content }: Partial<SessionData> = request.session ?? {};
  return `${request.sessionID} ${JSON.stringify(content)}`;
};

/** Headers that describe the answer that is replaced. */
const headersOfAnswer = ['Location', 'Content-Length', 'Content-Disposition'];

/**
 * The signed-in user's session. It lasts until the browser closes, or until one of the store's limits.
 *
 * A changed session is saved before the answer leaves, and its fault is the answer when that fails. By itself
 * express-session sends all but the last byte first: browsers go on as soon as they have the head, and would find the
 * session as it was; and a page would be out whose form can't be sent afterwards.
 */
export function sessions({ secrets, publicUrl, store, answerFault }: SessionOptions): RequestHandler {
  const handler = session({
    name: cookieName(sessionCookie, publicUrl),
    secret: [...secrets],
    store,
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure: publicUrl.startsWith('https:'), path: '/' },
  });
  return (request, response, next) => {
    const endOnly = response.end;
    handler(request, response, (fault?: unknown) => {
      if (fault) return next(fault);
      const before = contentOf(request);
      const endAndTouch = response.end;
      const endAfterSaving = (...answer: Parameters<typeof endOnly>) => {
        if (response.headersSent || !request.session || contentOf(request) === before) {
          response.end = endAndTouch;
          return endAndTouch.apply(response, answer);
        }
        response.end = endOnly;
        request.session.save((error: unknown) => {
          if (!error) return void endOnly.apply(response, answer);
          // express-session must neither save this session nor set its cookie any more.
          Object.assign(request, { session: undefined });
          for (const name of headersOfAnswer) response.removeHeader(name);
          answerFault(error, request, response, next);
        });
        return response;
      };
      response.end = endAfterSaving as typeof endOnly;
      next();
    });
  };
}
