import { type RequestHandler, Router } from 'express';
import type { Dependencies } from '../dependencies.js';
import { paths } from '../paths.js';
import { accountPage } from './accountPage.js';
import { developmentSignIn } from './developmentSignIn.js';
import { openidSignIn } from './openidSignIn.js';
import { signOutRoutes } from './signOut.js';

/** Signing in, in the way that is configured, and out, and one's own page. @param limitSignIns bounds the tries of one address */
export function signInRoutes(deps: Dependencies, limitSignIns: RequestHandler): Router {
  const { signIn, roles } = deps.config;
  const router = Router();
  if (signIn.mode === 'oidc' && deps.openid !== null) {
    const { identifierClaim, nameClaim } = signIn.openid;
    const rules = { identifierClaim, nameClaim, roles };
    router.use(openidSignIn({ ...deps, openid: deps.openid, tries: deps.signInTries, rules, limitSignIns }));
  } else {
    router.use(developmentSignIn({ ...deps, available: signIn.mode === 'development', roles, limitSignIns }));
  }
  router.use(signOutRoutes(deps));
  const { recipients, sandboxed } = deps.mails;
  router.use(accountPage({ mail: recipients, outboxUrl: sandboxed ? paths.sandboxOutbox : null }));
  return router;
}
