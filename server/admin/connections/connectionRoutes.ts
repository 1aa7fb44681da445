import { Router } from 'express';
import { readConnectionNames } from '../../accounts/list/connectionNames.js';
import { createOverviewStore } from '../../directory/users/overviewStore.js';
import { adminRoutes } from '../../paths.js';
import { dayOf } from '../../store/dailyCountStore.js';
import type { AdminDeps } from '../adminDeps.js';
import { dayMs, shownDays } from '../overview/figures.js';
import { connectionsPage } from './connectionsPage.js';

/** Every connection, with how it fares. */
export function connectionRoutes({ db, catalogue, counts, flows, requireViewer }: AdminDeps): Router {
  const router = Router();
  const store = createOverviewStore(db);

  router.get(adminRoutes.connections, requireViewer, async (request, response) => {
    const since = Date.now() - (shownDays - 1) * dayMs;
    const [names, states, lately, providerErrors] = await Promise.all([
      readConnectionNames(catalogue),
      store.stateCounts(),
      counts.byConnection(dayOf(since)),
      flows.providerErrors(since),
    ]);
    response.render(
      'pages/admin/connections',
      connectionsPage(request.t, { names, counts: states, lately, providerErrors }),
    );
  });

  return router;
}
