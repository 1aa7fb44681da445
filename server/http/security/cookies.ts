import { parse } from 'cookie';
import type { CookieOptions, Request, Response } from 'express';
import { basePathOf } from '../../kernel/basePath.js';

/** A cookie that nothing but this app reads, in a browser. */
export interface BrowserCookie {
  /** Its value, or null when there is none. */
  of(request: Request): string | null;
  /** @param options what is otherwise for this one */
  set(response: Response, value: string, options?: CookieOptions): void;
}

/** What every cookie of ours is set with: no script reads it, and no form of another site brings it. */
export const cookieOptions = (publicUrl: string) =>
  ({
    httpOnly: true,
    sameSite: 'lax',
    secure: publicUrl.startsWith('https:'),
    path: '/',
  }) as const satisfies CookieOptions;

/**
 * The name of a cookie. `__Host-` binds a Secure cookie to this host and to no path (RFC 6265bis, 4.1.3.2), so that what
 * keeps two apps of one origin apart is the base path in the name.
 */
export const cookieName = (plainName: string, publicUrl: string): string =>
  (publicUrl.startsWith('https:') ? '__Host-' : '') + plainName + basePathOf(publicUrl).replaceAll('/', '.');

/**
 * @param options.lifetimeMs how long it lasts; until the browser closes when left out
 */
export function browserCookie(
  plainName: string,
  { publicUrl, lifetimeMs }: { readonly publicUrl: string; readonly lifetimeMs?: number },
): BrowserCookie {
  const name = cookieName(plainName, publicUrl);
  const options: CookieOptions = {
    ...cookieOptions(publicUrl),
    ...(lifetimeMs === undefined ? {} : { maxAge: lifetimeMs }),
  };
  return {
    of: (request) => parse(request.headers.cookie ?? '')[name] || null,
    set: (response, value, others) => void response.cookie(name, value, { ...options, ...others }),
  };
}
