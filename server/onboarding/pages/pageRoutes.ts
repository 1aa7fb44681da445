import { Router } from 'express';
import type { Pool } from 'pg';
import type { FlowRoutesDeps } from '../../accounts/flow/flowRoutes.js';
import type { LogoFiles } from '../../accounts/list/logos.js';
import type { LiveEvents } from '../../accounts/live/liveEvents.js';
import type { ToolCatalogue } from '../../accounts/tools/toolCatalogue.js';
import type { Config } from '../../config/config.js';
import type { Languages } from '../../http/language.js';
import { addressKeyOf } from '../../http/security/clientAddress.js';
import { createFormTokens } from '../../http/security/formTokens.js';
import { perMinute } from '../../http/security/rateLimits.js';
import type { Webhooks } from '../../webhooks/webhooks.js';
import type { Onboarding } from '../onboarding.js';
import { createBrowserOnboardings } from './browserOnboardings.js';
import { continueRoutes } from './continueRoutes.js';
import { onboardingEventRoutes } from './onboardingEvents.js';
import {
  createOnboardingFlowOwner,
  createOnboardingOwners,
  failuresInPlace,
  onboardingFlowRoutes,
} from './onboardingFlows.js';
import { createOnboardingGuards, currentOnboarding, onboardingPrincipal } from './onboardingGuards.js';
import { signInCheckRoutes } from './signInCheckRoutes.js';
import { startRoutes } from './startRoutes.js';
import { stepRoutes } from './stepRoutes.js';

export interface OnboardingPagesDeps extends Omit<FlowRoutesDeps, 'webhooksArrive'> {
  readonly config: Config;
  readonly onboarding: Onboarding;
  readonly logoFiles: LogoFiles;
  readonly tools: ToolCatalogue;
  readonly liveEvents: LiveEvents;
  readonly webhooks: Webhooks;
  readonly sessionSecrets: readonly string[];
  readonly pool: Pool | null;
  readonly languages: Languages;
}

/** The routes that other apps send their users to. */
export function createOnboardingPages(deps: OnboardingPagesDeps) {
  const { config, onboarding } = deps;
  const browsers = createBrowserOnboardings(onboarding.sessions, {
    publicUrl: config.publicUrl,
    endsWithBrowser: config.sessionEndsWithBrowser,
  });
  const forms = createFormTokens(deps.sessionSecrets, 'onboarding forms');
  const guarded = { sessions: onboarding.sessions, browsers, forms, languages: deps.languages };
  const guards = createOnboardingGuards(guarded);
  const limitStarts = perMinute({
    name: 'onboarding_connect',
    points: config.rateLimits.connectPerMinute,
    pool: deps.pool,
    keyOf: (request) => onboardingPrincipal(currentOnboarding(request)).key,
  });
  const limitAddresses = perMinute({
    name: 'onboarding_open',
    points: config.rateLimits.onboardingPerMinute,
    pool: deps.pool,
    keyOf: addressKeyOf,
  });
  const pages = Router();
  pages.use(
    startRoutes({ ...guarded, catalogue: deps.catalogue, limitAddresses, publicUrl: config.publicUrl }),
  );
  pages.use(continueRoutes({ ...guarded, limitAddresses }));
  pages.use(
    stepRoutes({
      ...guarded,
      guards,
      catalogue: deps.catalogue,
      logoFiles: deps.logoFiles,
      tools: deps.tools,
    }),
  );
  pages.use(
    onboardingFlowRoutes(
      { ...deps, webhooksArrive: deps.webhooks.health.arrive },
      guards,
      onboarding.sessions,
      limitStarts,
    ),
  );
  pages.use(onboardingEventRoutes(deps.liveEvents, guards));
  pages.use(failuresInPlace);
  return {
    /** To be mounted before the sessions of users, so that none of it can look at them. */
    pages,
    /** The check by our own sign-in, behind those sessions. */
    signInCheck: signInCheckRoutes(onboarding.sessions, browsers, guards),
    /** Handles the return from consent for the flow of an onboarding. */
    flowOwner: createOnboardingFlowOwner(guarded),
    /** The onboardings that a browser has, for a return from consent that does not say for which flow. */
    ownersIn: createOnboardingOwners(guarded),
  };
}
