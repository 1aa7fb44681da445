import { type Request, type Response, Router } from 'express';
import type { CatalogueEntry } from '../../accounts/list/catalogue.js';
import { createReconnectPassStore } from '../../directory/reconnectPassStore.js';
import { badRequest } from '../../http/commonErrors.js';
import { pathParam } from '../../http/params.js';
import { requestInfo } from '../../http/requestInfo.js';
import { currentPrincipal } from '../../identity/guards.js';
import { adminPaths, adminRoutes } from '../../paths.js';
import { timeText } from '../../words/formats.js';
import type { AdminDeps } from '../adminDeps.js';
import { leaveNotice } from '../adminNotice.js';

type Fault = 'not_a_time' | 'future';

interface ReconnectForm {
  readonly action?: unknown;
  readonly older_than?: unknown;
}

/** Reads a time as a browser's field for it has it, in UTC. Nothing stands for now. */
function timeOf(typed: string, now: number): { readonly at: number } | { readonly fault: Fault } {
  if (typed === '') return { at: now };
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(typed)) return { fault: 'not_a_time' };
  const at = Date.parse(`${typed}Z`);
  if (Number.isNaN(at)) return { fault: 'not_a_time' };
  return at > now ? { fault: 'future' } : { at };
}

/** Requires that all older accounts of a connection are connected anew, and takes it back. */
export function reconnectRoutes(deps: AdminDeps): Router {
  const { requireAdmin, catalogue, reconnects, audit } = deps;
  const store = createReconnectPassStore(deps.db);
  const router = Router();

  async function showPage(
    { t }: Request,
    response: Response,
    entry: CatalogueEntry,
    typed = '',
    fault: Fault | null = null,
  ) {
    const { name } = entry.connection;
    const required = (await reconnects.all()).get(name);
    response.status(fault === null ? 200 : 422).render('pages/admin/reconnect', {
      heading: t('adminConnections.reconnect.heading', { title: entry.title }),
      title: entry.title,
      sentences: t.lines('adminConnections.reconnect.sentences', { title: entry.title }),
      accounts: await store.activeAccounts(name),
      current:
        required === undefined
          ? null
          : t('adminConnections.reconnect.current', {
              olderThan: timeText(t, required.olderThan),
              requiredAt: timeText(t, required.requiredAt),
            }),
      mailUrl: adminPaths.newMailing({ connection: name, state: 'expired' }),
      postUrl: adminPaths.requireReconnect(name),
      typed,
      fault: fault === null ? null : t(`adminConnections.reconnect.faults.${fault}`),
    });
  }

  async function record(
    request: Request,
    type: 'reconnect.required' | 'reconnect.withdrawn',
    detail: string | null,
  ) {
    const connectionName = pathParam(request, 'name');
    const actor = currentPrincipal(request).key;
    await audit.record({ type, actor, connectionName, detail, ...requestInfo(request) });
  }

  async function withdraw(request: Request, { connection, title }: CatalogueEntry): Promise<void> {
    const withdrawn = await reconnects.withdraw(connection.name);
    if (withdrawn) await record(request, 'reconnect.withdrawn', null);
    leaveNotice(request, {
      tone: withdrawn ? 'active' : 'quiet',
      sentence: request.t(`adminConnections.reconnect.${withdrawn ? 'withdrawn' : 'notRequired'}`, { title }),
    });
  }

  router.get(adminRoutes.requireReconnect, requireAdmin, async (request, response) => {
    await showPage(request, response, await catalogue.entry(pathParam(request, 'name')));
  });

  router.post(adminRoutes.requireReconnect, requireAdmin, async (request, response) => {
    const entry = await catalogue.entry(pathParam(request, 'name'));
    const { action, older_than: typed = '' } = (request.body ?? {}) as ReconnectForm;
    if (typeof typed !== 'string' || typed.length > 30) throw badRequest();
    if (action === 'withdraw') {
      await withdraw(request, entry);
    } else if (action === 'require') {
      const requiredAt = Date.now();
      const time = timeOf(typed.trim(), requiredAt);
      if ('fault' in time) return showPage(request, response, entry, typed, time.fault);
      const requiredBy = currentPrincipal(request).key;
      const connectionName = entry.connection.name;
      await reconnects.require({ connectionName, olderThan: time.at, requiredAt, requiredBy });
      await record(request, 'reconnect.required', new Date(time.at).toISOString());
      leaveNotice(request, {
        tone: 'active',
        sentence: request.t('adminConnections.reconnect.required', { title: entry.title }),
      });
    } else {
      throw badRequest();
    }
    response.redirect(303, adminPaths.connections);
  });

  return router;
}
