import { type Request, Router } from 'express';
import { readNewestFirst } from '../../http/pageKey.js';
import { sendCsv } from '../../kernel/csv.js';
import { adminRoutes } from '../../paths.js';
import type { AdminDeps } from '../adminDeps.js';
import { createAuditEvents } from './auditEventStore.js';
import { eventRows } from './eventExport.js';
import { type EventQuery, readEventQuery, toEventFilter } from './eventFilter.js';
import { readEventNames } from './eventNames.js';
import { eventsPage, exportEventsPage } from './eventsPage.js';
import { exportEvent } from './exportEvent.js';

const shownEvents = 50;

/** The audit trail: looked through, and taken out as a file. */
export function eventRoutes(deps: AdminDeps): Router {
  const { db, audit, requireViewer, requireAdmin } = deps;
  const router = Router();
  const events = createAuditEvents(db);

  /** Whoever types a name may not know in which case it is known here. */
  async function queryIn(request: Request): Promise<EventQuery> {
    const query = readEventQuery(request);
    return query.person === '' ? query : { ...query, person: await deps.identifiers.asKnown(query.person) };
  }

  router.get(adminRoutes.events, requireViewer, async (request, response) => {
    const query = await queryIn(request);
    const filter = toEventFilter(query);
    const page = await readNewestFirst(
      request,
      shownEvents,
      (before, limit) => events.page(filter, before, limit),
      (event) => event,
    );
    const names = await readEventNames(deps);
    response.render('pages/admin/events', eventsPage(request.t, { query, page, names }));
  });

  router.get(adminRoutes.exportEvents, requireAdmin, async (request, response) => {
    const query = await queryIn(request);
    // What the form would be refused for is refused here already.
    toEventFilter(query);
    response.render('pages/admin/confirm', exportEventsPage(request.t, query, await readEventNames(deps)));
  });

  router.post(adminRoutes.exportEvents, requireAdmin, async (request, response) => {
    const query = await queryIn(request);
    const filter = toEventFilter(query);
    const names = await readEventNames(deps);
    await audit.record(exportEvent(request, 'admin.events_exported', { ...query }));
    const { t } = request;
    const columns = t.lines('adminEvents.exporting.columns');
    await sendCsv(response, 'events', columns, eventRows(t, events, filter, names));
  });

  return router;
}
