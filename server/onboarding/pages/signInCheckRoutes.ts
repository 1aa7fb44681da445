import { type Request, type Response, Router } from 'express';
import { requestInfo } from '../../http/requestInfo.js';
import { clientMark } from '../../identity/clients/clientMark.js';
import { currentPrincipal, requireUser } from '../../identity/guards.js';
import { paths, onboardingRoutes as routes, onboardingPaths as to } from '../../paths.js';
import type { OnboardingSession } from '../onboardingSession.js';
import type { OnboardingSessions } from '../onboardingSessions.js';
import type { BrowserOnboardings } from './browserOnboardings.js';
import { currentOnboarding, type OnboardingGuards } from './onboardingGuards.js';

const isAwaited = ({ status, userCheck, checkedAt }: OnboardingSession) =>
  status === 'started' && userCheck === 'sign_in' && checkedAt === null;

/**
 * The check by our own sign-in: the one place where an onboarding looks at the user's session, to compare and no
 * more. Its form carries that session's token.
 */
export function signInCheckRoutes(
  sessions: OnboardingSessions,
  browsers: BrowserOnboardings,
  guards: OnboardingGuards,
): Router {
  const router = Router();
  /** An onboarding leads nobody to pages of their own, also where it looks at their session. */
  const noHeader = { user: null, homeUrl: null };

  function showOther(request: Request, response: Response): void {
    const { t } = request;
    const { session, client } = currentOnboarding(request);
    response.status(403).render('pages/onboarding/notice', {
      ...noHeader,
      heading: t('onboarding.signIn.otherHeading'),
      sentences: t.lines('onboarding.signIn.otherSentences', {
        app: client.name,
        own: currentPrincipal(request).identifier,
      }),
      identifier: session.identifier,
      mark: clientMark(client),
      actions: [
        {
          label: t('common.actions.signInAsAnother'),
          url: paths.signInAsAnother(to.signIn(session.id)),
          method: 'get',
          filled: true,
        },
      ],
    });
  }

  router.get(routes.signIn, guards.own, requireUser, async (request, response) => {
    const current = currentOnboarding(request);
    const { session, client } = current;
    if (!isAwaited(session)) return response.redirect(303, to.steps(session.id));
    const { identifier } = currentPrincipal(request);
    if (identifier !== session.identifier) {
      // This check fails, and the audit trail says so.
      await sessions.signedInAs(current, identifier, requestInfo(request));
      return showOther(request, response);
    }
    const { t } = request;
    response.render('pages/onboarding/notice', {
      ...noHeader,
      heading: t('onboarding.signIn.heading'),
      sentences: [t('onboarding.signIn.sentence', { app: client.name })],
      identifier,
      mark: clientMark(client),
      actions: [
        { label: t('onboarding.signIn.button'), url: to.signIn(session.id), method: 'post', filled: true },
      ],
    });
  });

  router.post(routes.signIn, guards.own, requireUser, async (request, response) => {
    const current = currentOnboarding(request);
    const { session, cookie } = current;
    if (!isAwaited(session)) return response.redirect(303, to.steps(session.id));
    const { identifier } = currentPrincipal(request);
    const passed = await sessions.signedInAs(current, identifier, requestInfo(request));
    if (identifier !== session.identifier) return showOther(request, response);
    // The onboarding may last longer from here on than the cookie did.
    if (passed !== null) await browsers.add(request, response, { session: passed, cookie });
    response.redirect(303, to.steps(session.id));
  });

  return router;
}
