import { type BrowserCookie, browserCookie } from '../../http/security/cookies.js';
import { startedLifetimeMs } from '../onboardingSession.js';

/** The cookies of onboardings. They have nothing to do with the session of a signed-in user. */
export interface BrowserCookies {
  /** Ties the browser to its onboarding. A browser has one at a time. */
  readonly onboarding: BrowserCookie;
  /** That the browser has seen start pages, which their forms have to come from; it may have several in tabs. */
  readonly start: BrowserCookie;
}

/** As long as a start page can be used. */
const startLifetimeMs = 60 * 60_000;

export const createBrowserCookies = (publicUrl: string): BrowserCookies => ({
  onboarding: browserCookie('onboarding', { publicUrl, lifetimeMs: startedLifetimeMs }),
  start: browserCookie('onboarding-start', { publicUrl, lifetimeMs: startLifetimeMs }),
});
