import { type ErrorRequestHandler, type Request, type RequestHandler, Router } from 'express';
import { failure, toldAt } from '../../accounts/flow/failures.js';
import { type Flow, hasEnded } from '../../accounts/flow/flow.js';
import {
  type FlowMount,
  type FlowRoutesDeps,
  flowRoutes,
  pollRoutes,
} from '../../accounts/flow/flowRoutes.js';
import type { FlowOwner } from '../../accounts/flow/verification.js';
import { pathParam } from '../../http/params.js';
import { onboardingRoutes as routes } from '../../paths.js';
import { isUnderWay, onboardingIdIn } from '../onboardingSession.js';
import type { OnboardingSessions, Started } from '../onboardingSessions.js';
import {
  currentOnboarding,
  currentOnboardingOrNull,
  type OnboardingGuards,
  type OnboardingGuardsDeps,
  onboardingPrincipal,
} from './onboardingGuards.js';
import { onboardingPlace } from './onboardingPlace.js';

/** Lets the connections through that the onboarding asks for. */
export const requireAsked: RequestHandler = (request, _response, next) => {
  const name = pathParam(request, 'name');
  const { connections } = currentOnboarding(request).session;
  if (!connections.some((asked) => asked.name === name)) throw failure('connection_unknown', null);
  next();
};

const currentPlace = (request: Request) => onboardingPlace(currentOnboarding(request).session.id);

/** The connect flow for onboardings: the users' own, at addresses of its own. */
export const onboardingFlowRoutes = (
  deps: FlowRoutesDeps,
  guards: OnboardingGuards,
  sessions: Pick<OnboardingSessions, 'ofCookie'>,
  limitStarts: RequestHandler,
): Router => {
  const mount: FlowMount = {
    routes,
    looking: [...guards.page, guards.underWay, requireAsked],
    acting: [...guards.form, guards.underWay, requireAsked],
    limitStarts,
    principalOf: (request) => onboardingPrincipal(currentOnboarding(request)),
    placeOf: currentPlace,
    returnToOf: () => null,
    async mayGoOn(request) {
      const session = await sessions.ofCookie(currentOnboarding(request).cookie);
      return session !== null && isUnderWay(session, Date.now());
    },
  };
  return Router().use(pollRoutes(deps, mount), flowRoutes(deps, mount));
};

/** Tells failures to connect with the words and the ways of the onboarding that they happened in. */
export const failuresInPlace: ErrorRequestHandler = (error, request, _response, next) => {
  const current = currentOnboardingOrNull(request);
  next(current === null ? error : toldAt(error, onboardingPlace(current.session.id)));
};

/**
 * Who comes back from consent for the flow of an onboarding: its own browser, by its own cookie, while accounts may
 * be connected. How a flow ended may be told after that.
 * @returns null when the flow is none of an onboarding
 */
export const createOnboardingFlowOwner =
  ({ sessions, browsers }: Pick<OnboardingGuardsDeps, 'sessions' | 'browsers'>) =>
  async (request: Request, flow: Flow): Promise<FlowOwner | null> => {
    const id = onboardingIdIn(flow.principal);
    if (id === null) return null;
    const place = onboardingPlace(id);
    const own = await browsers.find(request, id);
    if (own === null) return { place, asking: null };
    const may = isUnderWay(own.session, Date.now()) && (await sessions.clientOf(own.session)) !== null;
    return { place, asking: may || hasEnded(flow) ? onboardingPrincipal(own) : null };
  };

const ownerOf = (own: Started): FlowOwner => ({
  place: onboardingPlace(own.session.id),
  asking: onboardingPrincipal(own),
});

/** The onboardings that a browser has side by side, while accounts may be connected in them. */
export const createOnboardingOwners =
  ({ browsers }: Pick<OnboardingGuardsDeps, 'browsers'>) =>
  async (request: Request): Promise<readonly FlowOwner[]> =>
    (await browsers.all(request)).filter(({ session }) => isUnderWay(session, Date.now())).map(ownerOf);
