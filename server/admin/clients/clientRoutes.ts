import { type Request, type Response, Router } from 'express';
import { badRequest, notFound } from '../../http/commonErrors.js';
import { pathParam, queryParam } from '../../http/params.js';
import { requestInfo } from '../../http/requestInfo.js';
import type { ClientWithKeys } from '../../identity/clients/apiClients.js';
import { nothingTyped, readClientSettings, typedOf } from '../../identity/clients/clientSettings.js';
import { currentPrincipal } from '../../identity/guards.js';
import { DomainError } from '../../kernel/errors.js';
import { adminPaths, apiRoutes, adminRoutes as routes } from '../../paths.js';
import { told } from '../../words/words.js';
import type { AdminDeps } from '../adminDeps.js';
import { clientForm, typedInForm } from './clientForm.js';
import { clientFacts, clientLine } from './clientPage.js';
import { keepNewKey, takeNewKey } from './newKeyFlash.js';

/** The client was revoked meanwhile, so that nothing can be done to it. */
const clientGone = (id: string) =>
  new DomainError({
    code: 'client_revoked',
    status: 409,
    level: 'info',
    told: told('adminClients.gone'),
    nextSteps: (t) => [
      { label: t('adminClients.heading'), url: adminPaths.client(id), method: 'get', filled: true },
    ],
  });

/** For how long the key before may go on, the usual choice first. */
const overlapHours = [24, 1, 168, 720, 0] as const;

const actor = (request: Request) => ({ actor: currentPrincipal(request).key, ...requestInfo(request) });

/** The pages of API clients, for admins alone. */
export function clientRoutes({ apiClients, config, requireAdmin }: AdminDeps): Router {
  const router = Router();

  async function clientOf(request: Request): Promise<ClientWithKeys> {
    const found = await apiClients.find(pathParam(request, 'id'));
    if (found === null) throw notFound();
    return found;
  }

  async function liveClientOf(request: Request): Promise<ClientWithKeys> {
    const found = await clientOf(request);
    if (found.client.revokedAt !== null) throw clientGone(found.client.id);
    return found;
  }

  async function showList(
    { t }: Request,
    response: Response,
    form: ReturnType<typeof clientForm>,
  ): Promise<void> {
    const clients = (await apiClients.list()).map((client) => clientLine(t, client));
    response.render('pages/admin/clients', {
      heading: t('adminClients.heading'),
      clients,
      form,
      docsUrl: apiRoutes.docs,
    });
  }

  router.get(routes.clients, requireAdmin, (request, response) =>
    showList(request, response, clientForm(request.t, adminPaths.clients, nothingTyped)),
  );

  router.post(routes.clients, requireAdmin, async (request, response) => {
    const typed = typedInForm(request.body);
    const read = readClientSettings(typed, config.loopback);
    if ('faults' in read) {
      await showList(
        request,
        response.status(422),
        clientForm(request.t, adminPaths.clients, typed, read.faults),
      );
      return;
    }
    const { client, key } = await apiClients.create(read.settings, actor(request));
    keepNewKey(request, client.id, key);
    response.redirect(303, adminPaths.client(client.id));
  });

  router.get(routes.client, requireAdmin, async (request, response) => {
    const found = await clientOf(request);
    const { id, name } = found.client;
    response.render('pages/admin/client', {
      heading: name,
      client: clientFacts(request.t, found),
      newKey: takeNewKey(request, id),
      saved: queryParam(request, 'saved') !== null,
      form: clientForm(request.t, adminPaths.client(id), typedOf(found.client)),
    });
  });

  router.post(routes.client, requireAdmin, async (request, response) => {
    const found = await liveClientOf(request);
    const { id, name } = found.client;
    const typed = typedInForm(request.body);
    const read = readClientSettings(typed, config.loopback);
    if ('faults' in read) {
      response.status(422).render('pages/admin/client', {
        heading: name,
        client: clientFacts(request.t, found),
        newKey: null,
        saved: false,
        form: clientForm(request.t, adminPaths.client(id), typed, read.faults),
      });
      return;
    }
    if (!(await apiClients.update(id, read.settings, actor(request)))) throw clientGone(id);
    response.redirect(303, adminPaths.clientAfterChange(id));
  });

  router.get(routes.rotateClientKey, requireAdmin, async (request, response) => {
    const { t } = request;
    const { client } = await liveClientOf(request);
    response.render('pages/admin/clientAction', {
      heading: t('adminClients.rotate.heading', { name: client.name }),
      sentences: t.lines('adminClients.rotate.sentences'),
      overlaps: overlapHours.map((hours) => ({ hours, label: t(`adminClients.rotate.overlaps.${hours}`) })),
      postUrl: adminPaths.rotateClientKey(client.id),
      cancelUrl: adminPaths.client(client.id),
      label: t('adminClients.rotate.action'),
      danger: false,
    });
  });

  router.post(routes.rotateClientKey, requireAdmin, async (request, response) => {
    const id = pathParam(request, 'id');
    const asked = (request.body as { readonly overlap?: unknown } | undefined)?.overlap;
    const hours = overlapHours.find((known) => String(known) === asked);
    // What ends the key before at once, and can't be taken back, has to be meant.
    if (hours === undefined) throw badRequest();
    const key = await apiClients.rotate(id, hours * 3_600_000, actor(request));
    if (key === null) throw clientGone(id);
    keepNewKey(request, id, key);
    response.redirect(303, adminPaths.client(id));
  });

  router.get(routes.revokeClient, requireAdmin, async (request, response) => {
    const { t } = request;
    const { client } = await liveClientOf(request);
    response.render('pages/admin/clientAction', {
      heading: t('adminClients.revoke.heading', { name: client.name }),
      sentences: t.lines('adminClients.revoke.sentences'),
      overlaps: [],
      postUrl: adminPaths.revokeClient(client.id),
      cancelUrl: adminPaths.client(client.id),
      label: t('adminClients.revoke.action'),
      danger: true,
    });
  });

  router.post(routes.revokeClient, requireAdmin, async (request, response) => {
    const { client } = await clientOf(request);
    await apiClients.revoke(client.id, actor(request));
    response.redirect(303, adminPaths.client(client.id));
  });

  return router;
}
