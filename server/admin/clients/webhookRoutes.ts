import { type Request, Router } from 'express';
import { z } from 'zod';
import type { DeliveryState } from '../../api/webhooks/clientWebhookStore.js';
import { badRequest, notFound } from '../../http/commonErrors.js';
import { anything } from '../../http/form.js';
import { readNewestFirst } from '../../http/pageKey.js';
import { pathParam, queryParam } from '../../http/params.js';
import type { ApiClient } from '../../identity/clients/apiClient.js';
import { adminPaths, adminRoutes as routes } from '../../paths.js';
import { adminActions, noFields } from '../adminAction.js';
import type { AdminDeps } from '../adminDeps.js';
import { overlapHours } from './clientPage.js';
import type { ClientReading } from './clientReading.js';
import { newWebhookSecret } from './newSecrets.js';
import {
  deliveriesPage,
  deliveryStates,
  removeWebhookPage,
  rotateWebhookPage,
  type TypedUrl,
  testNotice,
} from './webhookPages.js';

const shownDeliveries = 50;

const typedUrl = z.object({
  url: anything.transform((value) => (typeof value === 'string' ? value.replaceAll('\0', '').trim() : '')),
});

function choiceParam(request: Request): DeliveryState | null {
  const asked = queryParam(request, 'state', 20);
  if (asked === null || asked === '') return null;
  const choice = deliveryStates.find((known) => known === asked);
  if (choice === undefined) throw badRequest();
  return choice;
}

export interface WebhookRoutesDeps extends AdminDeps, ClientReading {
  /** The page of a client, with an address that can't be used in its form. */
  pageWith(request: Request, wrong: TypedUrl): Promise<object>;
}

/** Where an API client is told of changes, and what it was told. */
export function webhookRoutes(deps: WebhookRoutesDeps): Router {
  const { clientWebhooks, requireAdmin, audit, liveClientOf, pageWith } = deps;
  const action = adminActions(audit);
  const router = Router();

  /** A client that is not revoked, and has an address. */
  async function toldClientOf(request: Request): Promise<ApiClient> {
    const { client } = await liveClientOf(request);
    if ((await clientWebhooks.find(client.id)) === null) throw notFound();
    return client;
  }

  const set = action(typedUrl, async ({ request, form, actor, info }) => {
    const { client } = await liveClientOf(request);
    const read = clientWebhooks.readUrl(form.url);
    if ('fault' in read) {
      const page = await pageWith(request, { typed: form.url, fault: read.fault });
      return { view: 'pages/admin/client', page };
    }
    const secret = await clientWebhooks.set(client, read.url, { actor, ...info });
    if (secret !== null) newWebhookSecret.keep(request, client.id, secret);
    const sentence = request.t('adminClients.webhook.saved');
    return { to: adminPaths.client(client.id), notice: { tone: 'active', sentence } };
  });
  router.post(routes.clientWebhook, requireAdmin, set);

  const test = action(noFields, async ({ request }) => {
    const client = await toldClientOf(request);
    const posted = await clientWebhooks.sendTest(client);
    if (posted === null) throw notFound();
    return { to: adminPaths.client(client.id), notice: testNotice(request.t, posted) };
  });
  router.post(routes.testClientWebhook, requireAdmin, test);

  const turnOn = action(noFields, async ({ request, actor, info }) => {
    const client = await toldClientOf(request);
    await clientWebhooks.turnOn(client, { actor, ...info });
    const sentence = request.t('adminClients.webhook.turnedOn');
    return { to: adminPaths.client(client.id), notice: { tone: 'active', sentence } };
  });
  router.post(routes.turnOnClientWebhook, requireAdmin, turnOn);

  router.get(routes.rotateClientWebhook, requireAdmin, async (request, response) => {
    response.render('pages/admin/confirm', rotateWebhookPage(request.t, await toldClientOf(request)));
  });

  const rotation = z.object({ overlap: z.enum(overlapHours) });
  const rotate = action(rotation, async ({ request, form, actor, info }) => {
    const client = await toldClientOf(request);
    const secret = await clientWebhooks.rotate(client, Number(form.overlap) * 3_600_000, { actor, ...info });
    if (secret === null) throw notFound();
    newWebhookSecret.keep(request, client.id, secret);
    return { to: adminPaths.client(client.id) };
  });
  router.post(routes.rotateClientWebhook, requireAdmin, rotate);

  router.get(routes.removeClientWebhook, requireAdmin, async (request, response) => {
    response.render('pages/admin/confirm', removeWebhookPage(request.t, await toldClientOf(request)));
  });

  const remove = action(noFields, async ({ request, actor, info }) => {
    const { client } = await liveClientOf(request);
    await clientWebhooks.remove(client, { actor, ...info });
    const sentence = request.t('adminClients.webhook.removed');
    return { to: adminPaths.client(client.id), notice: { tone: 'active', sentence } };
  });
  router.post(routes.removeClientWebhook, requireAdmin, remove);

  router.get(routes.clientDeliveries, requireAdmin, async (request, response) => {
    const client = await toldClientOf(request);
    const choice = choiceParam(request);
    const [webhook, page, counts] = await Promise.all([
      clientWebhooks.find(client.id),
      readNewestFirst(
        request,
        shownDeliveries,
        (before, limit) => clientWebhooks.list(client.id, choice, before, limit),
        ({ createdAt, id }) => ({ at: createdAt, id }),
      ),
      clientWebhooks.counts(client.id),
    ]);
    const facts = deliveriesPage(request.t, { client, webhook, choice, page, counts });
    response.render('pages/admin/deliveries', facts);
  });

  const again = action(noFields, async ({ request, actor, info }) => {
    const client = await toldClientOf(request);
    const done = await clientWebhooks.sendAgain(client, pathParam(request, 'delivery'), { actor, ...info });
    if (!done) throw notFound();
    const sentence = request.t('adminClients.deliveries.sentAgain');
    return { to: adminPaths.clientDeliveries(client.id), notice: { tone: 'active', sentence } };
  });
  router.post(routes.sendDeliveryAgain, requireAdmin, again);

  return router;
}
