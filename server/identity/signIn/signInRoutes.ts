import type { Router } from 'express';
import type { RoleRules, SignInSettings } from '../../config/signInSettings.js';
import type { Identity } from '../identity.js';
import { inCanonicalForm } from '../roles.js';
import { developmentSignIn, type SampleUser } from './developmentSignIn.js';
import type { OpenidLogger } from './openidProvider.js';
import { openidSignIn } from './openidSignIn.js';
import type { SignInGuards } from './signInForm.js';
import type { SignInRecords } from './signingIn.js';

export interface SignInDeps
  extends SignInRecords,
    Pick<Identity, 'openid' | 'signInTries' | 'signInWatches' | 'identifiers'> {
  readonly logger: OpenidLogger;
  readonly sampleUsers: readonly SampleUser[];
  readonly config: { readonly signIn: SignInSettings; readonly roles: RoleRules };
}

/** Signing in, in the way that is configured. Its forms check their tokens themselves. */
export function signInRoutes(deps: SignInDeps, guards: SignInGuards): Router {
  const { signIn } = deps.config;
  const { canonical } = deps.identifiers;
  const roles = inCanonicalForm(deps.config.roles, canonical);
  if (signIn.mode === 'oidc' && deps.openid !== null) {
    const rules = { ...signIn.openid, roles, canonical };
    const { openid, signInTries: tries, signInWatches: watches } = deps;
    return openidSignIn({ ...deps, ...guards, openid, tries, watches, rules });
  }
  return developmentSignIn({ ...deps, ...guards, available: signIn.mode === 'development', roles });
}
