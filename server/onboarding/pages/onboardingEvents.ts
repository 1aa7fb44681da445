import { type Request, type RequestHandler, Router } from 'express';
import { streamEvents } from '../../accounts/live/eventRoutes.js';
import type { LiveEvents } from '../../accounts/live/liveEvents.js';
import { answerJson } from '../../http/wantsJson.js';
import { onboardingRoutes as routes } from '../../paths.js';
import { isUnderWay } from '../onboardingSession.js';
import type { OnboardingSessions } from '../onboardingSessions.js';
import { currentOnboarding, type OnboardingGuards } from './onboardingGuards.js';

/** No id of a user's session begins so. */
const prefix = 'onboarding:';

/**
 * Whose an onboarding's stream is now.
 * @returns by the id that it listens with, the identifier of its user, or null when it is not under way any more
 * or its client was revoked; for the ids of users' sessions what `others` says
 */
export const createListenerOwners =
  (
    sessions: Pick<OnboardingSessions, 'ofCookie' | 'clientOf'>,
    others: (sessionId: string) => Promise<string | null>,
  ): ((sessionId: string) => Promise<string | null>) =>
  async (sessionId) => {
    if (!sessionId.startsWith(prefix)) return others(sessionId);
    const session = await sessions.ofCookie(sessionId.slice(prefix.length));
    if (session === null || !isUnderWay(session, Date.now())) return null;
    return (await sessions.clientOf(session)) === null ? null : session.identifier;
  };

/** Tells the open pages of an onboarding to read again, as long as its browser may connect accounts. */
export function onboardingEventRoutes(
  liveEvents: Pick<LiveEvents, 'hasRoomFor' | 'isClosed' | 'open'>,
  guards: OnboardingGuards,
): RequestHandler {
  const listenerOf = (request: Request) => {
    const { session, cookie } = currentOnboarding(request);
    return { sessionId: prefix + cookie, identifier: session.identifier };
  };
  return Router().get(
    routes.events,
    answerJson,
    guards.own,
    guards.underWay,
    streamEvents(liveEvents, listenerOf),
  );
}
