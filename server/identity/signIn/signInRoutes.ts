import { Router } from 'express';
import type { Dependencies } from '../../composition.js';
import { paths } from '../../paths.js';
import { accountPage } from '../accountPage.js';
import { developmentSignIn } from './developmentSignIn.js';
import { openidSignIn } from './openidSignIn.js';
import type { SignInGuards } from './signInForm.js';
import { signOutRoutes } from './signOut.js';

/** Signing in, in the way that is configured. Its forms check their tokens themselves. */
export function signInRoutes(deps: Dependencies, guards: SignInGuards): Router {
  const { signIn, roles } = deps.config;
  if (signIn.mode === 'oidc' && deps.openid !== null) {
    const { identifierClaim, nameClaim } = signIn.openid;
    const rules = { identifierClaim, nameClaim, roles };
    return openidSignIn({ ...deps, ...guards, openid: deps.openid, tries: deps.signInTries, rules });
  }
  return developmentSignIn({ ...deps, ...guards, available: signIn.mode === 'development', roles });
}

/** Signing out, and one's own page. */
export function ownRoutes(deps: Dependencies): Router {
  const router = Router();
  router.use(signOutRoutes(deps));
  const { recipients, sandboxed } = deps.mails;
  router.use(accountPage({ mail: recipients, outboxUrl: sandboxed ? paths.sandboxOutbox : null }));
  return router;
}
