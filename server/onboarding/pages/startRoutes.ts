import { randomBytes } from 'node:crypto';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import type { CatalogueReader } from '../../accounts/list/catalogue.js';
import { formBodies } from '../../http/bodies.js';
import { formExpired } from '../../http/commonErrors.js';
import { anything, form } from '../../http/form.js';
import { queryParam } from '../../http/params.js';
import { requestInfo } from '../../http/requestInfo.js';
import { browserCookie } from '../../http/security/cookies.js';
import { allowFormsTo } from '../../http/security/securityHeaders.js';
import { onboardingRoutes as routes, onboardingPaths as to } from '../../paths.js';
import { loopbackOriginsOf } from '../addresses.js';
import type { Look, Started } from '../onboardingSessions.js';
import { type OnboardingGuardsDeps, strangers } from './onboardingGuards.js';
import { onboardingPageRefusal } from './pageErrors.js';
import { startPage } from './startPage.js';

export interface StartRoutesDeps extends OnboardingGuardsDeps {
  readonly catalogue: CatalogueReader;
  readonly limitAddresses: RequestHandler;
  readonly publicUrl: string;
}

/** How long a start page can be used. */
const pageLifetimeMs = 60 * 60_000;

const startForm = z.object({ token: anything, _csrf: anything });

/** The address that another app sends its user to. GET changes nothing; its form starts the onboarding. */
export function startRoutes(deps: StartRoutesDeps): Router {
  const { sessions, browsers, forms, languages, catalogue, limitAddresses, publicUrl } = deps;
  const router = Router();
  /** Tells that this browser has seen start pages, in whatever tabs, which their forms have to come from. */
  const seenCookie = browserCookie('onboarding-start', { publicUrl, lifetimeMs: pageLifetimeMs });

  /** Whether this browser has started it before. */
  const isHere = async (request: Request, { session }: Look): Promise<boolean> =>
    (await browsers.find(request, session.id)) !== null;

  async function answerOver(request: Request, response: Response, look: Look | null): Promise<void> {
    if (look !== null && (await isHere(request, look)))
      return response.redirect(303, to.steps(look.session.id));
    if (look === null || look.refreshUrl === null) throw onboardingPageRefusal('onboarding_link_over');
    response.redirect(303, look.refreshUrl);
  }

  router.get(routes.start, strangers, limitAddresses, async (request, response) => {
    const token = queryParam(request, 'token') ?? '';
    const look = await sessions.lookAt(token);
    if (look !== null) languages.ofOnboarding(request, response, look.session);
    if (look === null || !look.startable || look.client === null || (await isHere(request, look))) {
      return answerOver(request, response, look);
    }
    const seen = seenCookie.of(request) ?? randomBytes(16).toString('base64url');
    seenCookie.set(response, seen);
    allowFormsTo(response, loopbackOriginsOf(look.session));
    response.render('pages/onboarding/start', {
      ...startPage(request.t, look.session, look.client, await catalogue.read()),
      startUrl: to.start,
      token,
      csrfToken: forms.of('start', seen, token),
    });
  });

  const start = form(startForm, async (request, response, { token, _csrf }) => {
    const seen = seenCookie.of(request);
    // Who was not shown the page, as scanners that send every form, takes nothing from whoever was.
    if (typeof token !== 'string' || seen === null || !forms.fits(_csrf, 'start', seen, token)) {
      throw formExpired();
    }
    const look = await sessions.lookAt(token);
    if (look !== null && (await isHere(request, look))) return answerOver(request, response, look);
    const started = await sessions.start(token, requestInfo(request));
    if (started === null) return answerOver(request, response, await sessions.lookAt(token));
    await browsers.add(request, response, started);
    response.redirect(303, await nextOf(started));
  });
  router.post(routes.start, strangers, limitAddresses, formBodies(), start);

  /** Where the browser goes so that its user is verified. */
  async function nextOf({ session, cookie }: Started): Promise<string> {
    if (session.userCheck === 'sign_in') return to.signIn(session.id);
    const confirmUrl = session.userCheck === 'confirm' ? await sessions.confirmUrlOf(session, cookie) : null;
    return confirmUrl ?? to.steps(session.id);
  }

  return router;
}
