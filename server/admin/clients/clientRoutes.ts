import { type Request, Router } from 'express';
import { z } from 'zod';
import { uploadedFile } from '../../http/bodies.js';
import { pathParam, queryParam } from '../../http/params.js';
import type { ClientWithKeys } from '../../identity/clients/apiClients.js';
import {
  nothingTyped,
  readClientSettings,
  type SettingsFault,
  type TypedSettings,
  typedOf,
} from '../../identity/clients/clientSettings.js';
import { readLogoFile } from '../../identity/clients/logoFile.js';
import { adminPaths, apiRoutes, adminRoutes as routes } from '../../paths.js';
import type { Translate } from '../../words/words.js';
import { adminActions, noFields } from '../adminAction.js';
import type { AdminDeps } from '../adminDeps.js';
import { clientForm, typedInForm } from './clientForm.js';
import { clientFacts, clientLine, overlapHours, revokePage, rotatePage } from './clientPage.js';
import { clientGone, createClientReading } from './clientReading.js';
import { newKey, newWebhookSecret } from './newSecrets.js';
import { type TypedUrl, webhookFacts } from './webhookPages.js';
import { webhookRoutes } from './webhookRoutes.js';

/** The pages of API clients, for admins alone. */
export function clientRoutes(deps: AdminDeps): Router {
  const { apiClients, audit, clientWebhooks, config, requireAdmin } = deps;
  const action = adminActions(audit);
  const router = Router();
  const reading = createClientReading(apiClients);
  const { clientOf, liveClientOf } = reading;

  async function listPage(t: Translate, typed: TypedSettings, faults: readonly SettingsFault[] = []) {
    const clients = await apiClients.list();
    return {
      heading: t('adminClients.heading'),
      clients: clients.map((client) => clientLine(t, client)),
      form: clientForm(t, adminPaths.clients, typed, faults),
      docsUrl: apiRoutes.docs,
    };
  }

  router.get(routes.clients, requireAdmin, async (request, response) => {
    response.render('pages/admin/clients', await listPage(request.t, nothingTyped));
  });

  const create = action(typedInForm, async ({ request, form, actor, info }) => {
    const read = readClientSettings(form, config.loopback);
    if ('faults' in read) {
      return { view: 'pages/admin/clients', page: await listPage(request.t, form, read.faults) };
    }
    const { client, key } = await apiClients.create(read.settings, { actor, ...info });
    newKey.keep(request, client.id, key);
    return { to: adminPaths.client(client.id) };
  });
  router.post(routes.clients, requireAdmin, create);

  const pageOf = async (t: Translate, found: ClientWithKeys, wrongUrl: TypedUrl | null = null) => ({
    heading: found.client.name,
    client: clientFacts(t, found),
    webhook: webhookFacts(t, found.client, await clientWebhooks.find(found.client.id), wrongUrl),
    newKey: null as string | null,
    newWebhookSecret: null as string | null,
    saved: false,
    logoFault: null as string | null,
    form: clientForm(t, adminPaths.client(found.client.id), typedOf(found.client)),
  });

  router.get(routes.client, requireAdmin, async (request, response) => {
    const found = await clientOf(request);
    response.render('pages/admin/client', {
      ...(await pageOf(request.t, found)),
      newKey: newKey.take(request, found.client.id),
      newWebhookSecret: newWebhookSecret.take(request, found.client.id),
      saved: queryParam(request, 'saved') !== null,
    });
  });

  const change = action(typedInForm, async ({ request, form, actor, info }) => {
    const { t } = request;
    const found = await liveClientOf(request);
    const { id } = found.client;
    const read = readClientSettings(form, config.loopback);
    if ('faults' in read) {
      const shown = clientForm(t, adminPaths.client(id), form, read.faults);
      return { view: 'pages/admin/client', page: { ...(await pageOf(t, found)), form: shown } };
    }
    if (!(await apiClients.update(id, read.settings, { actor, ...info }))) throw clientGone(id);
    return { to: adminPaths.clientAfterChange(id) };
  });
  router.post(routes.client, requireAdmin, change);

  const putLogo = action(noFields, async ({ request, actor, info }) => {
    const { t } = request;
    const found = await liveClientOf(request);
    const { id } = found.client;
    const read = readLogoFile(uploadedFile(request));
    if ('fault' in read) {
      const logoFault = t(`adminClients.logo.faults.${read.fault}`);
      return { view: 'pages/admin/client', page: { ...(await pageOf(t, found)), logoFault } };
    }
    if (!(await apiClients.setLogo(id, read.logo, { actor, ...info }))) throw clientGone(id);
    return { to: adminPaths.client(id), notice: { tone: 'active', sentence: t('adminClients.logo.saved') } };
  });
  router.post(routes.clientLogo, requireAdmin, putLogo);

  const removeLogo = action(noFields, async ({ request, actor, info }) => {
    const { client } = await clientOf(request);
    await apiClients.removeLogo(client.id, { actor, ...info });
    const sentence = request.t('adminClients.logo.removed');
    return { to: adminPaths.client(client.id), notice: { tone: 'active', sentence } };
  });
  router.post(routes.removeClientLogo, requireAdmin, removeLogo);

  router.get(routes.rotateClientKey, requireAdmin, async (request, response) => {
    const { client } = await liveClientOf(request);
    response.render('pages/admin/confirm', rotatePage(request.t, client));
  });

  // What ends the key before at once, and can't be taken back, has to be meant.
  const rotation = z.object({ overlap: z.enum(overlapHours) });
  const rotate = action(rotation, async ({ request, form, actor, info }) => {
    const id = pathParam(request, 'id');
    const key = await apiClients.rotate(id, Number(form.overlap) * 3_600_000, { actor, ...info });
    if (key === null) throw clientGone(id);
    newKey.keep(request, id, key);
    return { to: adminPaths.client(id) };
  });
  router.post(routes.rotateClientKey, requireAdmin, rotate);

  router.get(routes.revokeClient, requireAdmin, async (request, response) => {
    const { client } = await liveClientOf(request);
    response.render('pages/admin/confirm', revokePage(request.t, client));
  });

  const revoke = action(noFields, async ({ request, actor, info }) => {
    const { client } = await clientOf(request);
    await apiClients.revoke(client.id, { actor, ...info });
    return { to: adminPaths.client(client.id) };
  });
  router.post(routes.revokeClient, requireAdmin, revoke);

  const pageWith = async (request: Request, wrongUrl: TypedUrl) =>
    pageOf(request.t, await liveClientOf(request), wrongUrl);
  router.use(webhookRoutes({ ...deps, ...reading, pageWith }));

  return router;
}
