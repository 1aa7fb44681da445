import type { CookieOptions, Request, Response } from 'express';
import { cookieOf } from '../web/cookies.js';
import { startedLifetimeMs } from './onboardingSession.js';

/** One of the cookies that onboardings keep in a browser. */
export interface BrowserCookie {
  of(request: Request): string | null;
  set(response: Response, value: string): void;
}

/** The cookies of onboardings, which are none of the session of a signed-in user. */
export interface BrowserCookies {
  /** Whose onboarding it is. A browser has one at a time. */
  readonly onboarding: BrowserCookie;
  /** That the browser has seen start pages, which their forms have to come from; it may have several in tabs. */
  readonly start: BrowserCookie;
}

/** As long as any start page can be used. */
const startLifetimeMs = 60 * 60_000;

/** @param https `__Host-` binds a Secure cookie to this host and path (RFC 6265bis, 4.1.3.2) */
export function createBrowserCookies(https: boolean): BrowserCookies {
  const options: CookieOptions = { httpOnly: true, sameSite: 'lax', secure: https, path: '/' };

  function cookie(plainName: string, maxAge: number): BrowserCookie {
    const name = https ? `__Host-${plainName}` : plainName;
    return {
      of: (request) => cookieOf(request, name),
      set: (response, value) => void response.cookie(name, value, { ...options, maxAge }),
    };
  }

  return {
    onboarding: cookie('onboarding', startedLifetimeMs),
    start: cookie('onboarding-start', startLifetimeMs),
  };
}
