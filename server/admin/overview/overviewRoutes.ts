import { Router } from 'express';
import { readConnectionNames } from '../../accounts/list/connectionNames.js';
import { createOverviewStore } from '../../directory/users/overviewStore.js';
import { createMailStore } from '../../notify/mailStore.js';
import { adminRoutes } from '../../paths.js';
import { dayOf } from '../../store/dailyCountStore.js';
import type { AdminDeps } from '../adminDeps.js';
import { createAuditEvents } from '../events/auditEventStore.js';
import { typesOf } from '../events/eventFilter.js';
import { attentionItems, firstSecurityMoment } from './attention.js';
import { dayMs, shownDays } from './figures.js';
import { overviewPage } from './overviewPage.js';

const shownStuck = 10;

/** The overview. It reads counts that are kept up to date as things happen, and counts nothing itself. */
export function overviewRoutes(deps: AdminDeps): Router {
  const { clientWebhooks, config, counts, catalogue, directory, webhooks, mails, requireViewer } = deps;
  const router = Router();
  const store = createOverviewStore(deps.db);
  const events = createAuditEvents(deps.db);
  const outbox = createMailStore(deps.db);
  const canSend = mails.sandboxed || config.mail.smtp !== null;

  router.get(adminRoutes.overview, requireViewer, async (request, response) => {
    const now = Date.now();
    const firstDay = dayOf(now - (shownDays - 1) * dayMs);
    const [
      names,
      states,
      lately,
      today,
      byDay,
      stuck,
      freshness,
      mailCounts,
      security,
      unsteady,
      switchedOff,
    ] = await Promise.all([
      readConnectionNames(catalogue),
      store.stateCounts(),
      counts.byConnection(firstDay),
      counts.byConnection(dayOf(now)),
      counts.byDay(firstDay),
      store.longestStuck(shownStuck),
      directory.freshness(),
      outbox.counts(),
      events.countByType(typesOf('security'), firstSecurityMoment(now)),
      store.unsteady(),
      clientWebhooks.switchedOff(),
    ]);
    const attention = attentionItems(request.t, {
      now,
      breaker: deps.scalekitHealth().breaker ?? 'closed',
      freshness,
      webhooks: { configured: webhooks.signature !== null, lastReceivedAt: webhooks.health.lastReceivedAt() },
      mails: { canSend, ...mailCounts },
      security,
      counts: states,
      lately,
      today,
      unsteady,
      switchedOff,
      names,
    });
    const verifies = config.userVerification === 'custom';
    response.render(
      'pages/admin/overview',
      overviewPage(request.t, {
        now,
        names,
        counts: states,
        lately,
        byDay,
        stuck,
        freshness,
        attention,
        verifies,
      }),
    );
  });

  return router;
}
