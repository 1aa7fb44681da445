import { Router } from 'express';
import type { Dependencies } from '../dependencies.js';
import { createApiClientGuard, currentClient } from '../identity/apiClientGuard.js';
import { apiBase, apiRoutes as routes } from '../paths.js';
import { nothingHere } from '../web/errorHandler.js';
import { answerJson } from '../web/wantsJson.js';
import { onboardingApiRoutes } from './onboardingApiRoutes.js';
import { openApiDocument } from './openApi.js';

/** What other apps ask: by a key, in JSON, and without cookies or sessions. */
export function apiRoutes(deps: Dependencies): Router {
  const { apiClients, pool, config } = deps;
  const guard = createApiClientGuard({
    apiClients,
    pool,
    requestsPerMinute: config.rateLimits.apiPerMinute,
    failuresPerMinute: config.rateLimits.apiFailuresPerMinute,
  });
  const router = Router();
  router.use(apiBase, answerJson);

  // For whoever sets up a client, to see that its key works and what it may do.
  router.get(routes.ownClient, guard.requireClient(null), (request, response) => {
    const { id, name, scopes } = currentClient(request);
    response.json({ id, name, scopes });
  });

  const description = openApiDocument(config.publicUrl, config.productName);
  router.get(routes.openApi, (_request, response) => {
    response.setHeader('Cache-Control', 'public, max-age=600');
    response.json(description);
  });

  router.use(onboardingApiRoutes(deps.onboarding, guard));

  router.use(apiBase, nothingHere);
  return router;
}
