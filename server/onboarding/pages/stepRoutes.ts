import { type Request, type Response, Router } from 'express';
import type { Catalogue, CatalogueReader } from '../../accounts/list/catalogue.js';
import type { LogoFiles } from '../../accounts/list/logos.js';
import type { ToolCatalogue } from '../../accounts/tools/toolCatalogue.js';
import { pathParam, queryParam } from '../../http/params.js';
import { requestInfo } from '../../http/requestInfo.js';
import { showImage } from '../../http/security/securityHeaders.js';
import { onboardingRoutes as routes, onboardingPaths as to } from '../../paths.js';
import { registeredStill } from '../addresses.js';
import { isUnended, type OnboardingSession, waitsForItsUser } from '../onboardingSession.js';
import type { OnboardingSessions } from '../onboardingSessions.js';
import { confirmPage, endedPage } from './checkPage.js';
import { leavePage } from './leavePage.js';
import { requireAsked } from './onboardingFlows.js';
import { currentOnboarding, type OnboardingGuards } from './onboardingGuards.js';
import { onboardingPageRefusal } from './pageErrors.js';
import { stepsPage } from './stepsPage.js';

export interface StepRoutesDeps {
  readonly sessions: OnboardingSessions;
  readonly guards: OnboardingGuards;
  readonly catalogue: CatalogueReader;
  readonly logoFiles: LogoFiles;
  readonly tools: ToolCatalogue;
}

/** The steps of an onboarding, and the ways out of it. */
export function stepRoutes({ sessions, guards, catalogue, logoFiles, tools }: StepRoutesDeps): Router {
  const router = Router();

  /** What the assistant can do with each connection that is asked for, where it is known in time. */
  async function abilitiesOf({ connections }: OnboardingSession, offers: Catalogue) {
    const told = await Promise.all(
      connections.map(async ({ name }) => {
        const provider = offers.find(name)?.connection.provider;
        return [name, provider === undefined ? null : await tools.ofProvider(provider)] as const;
      }),
    );
    return new Map(told);
  }

  router.get(routes.steps, ...guards.page, async (request, response) => {
    const current = currentOnboarding(request);
    const { session, client, cookie } = current;
    const { status, userCheck, checkedAt } = session;
    if (status !== 'started' && status !== 'open') {
      const refreshUrl = registeredStill(client, 'refreshUrls', session.refreshUrl);
      return response.render('pages/onboarding/notice', endedPage(request.t, current, status, refreshUrl));
    }
    if (checkedAt === null) {
      if (userCheck === 'sign_in') return response.redirect(303, to.signIn(session.id));
      const confirmUrl = await sessions.confirmUrlOf(session, cookie);
      return response.render('pages/onboarding/notice', confirmPage(request.t, current, confirmUrl));
    }
    const [offers, progress] = await Promise.all([catalogue.read(), sessions.progress(session)]);
    const abilities = await abilitiesOf(session, offers);
    const before = {
      after: queryParam(request, 'after', 400),
      unfinished: queryParam(request, 'unfinished') !== null,
    };
    response.render(
      'pages/onboarding/steps',
      stepsPage(request.t, current, offers, progress, abilities, before),
    );
  });

  router.get(routes.logo, ...guards.page, guards.underWay, requireAsked, async (request, response, next) => {
    const logo = await logoFiles.of(await catalogue.entry(pathParam(request, 'name')));
    if (logo === null) return next();
    response.setHeader('Cache-Control', 'private, max-age=3600');
    showImage(response, logo);
  });

  router.post(routes.skip, ...guards.form, guards.underWay, async (request, response) => {
    const { session } = currentOnboarding(request);
    const name = pathParam(request, 'name');
    await sessions.skip(session, name);
    response.redirect(303, to.stepsAfter(session.id, name));
  });

  router.get(routes.leave, ...guards.page, async (request, response) => {
    const current = currentOnboarding(request);
    const { session } = current;
    if (!isUnended(session) || waitsForItsUser(session)) return response.redirect(303, to.steps(session.id));
    const [offers, progress] = await Promise.all([catalogue.read(), sessions.progress(session)]);
    response.render('pages/onboarding/notice', leavePage(request.t, current, offers, progress));
  });

  router.post(routes.leave, ...guards.form, (request, response) => finish(request, response, true));
  router.post(routes.finish, ...guards.form, (request, response) => finish(request, response, false));

  async function finish(request: Request, response: Response, leaving: boolean): Promise<void> {
    const { session } = currentOnboarding(request);
    const ended = await sessions.finish(session, { leaving }, requestInfo(request));
    response.redirect(303, await afterEnd(ended));
  }

  /** Back to the other app, or to the steps, which say why not. */
  async function afterEnd(session: OnboardingSession): Promise<string> {
    if (session.status !== 'complete' && session.status !== 'incomplete')
      return to.stepsUnfinished(session.id);
    const returnUrl = await sessions.returnUrlOf(session);
    if (returnUrl === null) throw onboardingPageRefusal('onboarding_no_return');
    return returnUrl;
  }

  return router;
}
