import { Router } from 'express';
import { readNewestFirst } from '../http/pageKey.js';
import { pathParam } from '../http/params.js';
import { requestInfo } from '../http/requestInfo.js';
import { answerJson } from '../http/wantsJson.js';
import { type ApiClientGuard, currentClient } from '../identity/clients/apiClientGuard.js';
import type { Onboarding } from '../onboarding/onboarding.js';
import type { CreatedOnboarding } from '../onboarding/onboardingCreation.js';
import type { Progress } from '../onboarding/onboardingProgress.js';
import type { OnboardingSession } from '../onboarding/onboardingSession.js';
import { apiRoutes as routes } from '../paths.js';
import {
  confirmationOf,
  idempotencyKeyOf,
  jsonBody,
  listAskedFor,
  onboardingRequestOf,
  type RefuseRetired,
} from './apiRequests.js';
import type { CreatedAnswer, SessionAnswer, SessionsAnswer } from './apiSchemas.js';

const time = (at: number) => new Date(at).toISOString();
const timeOrNull = (at: number | null) => (at === null ? null : time(at));

const createdAnswer = ({ id, url, expiresAt }: CreatedOnboarding): CreatedAnswer => ({
  id,
  url,
  expires_at: time(expiresAt),
});

const sessionAnswer = (
  session: OnboardingSession,
  { outcomes, asOf }: Pick<Progress, 'outcomes' | 'asOf'>,
): SessionAnswer => ({
  id: session.id,
  status: session.status,
  identifier: session.identifier,
  connections: (outcomes ?? session.connections.map((asked) => ({ ...asked, outcome: null }))).map(
    ({ name, required, outcome }) => ({ name, required, outcome }),
  ),
  as_of: timeOrNull(asOf),
  user_check: session.userCheck,
  state: session.state,
  metadata: session.metadata,
  return_url: session.returnUrl,
  created_at: time(session.createdAt),
  started_at: timeOrNull(session.startedAt),
  expires_at: time(session.expiresAt),
  ended_at: timeOrNull(session.endedAt),
});

/** The onboarding sessions of other apps, and the keys that their results are checked with. */
export function onboardingApiRoutes(
  { creation, sessions, keys }: Onboarding,
  guard: ApiClientGuard,
  refuseRetired: RefuseRetired,
): Router {
  const router = Router();
  const requireClient = guard.requireClient('onboarding');
  const answerOf = async (session: OnboardingSession) =>
    sessionAnswer(session, await sessions.progress(session));

  router.post(routes.onboardingSessions, requireClient, jsonBody, async (request, response) => {
    const key = idempotencyKeyOf(request);
    const asked = onboardingRequestOf(request);
    await refuseRetired(asked.identifier);
    const created = await creation.create(currentClient(request), asked, key, requestInfo(request));
    response.status(201).json(createdAnswer(created));
  });

  router.get(routes.onboardingSessions, requireClient, async (request, response) => {
    const { filter, limit } = listAskedFor(request);
    const page = await readNewestFirst(
      request,
      limit,
      (before, most) => sessions.list(currentClient(request), filter, before, most),
      ({ createdAt, id }) => ({ at: createdAt, id }),
    );
    // A list reads nothing from Scalekit: of what has not ended, outcomes are told one by one.
    const answer: SessionsAnswer = {
      sessions: page.rows.map((session) =>
        sessionAnswer(session, { outcomes: session.outcomes, asOf: null }),
      ),
      next: page.older,
    };
    response.json(answer);
  });

  router.get(routes.onboardingSession, requireClient, async (request, response) => {
    const session = await sessions.find(currentClient(request), pathParam(request, 'id'));
    response.json(await answerOf(session));
  });

  router.delete(routes.onboardingSession, requireClient, async (request, response) => {
    const id = pathParam(request, 'id');
    const session = await sessions.cancel(currentClient(request), id, requestInfo(request));
    response.json(await answerOf(session));
  });

  router.post(routes.confirmOnboarding, requireClient, jsonBody, async (request, response) => {
    const id = pathParam(request, 'id');
    const said = confirmationOf(request);
    const url = await sessions.confirm(currentClient(request), id, said, requestInfo(request));
    response.json({ continue_url: url });
  });

  router.get(routes.resultKeys, answerJson, async (_request, response) => {
    // The next key is here a day before it signs.
    response.setHeader('Cache-Control', 'public, max-age=600');
    response.json({ keys: await keys.publicKeys() });
  });

  return router;
}
