import { type Request, Router } from 'express';
import { z } from 'zod';
import { notFound } from '../../http/commonErrors.js';
import { pathParam } from '../../http/params.js';
import { currentPrincipal } from '../../identity/guards.js';
import { identifierFault } from '../../kernel/identifier.js';
import { adminPaths, adminRoutes } from '../../paths.js';
import { say } from '../../words/words.js';
import { adminActions, noFields } from '../adminAction.js';
import type { AdminDeps } from '../adminDeps.js';
import { adminFailure } from '../adminFailure.js';
import { backToUser, disconnectUserPage, linkPage, mailPage, signOutUserPage } from './userActionPages.js';

/** A user's identifier in the path. @throws DomainError when nobody can have it */
export function identifierParam(request: Request): string {
  const identifier = pathParam(request, 'identifier');
  if (identifierFault(identifier) !== null) throw notFound();
  return identifier;
}

/** A field of the form that names one request of it. */
const requestKey = z.object({ key: z.string().regex(/^[\w-]{1,100}$/) });

/** What admins do for one user. Each page that asks before is for those who may do it. */
export function userActionRoutes(deps: AdminDeps): Router {
  const {
    requireAdmin,
    catalogue,
    reader,
    connectFlow,
    links,
    mails,
    audit,
    events,
    sessionStore,
    privacy,
    retired,
  } = deps;
  const canSend = deps.config.mail.smtp !== null;
  const delivery = canSend ? 'sent' : mails.sandboxed ? 'shown' : 'waiting';
  const action = adminActions(audit);
  const router = Router();

  const pairOf = (request: Request) => ({
    identifier: identifierParam(request),
    connectionName: pathParam(request, 'name'),
  });

  const sampleOf = async (kind: 'invitation' | 'reminder', pair: ReturnType<typeof pairOf>) =>
    (await mails.accountMails.preview({ kind, ...pair })).text;

  router.get(adminRoutes.mailUser, requireAdmin, async (request, response) => {
    const pair = pairOf(request);
    const entry = await catalogue.entry(pair.connectionName);
    const prospect = await mails.invitations.look(pair).catch((error) => {
      throw adminFailure(error, { repeatUrl: request.originalUrl, back: backToUser(pair.identifier) });
    });
    const sample = prospect.outcome === 'ready' ? await sampleOf(prospect.kind, pair) : null;
    response.render(
      'pages/admin/confirm',
      mailPage(request.t, pair.identifier, entry, { prospect, delivery, sample }),
    );
  });

  const sendMail = action(requestKey, async ({ request, form, actor, info }) => {
    const { t } = request;
    const pair = pairOf(request);
    const { title } = await catalogue.entry(pair.connectionName);
    const asked = { ...pair, key: form.key, requestedBy: actor, info };
    const outcome = await mails.invitations.inviteByMail(asked).catch((error) => {
      const repeatUrl = adminPaths.mailUser(pair.identifier, pair.connectionName);
      throw adminFailure(error, { repeatUrl, back: backToUser(pair.identifier) });
    });
    const notice =
      outcome === 'queued'
        ? ({ tone: 'active', sentence: t('admin.actions.mail.queued', { title }) } as const)
        : ({ tone: 'attention', sentence: t(`admin.actions.noMail.${outcome}`, { title }) } as const);
    return { to: adminPaths.user(pair.identifier), notice };
  });
  router.post(adminRoutes.mailUser, requireAdmin, sendMail);

  router.get(adminRoutes.linkForUser, requireAdmin, async (request, response) => {
    const { identifier, connectionName } = pairOf(request);
    const entry = await catalogue.offered(connectionName);
    const url = links.urlFor(identifier, connectionName);
    response.render('pages/admin/link', linkPage(request.t, identifier, entry, url));
  });

  router.get(adminRoutes.disconnectUser, requireAdmin, async (request, response) => {
    const { identifier, connectionName } = pairOf(request);
    const entry = await catalogue.entry(connectionName);
    const answer = await reader.readOrRecall(identifier);
    const exists = !answer.fresh || answer.reading.accounts.has(connectionName);
    response.render('pages/admin/confirm', disconnectUserPage(request.t, identifier, entry, exists));
  });

  const disconnect = action(noFields, async ({ request, actor, info }) => {
    const { identifier, connectionName } = pairOf(request);
    const { title } = await catalogue.entry(connectionName);
    const before = await retired.of(identifier);
    await connectFlow.disconnect({ key: actor, identifier }, connectionName, info).catch((error) => {
      const repeatUrl = adminPaths.disconnectUser(identifier, connectionName);
      const done = say('admin.actions.disconnect.flowsStopped');
      throw adminFailure(error, { repeatUrl, back: backToUser(identifier), done });
    });
    const sentence = request.t('admin.actions.disconnect.done', { title });
    const notice = { tone: 'active', sentence } as const;
    // Nothing may be left to show of an identifier that was given up.
    const free = before !== null && (await privacy.renaming.releaseIfDone(identifier).catch(() => false));
    if (free) return { to: adminPaths.user(before.renamedTo), notice };
    // What was read is told to the directory, so that the next page shows it.
    await reader.readOrRecall(identifier);
    return { to: adminPaths.user(identifier), notice };
  });
  router.post(adminRoutes.disconnectUser, requireAdmin, disconnect);

  router.get(adminRoutes.signOutUser, requireAdmin, (request, response) => {
    const identifier = identifierParam(request);
    const isOneself = identifier === currentPrincipal(request).identifier;
    response.render('pages/admin/confirm', signOutUserPage(request.t, identifier, isOneself));
  });

  const signOut = action(noFields, async ({ request, record }) => {
    const identifier = identifierParam(request);
    await sessionStore.destroyAllOf(identifier);
    await events.publish({ kind: 'sessions', identifier });
    await record({ type: 'user.signed_out_everywhere', identifier });
    const sentence = request.t('admin.actions.signOut.done');
    return { to: adminPaths.user(identifier), notice: { tone: 'active', sentence } };
  });
  router.post(adminRoutes.signOutUser, requireAdmin, signOut);

  return router;
}
