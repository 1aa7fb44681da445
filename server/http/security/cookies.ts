import { parse } from 'cookie';
import type { CookieOptions, Request, Response } from 'express';
import { basePathOf } from '../../kernel/basePath.js';
import { oncePerRequest } from '../oncePerRequest.js';

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

export interface BrowserCookieOptions {
  readonly publicUrl: string;
  /** How long it lasts; until the browser closes when left out. */
  readonly lifetimeMs?: number;
}

/** The cookies of a request, parsed once: several are looked for on every page. */
const cookiesOf = oncePerRequest(({ headers }) => parse(headers.cookie ?? ''));

const optionsOf = ({ publicUrl, lifetimeMs }: BrowserCookieOptions): CookieOptions => ({
  ...cookieOptions(publicUrl),
  ...(lifetimeMs === undefined ? {} : { maxAge: lifetimeMs }),
});

export function browserCookie(plainName: string, options: BrowserCookieOptions): BrowserCookie {
  const name = cookieName(plainName, options.publicUrl);
  return {
    of: (request) => cookiesOf(request)[name] || null,
    set: (response, value, others) => void response.cookie(name, value, { ...optionsOf(options), ...others }),
  };
}

/**
 * Cookies of one kind that a browser has side by side, each with an id at the end of its plain name.
 * @param idPattern matches an id and nothing else
 */
export function browserCookies(plainName: string, idPattern: RegExp, options: BrowserCookieOptions) {
  const nameOf = (id: string) => cookieName(`${plainName}-${id}`, options.publicUrl);
  const [before = '', after = ''] = nameOf(':').split(':');
  const idIn = (name: string) => name.slice(before.length, name.length - after.length);
  return {
    /** The value of one, or null when there is none. */
    of: (request: Request, id: string): string | null => cookiesOf(request)[nameOf(id)] || null,
    /** The values of all, by id. */
    all: (request: Request): ReadonlyMap<string, string> =>
      new Map(
        Object.entries(cookiesOf(request)).flatMap(([name, value]) =>
          value && idPattern.test(idIn(name)) && nameOf(idIn(name)) === name ? [[idIn(name), value]] : [],
        ),
      ),
    set: (response: Response, id: string, value: string): void =>
      void response.cookie(nameOf(id), value, optionsOf(options)),
    clear: (response: Response, id: string): void =>
      void response.clearCookie(nameOf(id), optionsOf({ publicUrl: options.publicUrl })),
  };
}
