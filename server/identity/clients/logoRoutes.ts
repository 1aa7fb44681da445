import { Router } from 'express';
import { notFound } from '../../http/commonErrors.js';
import { pathParam } from '../../http/params.js';
import { showImage } from '../../http/security/securityHeaders.js';
import { routes } from '../../paths.js';
import type { ApiClients } from './apiClients.js';

/** The logos of clients, which anybody may load: users see them before anybody knows who they are. */
export function logoRoutes(apiClients: Pick<ApiClients, 'logo'>): Router {
  const router = Router();
  router.get(routes.clientLogo, async (request, response) => {
    const hash = pathParam(request, 'hash');
    const logo = await apiClients.logo(hash);
    if (logo === null) throw notFound();
    response.set({ 'Cache-Control': 'public, max-age=31536000, immutable', ETag: `W/"${hash}"` });
    showImage(response, logo);
  });
  return router;
}
