import { type RequestHandler, Router } from 'express';
import { speak } from '../http/language.js';
import { signedInUser } from '../identity/principal.js';
import { createRoleGuards } from '../identity/roleGuards.js';
import { adminRoutes as adminPages } from '../paths.js';
import { type Dictionary, defaultLanguage } from '../words/words.js';
import type { AdminDeps, AdminPagesDeps } from './adminDeps.js';
import { takeNotice } from './adminNotice.js';
import { clientRoutes } from './clients/clientRoutes.js';
import { activationRoutes } from './connections/activationRoutes.js';
import { connectionRoutes } from './connections/connectionRoutes.js';
import { reconnectRoutes } from './connections/reconnectRoutes.js';
import { syncRoutes } from './connections/syncRoutes.js';
import { eventRoutes } from './events/eventRoutes.js';
import { mailingRoutes } from './mail/mailingRoutes.js';
import { mailRoutes } from './mail/mailRoutes.js';
import { overviewRoutes } from './overview/overviewRoutes.js';
import { otherSignInRoutes } from './users/otherSignInRoutes.js';
import { privacyRoutes } from './users/privacyRoutes.js';
import { userActionRoutes } from './users/userActionRoutes.js';
import { userRoutes } from './users/userRoutes.js';

/** These pages are in English. Who may not see them is told so in their own language. */
const speakEnglish =
  (dictionary: Dictionary): RequestHandler =>
  (request, response, next) => {
    const role = signedInUser(request)?.role ?? 'user';
    if (role !== 'user') speak(request, response, dictionary.in(defaultLanguage));
    next();
  };

/** The admins' pages. */
export function adminRoutes(deps: AdminPagesDeps): Router {
  const admin: AdminDeps = { ...deps, ...createRoleGuards(deps.audit) };
  const router = Router();
  router.use(adminPages.overview, speakEnglish(deps.dictionary), takeNotice);
  router.use(userActionRoutes(admin));
  router.use(mailingRoutes(admin));
  router.use(reconnectRoutes(admin));
  router.use(activationRoutes(admin));
  router.use(clientRoutes(admin));
  router.use(overviewRoutes(admin));
  router.use(connectionRoutes(admin));
  router.use(eventRoutes(admin));
  router.use(mailRoutes(admin));
  router.use(privacyRoutes(admin));
  router.use(otherSignInRoutes(admin));
  router.use(syncRoutes(admin));
  router.use(userRoutes(admin));
  return router;
}
