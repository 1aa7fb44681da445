import { type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { formBodies } from '../../http/bodies.js';
import { formExpired } from '../../http/commonErrors.js';
import { anything, form } from '../../http/form.js';
import { pathParam, queryParam } from '../../http/params.js';
import { requestInfo } from '../../http/requestInfo.js';
import { onboardingRoutes as routes, onboardingPaths as to } from '../../paths.js';
import { type OnboardingGuardsDeps, strangers } from './onboardingGuards.js';
import { onboardingPageRefusal } from './pageErrors.js';

export interface ContinueRoutesDeps extends OnboardingGuardsDeps {
  readonly limitAddresses: RequestHandler;
}

const continueForm = z.object({ code: anything, _csrf: anything });

/**
 * Where the other app sends the browser once it has confirmed its user. The page only looks, as every GET, and sends
 * its form by itself where there is script: a scanner of addresses takes nothing from the browser that comes next.
 */
export function continueRoutes(deps: ContinueRoutesDeps): Router {
  const { sessions, cookies, forms, limitAddresses } = deps;
  const router = Router();

  router.get(routes.continue, strangers, limitAddresses, (request, response) => {
    const cookie = cookies.onboarding.of(request);
    response.render('pages/onboarding/continue', {
      action: to.continue(pathParam(request, 'id')),
      code: queryParam(request, 'code') ?? '',
      csrfToken: cookie === null ? '' : forms.of('form', cookie),
    });
  });

  const goOn = form(continueForm, async (request, response, { code, _csrf }) => {
    const id = pathParam(request, 'id');
    const cookie = cookies.onboarding.of(request);
    if (cookie !== null && !forms.fits(_csrf, 'form', cookie)) throw formExpired();
    const known = typeof code === 'string' ? code : '';
    // Without its cookie a code is burned, and the onboarding needs a new one.
    const session = await sessions.continueWith(id, known, cookie, requestInfo(request));
    if (session !== null) return response.redirect(303, to.steps(id));
    const current = cookie === null ? null : await sessions.ofCookie(cookie);
    if (current?.id === id && current.checkedAt !== null) return response.redirect(303, to.steps(id));
    throw onboardingPageRefusal('onboarding_not_continued', current?.id === id ? id : null);
  });
  router.post(routes.continue, strangers, limitAddresses, formBodies(), goOn);

  return router;
}
