import { parse } from 'cookie';
import type { CookieOptions, Request, Response } from 'express';

/** A cookie that nothing but this app reads, in a browser. */
export interface BrowserCookie {
  /** Its value, or null when there is none. */
  of(request: Request): string | null;
  set(response: Response, value: string): void;
}

/**
 * @param options.https `__Host-` binds a Secure cookie to this host and path (RFC 6265bis, 4.1.3.2)
 * @param options.lifetimeMs how long it lasts; until the browser closes when left out
 */
export function browserCookie(
  plainName: string,
  { https, lifetimeMs }: { readonly https: boolean; readonly lifetimeMs?: number },
): BrowserCookie {
  const name = https ? `__Host-${plainName}` : plainName;
  const options: CookieOptions = {
    httpOnly: true,
    sameSite: 'lax',
    secure: https,
    path: '/',
    ...(lifetimeMs === undefined ? {} : { maxAge: lifetimeMs }),
  };
  return {
    of: (request) => parse(request.headers.cookie ?? '')[name] || null,
    set: (response, value) => void response.cookie(name, value, options),
  };
}
