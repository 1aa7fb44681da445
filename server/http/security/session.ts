import { unsign } from 'cookie-signature';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import session, { type SessionData } from 'express-session';
import onHeaders from 'on-headers';
import { type SessionStore, touchEveryMs } from '../../store/sessionStore.js';
import { browserCookie, cookieName, cookieOptions } from './cookies.js';

/** The plain name of the cookie that holds the session's id. */
export const sessionCookie = 'connect';

/** What the cookie holds once its user has signed out: only that this browser had a session, until it closes. */
const endedSession = 'ended';

export interface SessionOptions {
  /** At least 32 characters each: the first signs, all verify, so that one can be rotated. */
  readonly secrets: readonly string[];
  readonly publicUrl: string;
  readonly store: SessionStore;
  /** Whether the cookie ends when the browser closes; it lasts as long as the session otherwise. */
  readonly endsWithBrowser: boolean;
  /** Answers in place of a page whose session could not be saved. */
  readonly answerFault: ErrorRequestHandler;
}

const contentOf = (request: Request): string => {
  const { cookie: _, ...content }: Partial<SessionData> = request.session ?? {};
  return `${request.sessionID} ${JSON.stringify(content)}`;
};

/** How long a cookie lasts, in seconds, as `Max-Age` counts them: a browser's clock may be wrong. */
const lifetimeSeconds = (store: SessionStore, createdAt: number): number =>
  Math.ceil((store.endOf(createdAt) - Date.now()) / 1000);

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
export function sessions(options: SessionOptions): RequestHandler {
  const { secrets, publicUrl, store, endsWithBrowser, answerFault } = options;
  const name = cookieName(sessionCookie, publicUrl);
  const cookie = browserCookie(sessionCookie, { publicUrl });
  const handler = session({
    name,
    secret: [...secrets],
    store,
    resave: false,
    saveUninitialized: false,
    cookie: cookieOptions(publicUrl),
  });

  /**
   * Lets the cookie last as long as its session, and end with the browser where a session was ended in it.
   * @param stored the session as it was read
   */
  function tendCookie(request: Request, response: Response, stored: SessionData['stored']): void {
    const set = ([response.getHeader('Set-Cookie')].flat() as string[]).filter(Boolean);
    const at = set.findIndex((one) => one.startsWith(`${name}=`));
    if (at >= 0) {
      if (endsWithBrowser) return;
      set[at] += `; Max-Age=${lifetimeSeconds(store, Date.now())}`;
      response.setHeader('Set-Cookie', set);
      return;
    }
    const value = cookie.of(request);
    // A session that has ended elsewhere is left alone: this browser may be signing in anew at this moment, in another tab, and would
    // lose its new cookie.
    if (value === null || stored === undefined) return;
    // express-session deletes the property of a session that was destroyed. A stream lets go of its session, which goes on.
    if (!('session' in request)) cookie.set(response, endedSession);
    else if (!endsWithBrowser && store.endOf(stored.createdAt) - stored.expiresAt >= touchEveryMs)
      cookie.set(response, value, { maxAge: lifetimeSeconds(store, stored.createdAt) * 1000 });
  }

  return (request, response, next) => {
    const endOnly = response.end;
    let isRead = false;
    let stored: SessionData['stored'];
    // The listener that comes first is called last: it sees the cookie that express-session sets.
    onHeaders(response, () => {
      if (isRead) tendCookie(request, response, stored);
    });
    handler(request, response, (fault?: unknown) => {
      if (fault) return next(fault);
      isRead = true;
      stored = request.session.stored;
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

/** The id in a session's cookie, which express-session has marked and signed; null when none of the secrets signed it. */
function signedId(value: string, secrets: readonly string[]): string | null {
  if (!value.startsWith('s:')) return null;
  for (const secret of secrets) {
    const id = unsign(value.slice(2), secret);
    if (id !== false) return id;
  }
  return null;
}

export interface LookedAtOptions extends Omit<SessionOptions, 'answerFault'> {
  /** Whether its use prolongs the session; it does when left out. */
  readonly prolongs?: boolean;
}

/**
 * The session for a route that only looks, such as a poll: `sessions` for pages takes most of what a small answer costs. The session is read
 * as there, and what a route changes in it is not kept.
 * @param read reads the session of an id along with what else the route needs; null when there is none
 */
export function lookedAtSessions(
  { secrets, publicUrl, store, endsWithBrowser, prolongs = true }: LookedAtOptions,
  read: (request: Request, id: string) => Promise<SessionData | null>,
): RequestHandler {
  const cookie = browserCookie(sessionCookie, { publicUrl });
  return async (request, response, next) => {
    const value = cookie.of(request);
    const id = value === null ? null : signedId(value, secrets);
    const session = id === null ? null : await read(request, id);
    if (value === null || id === null || session === null) return next();
    Object.assign(request, { sessionID: id, session });
    if (!prolongs) return next();
    const prolonged = await store.keepAlive(id, session);
    if (prolonged && !endsWithBrowser)
      cookie.set(response, value, {
        maxAge: lifetimeSeconds(store, session.stored?.createdAt ?? 0) * 1000,
      });
    next();
  };
}
