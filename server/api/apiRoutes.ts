import { Router } from 'express';
import type { Pool } from 'pg';
import type { Accounts } from '../accounts/accounts.js';
import type { Brand } from '../brand/brand.js';
import type { Config } from '../config/config.js';
import { nothingHere } from '../http/errorHandler.js';
import { answerJson } from '../http/wantsJson.js';
import { createApiClientGuard, currentClient } from '../identity/clients/apiClientGuard.js';
import type { ApiClients } from '../identity/clients/apiClients.js';
import type { Mails } from '../notify/mails.js';
import type { Onboarding } from '../onboarding/onboarding.js';
import { apiBase, apiRoutes as routes } from '../paths.js';
import type { Privacy } from '../privacy/privacy.js';
import type { Db } from '../store/database/schema.js';
import { createIdempotencyStore } from '../store/idempotencyStore.js';
import type { RetiredStore } from '../store/retiredStore.js';
import type { Dictionary } from '../words/words.js';
import { createRefuseRetired } from './apiRequests.js';
import { connectionsApiRoutes } from './connectionsApiRoutes.js';
import { docsPage } from './docsPage.js';
import { onboardingApiRoutes } from './onboardingApiRoutes.js';
import { openApiDocument } from './openApi.js';
import { userApiRoutes } from './userApiRoutes.js';
import { createUserInvitations } from './userInvitations.js';
import { createUserStatus } from './userStatus.js';

/** What the API answers with. */
export interface ApiDeps extends Accounts {
  readonly apiClients: ApiClients;
  readonly brand: Pick<Brand, 'name'>;
  readonly config: Config;
  readonly db: Db;
  readonly dictionary: Dictionary;
  readonly mails: Mails;
  readonly onboarding: Onboarding;
  readonly pool: Pool | null;
  readonly privacy: Pick<Privacy, 'eraseUser'>;
  readonly retired: Pick<RetiredStore, 'has'>;
}

/** What other apps ask: by a key, in JSON, and without cookies or sessions. */
export function apiRoutes(deps: ApiDeps): Router {
  const { apiClients, pool, config } = deps;
  const guard = createApiClientGuard({
    apiClients,
    pool,
    requestsPerMinute: config.rateLimits.apiPerMinute,
    failuresPerMinute: config.rateLimits.apiFailuresPerMinute,
  });
  const router = Router();
  let made: ReturnType<typeof openApiDocument> | null = null;
  /** Made when somebody first asks for it, which few do: it takes longer than all else here. */
  const description = () => {
    made ??= openApiDocument(config.publicUrl, deps.brand.name);
    return made;
  };
  router.get(routes.docs, (_request, response) => {
    response.render('pages/apiDocs', docsPage(description()));
  });

  router.use(apiBase, answerJson);

  // For developers who set up a client: shows that its key works and what it may do.
  router.get(routes.ownClient, guard.requireClient(null), (request, response) => {
    const { id, name, scopes } = currentClient(request);
    response.json({ id, name, scopes });
  });

  router.get(routes.openApi, (_request, response) => {
    response.setHeader('Cache-Control', 'public, max-age=600');
    response.json(description());
  });

  router.use(connectionsApiRoutes(deps, guard));

  const refuseRetired = createRefuseRetired(deps.retired);
  router.use(onboardingApiRoutes(deps.onboarding, guard, refuseRetired));

  const signInOffered = config.signIn.mode !== 'none';
  const status = createUserStatus({ ...deps, signInOffered });
  const answers = createIdempotencyStore(deps.db);
  const invite = createUserInvitations({ ...deps.mails, catalogue: deps.catalogue, answers, signInOffered });
  router.use(
    userApiRoutes({ status, invite, eraseUser: deps.privacy.eraseUser, pool, refuseRetired }, guard),
  );

  router.use(apiBase, nothingHere);
  return router;
}
