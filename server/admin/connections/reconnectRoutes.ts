import { Router } from 'express';
import { z } from 'zod';
import type { CatalogueEntry } from '../../accounts/list/catalogue.js';
import { createReconnectPassStore } from '../../directory/reconnectPassStore.js';
import { pathParam } from '../../http/params.js';
import { adminPaths, adminRoutes } from '../../paths.js';
import { timeText } from '../../words/formats.js';
import type { Translate } from '../../words/words.js';
import { adminActions } from '../adminAction.js';
import type { AdminDeps } from '../adminDeps.js';

type Fault = 'not_a_time' | 'future';

const reconnectForm = z.object({
  action: z.enum(['require', 'withdraw']),
  older_than: z.string().max(30).default(''),
});

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

  async function pageOf(t: Translate, entry: CatalogueEntry, typed = '', fault: Fault | null = null) {
    const { name } = entry.connection;
    const required = (await reconnects.all()).get(name);
    return {
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
    };
  }

  router.get(adminRoutes.requireReconnect, requireAdmin, async (request, response) => {
    const entry = await catalogue.entry(pathParam(request, 'name'));
    response.render('pages/admin/reconnect', await pageOf(request.t, entry));
  });

  const change = adminActions(audit)(reconnectForm, async ({ request, form, actor, record }) => {
    const { t } = request;
    const entry = await catalogue.entry(pathParam(request, 'name'));
    const { title } = entry;
    const connectionName = entry.connection.name;
    const to = adminPaths.connections;
    if (form.action === 'withdraw') {
      const withdrawn = await reconnects.withdraw(connectionName);
      if (withdrawn) await record({ type: 'reconnect.withdrawn', connectionName, detail: null });
      const sentence = t(`adminConnections.reconnect.${withdrawn ? 'withdrawn' : 'notRequired'}`, { title });
      return { to, notice: { tone: withdrawn ? 'active' : 'quiet', sentence } };
    }
    const typed = form.older_than;
    const requiredAt = Date.now();
    const time = timeOf(typed.trim(), requiredAt);
    if ('fault' in time) {
      return { view: 'pages/admin/reconnect', page: await pageOf(t, entry, typed, time.fault) };
    }
    await reconnects.require({ connectionName, olderThan: time.at, requiredAt, requiredBy: actor });
    await record({ type: 'reconnect.required', connectionName, detail: new Date(time.at).toISOString() });
    return { to, notice: { tone: 'active', sentence: t('adminConnections.reconnect.required', { title }) } };
  });
  router.post(adminRoutes.requireReconnect, requireAdmin, change);

  return router;
}
