import { type Request, type Response, Router } from 'express';
import { badRequest, notFound } from '../../http/commonErrors.js';
import { pathParam, queryParam } from '../../http/params.js';
import { requestInfo } from '../../http/requestInfo.js';
import type { ClientWithKeys } from '../../identity/clients/apiClients.js';
import { nothingTyped, readClientSettings, typedOf } from '../../identity/clients/clientSettings.js';
import { currentPrincipal } from '../../identity/guards.js';
import { DomainError } from '../../kernel/errors.js';
import { adminPaths, apiRoutes, adminRoutes as routes } from '../../paths.js';
import { en } from '../../words/texts.js';
import type { AdminDeps } from '../adminDeps.js';
import { clientForm, typedInForm } from './clientForm.js';
import { clientFacts, clientLine } from './clientPage.js';
import { keepNewKey, takeNewKey } from './newKeyFlash.js';

const words = en.admin.clients;

/** The client was revoked meanwhile, so that nothing can be done to it. */
const clientGone = (id: string) =>
  new DomainError({
    code: 'client_revoked',
    status: 409,
    level: 'info',
    heading: words.gone.heading,
    sentences: [words.gone.sentence],
    nextSteps: [{ label: words.heading, url: adminPaths.client(id), method: 'get', filled: true }],
  });

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

  async function showList(response: Response, form: ReturnType<typeof clientForm>): Promise<void> {
    const clients = (await apiClients.list()).map((client) => clientLine(client));
    response.render('pages/admin/clients', {
      heading: words.heading,
      clients,
      form,
      docsUrl: apiRoutes.docs,
    });
  }

  router.get(routes.clients, requireAdmin, (_request, response) =>
    showList(response, clientForm(adminPaths.clients, nothingTyped)),
  );

  router.post(routes.clients, requireAdmin, async (request, response) => {
    const typed = typedInForm(request.body);
    const read = readClientSettings(typed, config.loopback);
    if ('faults' in read) {
      await showList(response.status(422), clientForm(adminPaths.clients, typed, read.faults));
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
      client: clientFacts(found),
      newKey: takeNewKey(request, id),
      saved: queryParam(request, 'saved') !== null,
      form: clientForm(adminPaths.client(id), typedOf(found.client)),
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
        client: clientFacts(found),
        newKey: null,
        saved: false,
        form: clientForm(adminPaths.client(id), typed, read.faults),
      });
      return;
    }
    if (!(await apiClients.update(id, read.settings, actor(request)))) throw clientGone(id);
    response.redirect(303, adminPaths.clientAfterChange(id));
  });

  router.get(routes.rotateClientKey, requireAdmin, async (request, response) => {
    const { client } = await liveClientOf(request);
    response.render('pages/admin/clientAction', {
      heading: words.rotate.heading(client.name),
      sentences: words.rotate.sentences,
      overlaps: words.rotate.overlaps,
      postUrl: adminPaths.rotateClientKey(client.id),
      cancelUrl: adminPaths.client(client.id),
      label: words.rotate.action,
      danger: false,
    });
  });

  router.post(routes.rotateClientKey, requireAdmin, async (request, response) => {
    const id = pathParam(request, 'id');
    const asked = (request.body as { readonly overlap?: unknown } | undefined)?.overlap;
    const chosen = words.rotate.overlaps.find(({ hours }) => String(hours) === asked);
    // What ends the key before at once, and can't be taken back, has to be meant.
    if (chosen === undefined) throw badRequest();
    const key = await apiClients.rotate(id, chosen.hours * 3_600_000, actor(request));
    if (key === null) throw clientGone(id);
    keepNewKey(request, id, key);
    response.redirect(303, adminPaths.client(id));
  });

  router.get(routes.revokeClient, requireAdmin, async (request, response) => {
    const { client } = await liveClientOf(request);
    response.render('pages/admin/clientAction', {
      heading: words.revoke.heading(client.name),
      sentences: words.revoke.sentences,
      overlaps: [],
      postUrl: adminPaths.revokeClient(client.id),
      cancelUrl: adminPaths.client(client.id),
      label: words.revoke.action,
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
