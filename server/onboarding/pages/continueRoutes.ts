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
  const { sessions, browsers, forms, limitAddresses } = deps;
  const router = Router();

  router.get(routes.continue, strangers, limitAddresses, async (request, response) => {
    const id = pathParam(request, 'id');
    const own = await browsers.find(request, id);
    response.render('pages/onboarding/continue', {
      action: to.continue(id),
      code: queryParam(request, 'code') ?? '',
      csrfToken: own === null ? '' : forms.of('form', id, own.cookie),
    });
  });

  const goOn = form(continueForm, async (request, response, { code, _csrf }) => {
    const id = pathParam(request, 'id');
    const own = await browsers.find(request, id);
    if (own !== null && !forms.fits(_csrf, 'form', id, own.cookie)) throw formExpired();
    const known = typeof code === 'string' ? code : '';
    // Without its cookie a code is burned, and the onboarding needs a new one.
    const session = await sessions.continueWith(id, known, own?.cookie ?? null, requestInfo(request));
    if (session !== null && own !== null) {
      // The onboarding may last longer from here on than the cookie did.
      await browsers.add(request, response, { ...own, session });
      return response.redirect(303, to.steps(id));
    }
    const now = await browsers.find(request, id);
    if (now !== null && now.session.checkedAt !== null) return response.redirect(303, to.steps(id));
    throw onboardingPageRefusal('onboarding_not_continued', now === null ? null : id);
  });
  router.post(routes.continue, strangers, limitAddresses, formBodies(), goOn);

  return router;
}
