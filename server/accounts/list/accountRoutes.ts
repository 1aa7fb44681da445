import { type Request, Router } from 'express';
import { pathParam, queryParam } from '../../http/params.js';
import { requestInfo } from '../../http/requestInfo.js';
import { showImage } from '../../http/security/securityHeaders.js';
import { wantsJson } from '../../http/wantsJson.js';
import { currentPrincipal, requireUser } from '../../identity/guards.js';
import { signedInUser } from '../../identity/principal.js';
import { rolesLeftOut } from '../../identity/roles.js';
import { localPath } from '../../kernel/localPath.js';
import { paths, routes } from '../../paths.js';
import type { AccountStatus } from '../../scalekit/gateway.js';
import type { ConnectedAsReader } from '../connectedAs/connectedAs.js';
import type { ConnectFlow } from '../flow/connectFlow.js';
import { failure } from '../flow/failures.js';
import type { FlowStore } from '../flow/flowStore.js';
import type { ToolCatalogue } from '../tools/toolCatalogue.js';
import type { AccountReader, AccountsAnswer } from './accountReader.js';
import type { AddressedLinks } from './addressedLinks.js';
import type { Catalogue, CatalogueEntry, CatalogueReader } from './catalogue.js';
import { connectionPage } from './connectionPage.js';
import { disconnectPage } from './disconnectPage.js';
import { durableLinkPage } from './durableLinkPage.js';
import { listPage, type Outcome, outageOf } from './listPage.js';
import type { LogoFiles } from './logos.js';
import { knowledgeOf, type OwnMarks, type ReadOwnMarks } from './ownMarks.js';
import { qrCodeOf } from './qrCode.js';

export interface AccountRoutesDeps {
  readonly catalogue: CatalogueReader;
  readonly reader: AccountReader;
  readonly connectFlow: ConnectFlow;
  readonly flows: FlowStore;
  readonly links: AddressedLinks;
  readonly logoFiles: LogoFiles;
  readonly marks: ReadOwnMarks;
  readonly connectedAs: Pick<ConnectedAsReader, 'of'>;
  readonly tools: ToolCatalogue;
}

/** For how long what a user connected stays on top of the list, in milliseconds. */
const visitMs = 15 * 60_000;

/** The user's own pages: the list, disconnecting, the durable link, the operator's logos. */
export function accountRoutes(deps: AccountRoutesDeps): Router {
  const { catalogue, reader, connectFlow, flows, links, logoFiles, marks, connectedAs, tools } = deps;
  const router = Router();

  router.get(routes.home, (_request, response) => response.redirect(303, paths.connections));

  router.get(routes.connections, requireUser, async (request, response) => {
    const { identifier } = currentPrincipal(request);
    const [offered, answer] = await Promise.all([catalogue.read(), reader.readOrRecall(identifier)]);
    const [own, as] = await Promise.all([
      marksOf(identifier, answer),
      connectedAs.of(identifier, answer.reading),
    ]);
    const [outcome, connectedNow] = await Promise.all([
      outcomeOf(request, offered, answer, own),
      connectedNowOf(identifier, answer),
    ]);
    const news = { outcome, notice: rolesNotice(request), connectedNow };
    response.render('pages/connections', listPage(request.t, offered, answer, news, own, as));
  });

  /** It costs a query only where an account became what it is in this visit. */
  async function connectedNowOf(
    identifier: string,
    { reading }: AccountsAnswer,
  ): Promise<ReadonlySet<string>> {
    const since = Date.now() - visitMs;
    const accounts = [...(reading?.accounts.values() ?? [])];
    const isRecent = accounts.some(
      (account) => account.status === 'active' && (account.updatedAt ?? 0) > since,
    );
    return isRecent ? flows.connectedSince(identifier, since) : new Set();
  }

  const marksOf = (identifier: string, { reading }: AccountsAnswer) =>
    marks.of(identifier, reading?.accounts ?? new Map());

  /** What came of what the user just did. Nothing is confirmed that is not so, whoever made the address. */
  async function outcomeOf(
    request: Request,
    offered: Catalogue,
    { fresh, reading }: AccountsAnswer,
    { mustReconnect }: OwnMarks,
  ): Promise<Outcome | null> {
    const { t } = request;
    const exists = (name: string) => reading?.accounts.get(name)?.status === 'active';
    const isActive = (name: string) => exists(name) && !mustReconnect.has(name);
    const disconnected = offered.find(queryParam(request, 'disconnected') ?? '');
    if (disconnected) {
      const { title } = disconnected;
      if (!fresh || exists(disconnected.connection.name)) return null;
      return {
        title: t('accounts.outcomes.disconnectedTitle', { title }),
        sentence: t('accounts.outcomes.disconnected', { title }),
        tone: 'quiet',
      };
    }
    const flowId = queryParam(request, 'flow');
    const flow = flowId === null ? null : await flows.find(flowId);
    if (flow === null || flow.principal !== currentPrincipal(request).key) return null;
    const title = offered.titleOf(flow.connectionName);
    const active = isActive(flow.connectionName);
    if (flow.status === 'done' && (active || !fresh)) {
      return {
        title: t('accounts.outcomes.connectedTitle', { title }),
        sentence: t('accounts.outcomes.connected', { title }),
        tone: 'active',
      };
    }
    if (flow.status !== 'cancelled' || flow.failure !== null) return null;
    return {
      title: t('accounts.outcomes.cancelledTitle', { title }),
      sentence: t(active ? 'accounts.outcomes.cancelledKept' : 'accounts.outcomes.cancelled', { title }),
      tone: 'quiet',
    };
  }

  const rolesNotice = (request: Request): string | null =>
    rolesLeftOut.take(request) === null ? null : request.t('identity.rolesLeftOut.detail');

  /** To go on at the phone, while it is not connected. It leads to the durable link, which only its addressee can use. */
  const qrFor = (
    { offered, connection }: CatalogueEntry,
    status: AccountStatus | undefined,
    identifier: string,
  ) => (offered && status !== 'active' ? qrCodeOf(links.urlFor(identifier, connection.name)) : null);

  router.get(routes.connection, requireUser, async (request, response) => {
    const { identifier } = currentPrincipal(request);
    const connectionName = pathParam(request, 'name');
    const [entry, answer] = await Promise.all([
      catalogue.shown(connectionName),
      reader.readOrRecall(identifier),
    ]);
    const account = answer.reading?.accounts.get(connectionName);
    const { provider } = entry.connection;
    const [own, as, abilities] = await Promise.all([
      marksOf(identifier, answer),
      connectedAs.of(identifier, answer.reading),
      account?.status === 'active'
        ? tools.ofAccount({ identifier, connectionName }, provider)
        : tools.ofProvider(provider),
    ]);
    const page = connectionPage(request.t, {
      entry,
      identifier,
      account,
      known: knowledgeOf(own, connectionName),
      connectedAs: as.get(connectionName) ?? null,
      abilities,
      isRead: answer.reading !== null,
      outage: outageOf(request.t, answer),
    });
    response.render('pages/connection', { ...page, qr: qrFor(entry, account?.status, identifier) });
  });

  router.get(routes.disconnect, requireUser, async (request, response) => {
    const connectionName = pathParam(request, 'name');
    const { identifier } = currentPrincipal(request);
    const entry = await catalogue.entry(connectionName);
    // It says whether there is anything to disconnect, so it reads anew.
    reader.drop(identifier);
    const answer = await reader.readOrRecall(identifier);
    response.render('pages/disconnect', disconnectPage(request.t, entry, answer, identifier));
  });

  router.post(routes.disconnect, requireUser, async (request, response) => {
    const connectionName = pathParam(request, 'name');
    await connectFlow.disconnect(currentPrincipal(request), connectionName, requestInfo(request));
    response.redirect(303, paths.listAfterDisconnect(connectionName));
  });

  router.post(routes.cancelSetup, requireUser, async (request, response) => {
    const connectionName = pathParam(request, 'name');
    const [principal, info] = [currentPrincipal(request), requestInfo(request)];
    const { isCancelled, flow } = await connectFlow.cancelSetup(principal, connectionName, info);
    if (!isCancelled) return response.redirect(303, paths.connections);
    response.redirect(303, flow ? paths.listAfter(flow.id) : paths.listAfterDisconnect(connectionName));
  });

  router.get(routes.connect, requireUser, async (request, response) => {
    const principal = currentPrincipal(request);
    const connectionName = pathParam(request, 'name');
    const to = queryParam(request, 'to');
    const named = to === null ? principal.identifier : links.addresseeOf(to, connectionName);
    // A link may have been made before identifiers were taken in one case.
    const addressee = named === null ? null : request.canonical(named);
    if (addressee !== principal.identifier) {
      // Who may look at everybody's accounts may know whose link it is.
      const mayKnow = signedInUser(request)?.role !== 'user' && !wantsJson(request);
      if (addressee === null || !mayKnow) throw failure('addressed_to_other', null);
      response.status(403).render('pages/linkOfOther', { identifier: addressee });
      return;
    }
    const entry = await catalogue.offered(connectionName);
    const answer = await reader.readOrRecall(principal.identifier);
    const returnTo = localPath(request.query.return_to);
    const { mustReconnect } = await marksOf(principal.identifier, answer);
    const abilities = await tools.ofProvider(entry.connection.provider);
    const page = durableLinkPage(
      request.t,
      entry,
      answer,
      principal.identifier,
      returnTo,
      mustReconnect,
      abilities,
    );
    const { status } = answer.reading?.accounts.get(connectionName) ?? {};
    response.render('pages/connect', { ...page, qr: qrFor(entry, status, principal.identifier) });
  });

  router.get(routes.logo, requireUser, async (request, response, next) => {
    const logo = await logoFiles.of(await catalogue.entry(pathParam(request, 'name')));
    if (logo === null) return next();
    response.setHeader('Cache-Control', 'private, max-age=3600');
    showImage(response, logo);
  });

  return router;
}
