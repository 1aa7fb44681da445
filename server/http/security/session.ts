import { parse } from 'cookie';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import session, { type SessionData, type Store } from 'express-session';
import { touchEveryMs } from '../../store/sessionStore.js';
import { cookieName } from './cookies.js';

/** The plain name of the cookie that holds the session's id. */
export const sessionCookie = 'connect';

/** In milliseconds: without a use, and in any case. */
export interface SessionLimits {
  readonly idleMs: number;
  readonly maxMs: number;
}

export interface SessionOptions {
  /** At least 32 characters each: the first signs, all verify, so that one can be rotated. */
  readonly secrets: readonly string[];
  readonly publicUrl: string;
  readonly store: Store;
  /** How long a session lasts, for a cookie that survives its browser as long; null for one that ends with the browser. */
  readonly limits: SessionLimits | null;
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
 * The signed-in user's session. It lasts until one of its limits, through the end of the browser (a phone ends it whenever
 * it likes), or until the browser closes where the operator wants that, as on shared computers.
 *
 * A changed session is saved before the answer leaves, and its fault is the answer when that fails. By itself
 * express-session sends all but the last byte first: browsers go on as soon as they have the head, and would find the
 * session as it was; and a page would be out whose form can't be sent afterwards.
 */
export function sessions({ secrets, publicUrl, store, limits, answerFault }: SessionOptions): RequestHandler {
  const name = cookieName(sessionCookie, publicUrl);
  const cookie = {
    httpOnly: true,
    sameSite: 'lax',
    secure: publicUrl.startsWith('https:'),
    path: '/',
  } as const;
  const handler = session({
    name,
    secret: [...secrets],
    store,
    resave: false,
    saveUninitialized: false,
    cookie: { ...cookie, ...(limits === null ? {} : { maxAge: Math.min(limits.idleMs, limits.maxMs) }) },
  });

  /** Gives the cookie the session's new end, as often as the store writes it. */
  function prolongCookie(request: Request, response: Response): void {
    const { stored } = request.session;
    if (limits === null || stored === undefined) return;
    const now = Date.now();
    const until = Math.min(now + limits.idleMs, stored.createdAt + limits.maxMs);
    request.session.cookie.maxAge = until - now;
    const value = parse(request.headers.cookie ?? '')[name];
    if (value === undefined || until - stored.expiresAt < touchEveryMs) return;
    response.cookie(name, value, { ...cookie, expires: new Date(until) });
  }

  return (request, response, next) => {
    const endOnly = response.end;
    handler(request, response, (fault?: unknown) => {
      if (fault) return next(fault);
      prolongCookie(request, response);
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
