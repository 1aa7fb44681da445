import type { Request, Response } from 'express';
import { browserCookie, browserCookies } from '../../http/security/cookies.js';
import { isUnended, onboardingIdPattern, startedLifetimeMs } from '../onboardingSession.js';
import type { OnboardingSessions, Started } from '../onboardingSessions.js';

/** More than anybody has open, and few enough for the headers of a request. */
const mostInABrowser = 8;

export type BrowserOnboardings = ReturnType<typeof createBrowserOnboardings>;

/**
 * The onboardings of a browser: several side by side in its tabs, each with a cookie of its own. They have nothing to do
 * with the session of a signed-in user.
 */
export function createBrowserOnboardings(
  sessions: Pick<OnboardingSessions, 'ofCookie' | 'ofCookies'>,
  { publicUrl, endsWithBrowser }: { readonly publicUrl: string; readonly endsWithBrowser: boolean },
) {
  const cookies = browserCookies('onboarding', onboardingIdPattern, {
    publicUrl,
    ...(endsWithBrowser ? {} : { lifetimeMs: startedLifetimeMs }),
  });
  /** The one cookie of browsers that started before each onboarding had its own. It lasts for a day. */
  const former = browserCookie('onboarding', { publicUrl });

  /** @param values the values of cookies, by the ids in their names */
  async function known(values: ReadonlyMap<string, string>): Promise<Started[]> {
    if (values.size === 0) return [];
    const found = await sessions.ofCookies([...values.values()]);
    return found.flatMap((session) => {
      const cookie = values.get(session.id);
      return cookie === undefined ? [] : [{ session, cookie }];
    });
  }

  return {
    /** The onboarding of an id, in whatever status, by its own cookie alone; null when this browser does not have it. */
    async find(request: Request, id: string): Promise<Started | null> {
      const cookie = cookies.of(request, id) ?? former.of(request);
      const session = cookie === null ? null : await sessions.ofCookie(cookie);
      return cookie === null || session?.id !== id ? null : { session, cookie };
    },

    /** All that this browser has, in whatever status. */
    all: (request: Request): Promise<readonly Started[]> => known(cookies.all(request)),

    /** Gives the browser one more. The cookies that are too many go: of what has ended first, then the oldest. */
    async add(request: Request, response: Response, { session, cookie }: Started): Promise<void> {
      const others = new Map([...cookies.all(request)].filter(([id]) => id !== session.id));
      const tooMany = others.size + 1 - mostInABrowser;
      if (tooMany > 0) {
        const kept = (await known(others)).map((one) => one.session).filter(isUnended);
        const since = new Map(kept.map(({ id, startedAt }) => [id, startedAt ?? 0]));
        const firstOut = [...others.keys()].toSorted((a, b) => (since.get(a) ?? -1) - (since.get(b) ?? -1));
        for (const id of firstOut.slice(0, tooMany)) cookies.clear(response, id);
      }
      cookies.set(response, session.id, cookie);
    },
  };
}
