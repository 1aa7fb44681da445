import { type Request, Router } from 'express';
import { readConnectionNames } from '../../accounts/list/connectionNames.js';
import { readNewestFirst } from '../../http/pageKey.js';
import { queryParam } from '../../http/params.js';
import { adminPaths, adminRoutes } from '../../paths.js';
import { adminActions, noFields } from '../adminAction.js';
import type { AdminDeps } from '../adminDeps.js';
import { acceptPage, activationsPage } from './activationsPage.js';

const shownActivations = 50;

const filterOf = (request: Request) => ({
  connectionName: queryParam(request, 'connection', 400) || null,
  identifier: queryParam(request, 'user', 200) || null,
});

/** Accounts that turned active without this app's verification, and accepting them. */
export function activationRoutes({
  catalogue,
  unverified,
  requireViewer,
  requireAdmin,
  audit,
}: AdminDeps): Router {
  const router = Router();

  router.get(adminRoutes.activations, requireViewer, async (request, response) => {
    const filter = filterOf(request);
    const [page, names] = await Promise.all([
      readNewestFirst(
        request,
        shownActivations,
        (before, limit) => unverified.page(filter, before, limit),
        ({ at, id }) => ({ at, id }),
      ),
      readConnectionNames(catalogue),
    ]);
    response.render('pages/admin/activations', activationsPage(request.t, filter, page, names));
  });

  router.get(adminRoutes.acceptActivations, requireAdmin, async (request, response) => {
    const filter = filterOf(request);
    const [found, names] = await Promise.all([
      unverified.page(filter, null, 1),
      readConnectionNames(catalogue),
    ]);
    response.render('pages/admin/confirm', acceptPage(request.t, filter, found.length > 0, names));
  });

  const accept = adminActions(audit)(noFields, async ({ request, actor, info }) => {
    const filter = filterOf(request);
    const accepted = await unverified.accept(filter, actor, info);
    const sentence = request.t('adminConnections.activations.accepted', { count: accepted });
    return {
      to: adminPaths.activations(),
      notice: { tone: accepted > 0 ? 'active' : 'quiet', sentence },
    };
  });
  router.post(adminRoutes.acceptActivations, requireAdmin, accept);

  return router;
}
