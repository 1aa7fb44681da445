import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { wayHome } from '../../accounts/flow/flowPlace.js';
import { formBodies } from '../../http/bodies.js';
import { formExpired } from '../../http/commonErrors.js';
import { anything, readForm } from '../../http/form.js';
import type { Languages } from '../../http/language.js';
import { pathParam } from '../../http/params.js';
import type { FormTokens } from '../../http/security/formTokens.js';
import { allowFormsTo } from '../../http/security/securityHeaders.js';
import { wantsJson } from '../../http/wantsJson.js';
import type { ApiClient } from '../../identity/clients/apiClient.js';
import type { Principal } from '../../identity/principal.js';
import { hashed } from '../../kernel/hashed.js';
import { onboardingPaths } from '../../paths.js';
import { loopbackOriginsOf } from '../addresses.js';
import { isUnderWay, onboardingKeyOf } from '../onboardingSession.js';
import type { OnboardingSessions, Started } from '../onboardingSessions.js';
import type { BrowserOnboardings } from './browserOnboardings.js';
import { onboardingPlace } from './onboardingPlace.js';
import { onboardingPageRefusal } from './pageErrors.js';

/** The onboarding of a browser, and the other app. */
export interface CurrentOnboarding extends Started {
  readonly client: ApiClient;
}

export interface OnboardingGuardsDeps {
  readonly sessions: OnboardingSessions;
  readonly browsers: BrowserOnboardings;
  readonly forms: FormTokens;
  readonly languages: Languages;
}

/** The onboarding of each request. A WeakMap, so that only the guard can set it. */
const currents = new WeakMap<Request, CurrentOnboarding>();

export const currentOnboardingOrNull = (request: Request): CurrentOnboarding | null =>
  currents.get(request) ?? null;

/** The onboarding behind the guards. @throws DomainError on a route without them */
export function currentOnboarding(request: Request): CurrentOnboarding {
  const current = currents.get(request);
  if (current === undefined) throw onboardingPageRefusal('onboarding_elsewhere');
  return current;
}

/** The onboarding of a browser as one who connects accounts; a flow is bound to its cookie. */
export const onboardingPrincipal = ({ session, cookie }: Started): Principal => ({
  key: onboardingKeyOf(session),
  identifier: session.identifier,
  sessionHash: hashed(cookie),
});

/** In an onboarding there is no signed-in user, and no page outside it. */
function setLocals(
  { t }: Request,
  response: Response,
  { session, cookie }: CurrentOnboarding,
  forms: FormTokens,
): void {
  Object.assign(response.locals, {
    csrfToken: forms.of('form', session.id, cookie),
    homeUrl: onboardingPaths.steps(session.id),
    wayBack: wayHome(t, onboardingPlace(session.id), true),
  });
  allowFormsTo(response, loopbackOriginsOf(session));
}

const tokenForm = z.object({ _csrf: anything });

/** For pages of browsers that have no onboarding yet. */
export const strangers: RequestHandler = (_request, response, next) => {
  Object.assign(response.locals, { homeUrl: null, wayBack: null });
  next();
};

export function createOnboardingGuards({ sessions, browsers, forms, languages }: OnboardingGuardsDeps) {
  const own: RequestHandler = async (request, response, next) => {
    const onboarding = await browsers.find(request, pathParam(request, 'id'));
    if (onboarding === null) throw onboardingPageRefusal('onboarding_elsewhere');
    languages.ofOnboarding(request, response, onboarding.session);
    const client = await sessions.clientOf(onboarding.session);
    if (client === null) throw onboardingPageRefusal('onboarding_withdrawn');
    currents.set(request, { ...onboarding, client });
    next();
  };

  const locals: RequestHandler = (request, response, next) => {
    setLocals(request, response, currentOnboarding(request), forms);
    next();
  };

  const ownToken: RequestHandler = (request, _response, next) => {
    const { _csrf } = readForm(tokenForm, request);
    const { session, cookie } = currentOnboarding(request);
    if (!forms.fits(_csrf, 'form', session.id, cookie)) throw formExpired();
    next();
  };

  const underWay: RequestHandler = (request, response, next) => {
    const { session } = currentOnboarding(request);
    if (isUnderWay(session, Date.now())) return next();
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (!reads || wantsJson(request)) throw onboardingPageRefusal('onboarding_not_under_way', session.id);
    response.redirect(303, onboardingPaths.steps(session.id));
  };

  return {
    /** Lets the browser through whose onboarding the address names, in whatever status. */
    own,
    /** As `own`, for a page with forms of its own. */
    page: [strangers, own, locals],
    /** As `page`, for what such a form leads to. */
    form: [strangers, formBodies(), own, locals, ownToken],
    /** Behind those: lets through while accounts may be connected. Pages lead to the steps, which say why not. */
    underWay,
  };
}

export type OnboardingGuards = ReturnType<typeof createOnboardingGuards>;
