import { type Request, Router } from 'express';
import { z } from 'zod';
import { readConnectionNames } from '../../accounts/list/connectionNames.js';
import { countUsers } from '../../directory/users/userCount.js';
import { readUserFilter, sortFor, type UserFilter } from '../../directory/users/userFilter.js';
import { createUserQueryStore } from '../../directory/users/userQueryStore.js';
import { badRequest, notFound } from '../../http/commonErrors.js';
import { readNewestFirst } from '../../http/pageKey.js';
import { pathParam, queryParam } from '../../http/params.js';
import { type InvitationOutcome, invitationOutcomes } from '../../notify/invitations.js';
import { type Mailing, usersAtMost } from '../../notify/mailings/mailing.js';
import { invitationKindOf } from '../../notify/mailKinds.js';
import { adminPaths, adminRoutes } from '../../paths.js';
import { adminActions, noFields } from '../adminAction.js';
import type { AdminDeps } from '../adminDeps.js';
import {
  type Concerned,
  chooseConnectionPage,
  mailingPage,
  mailUsersPage,
  progressOf,
  resultsPerPage,
} from './mailingPages.js';
import { mailingsPage } from './mailingsPage.js';

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const shownUsers = 5;
const earlierMailings = 5;
const shownMailings = 50;

const outcomeIn = (text: string | null): InvitationOutcome | null =>
  invitationOutcomes.find((known) => known === text) ?? null;

/** Mailings: the question before one, its start, its stop, and its results. */
export function mailingRoutes(deps: AdminDeps): Router {
  const { requireViewer, requireAdmin, catalogue, mails, audit, db } = deps;
  const { store, runner } = deps.mailings;
  const users = createUserQueryStore(db);
  const action = adminActions(audit);
  const router = Router();

  async function concernedBy(filter: UserFilter, connectionName: string): Promise<Concerned> {
    const start = { after: null, before: null };
    const page = await users.page({ filter, sort: sortFor(filter, null), start, size: shownUsers });
    const first = page.users[0];
    const kind = invitationKindOf(first?.accounts.get(connectionName)?.state ?? 'not_connected');
    const mail =
      first === undefined
        ? null
        : { kind: kind ?? ('invitation' as const), identifier: first.identifier, connectionName };
    return {
      users: await countUsers(db, filter, usersAtMost + 1),
      first: page.users.map(({ identifier }) => identifier),
      sample: mail === null ? null : (await mails.accountMails.preview(mail)).text,
    };
  }

  async function mailingOf(request: Request): Promise<Mailing> {
    const mailing = await store.find(pathParam(request, 'id'));
    if (mailing === null) throw notFound();
    return mailing;
  }

  router.get(adminRoutes.mailings, requireViewer, async (request, response) => {
    const page = await readNewestFirst(request, shownMailings, store.page, ({ createdAt, id }) => ({
      at: createdAt,
      id,
    }));
    response.render(
      'pages/admin/mailings',
      mailingsPage(request.t, page, await readConnectionNames(catalogue)),
    );
  });

  router.get(adminRoutes.newMailing, requireAdmin, async (request, response) => {
    const filter = readUserFilter(request);
    const names = await readConnectionNames(catalogue);
    if (filter.connection === null) {
      const page = chooseConnectionPage(request.t, filter, names, await store.page(null, earlierMailings));
      return response.render('pages/admin/newMailing', page);
    }
    const entry = await catalogue.offered(filter.connection);
    const concerned = await concernedBy(filter, filter.connection);
    response.render('pages/admin/confirm', mailUsersPage(request.t, filter, entry, concerned, names));
  });

  const begin = action(z.object({ id: z.string().regex(uuid) }), async ({ request, form, actor, record }) => {
    const { id } = form;
    const filter = readUserFilter(request);
    const { connection } = filter;
    if (connection === null) throw badRequest();
    const entry = await catalogue.offered(connection);
    const to = adminPaths.mailing(id);
    if ((await store.find(id)) !== null) return { to };
    const concerned = await concernedBy(filter, connection);
    if (concerned.users === 0 || concerned.users > usersAtMost) {
      const names = await readConnectionNames(catalogue);
      return { view: 'pages/admin/confirm', page: mailUsersPage(request.t, filter, entry, concerned, names) };
    }
    const made = { id, connectionName: connection, filter, createdBy: actor, createdAt: Date.now() };
    if (await store.create({ ...made, users: concerned.users })) {
      await record({ type: 'mailing.created', connectionName: connection, detail: id });
    }
    runner.wake();
    return { to };
  });
  router.post(adminRoutes.newMailing, requireAdmin, begin);

  router.get(adminRoutes.mailing, requireAdmin, async (request, response) => {
    const mailing = await mailingOf(request);
    const outcome = outcomeIn(queryParam(request, 'outcome'));
    const after = queryParam(request, 'after', 400) ?? '';
    const results = await store.results(mailing.id, { outcome, after, limit: resultsPerPage + 1 });
    const counts = await store.counts(mailing.id);
    const names = await readConnectionNames(catalogue);
    const page = mailingPage(request.t, mailing, counts, names, { outcome, results, after });
    response.render('pages/admin/mailing', page);
  });

  router.get(adminRoutes.mailingJson, requireAdmin, async (request, response) => {
    const mailing = await mailingOf(request);
    response.json(progressOf(request.t, mailing, await store.counts(mailing.id)));
  });

  const stop = action(noFields, async ({ request, actor, record }) => {
    const { id, connectionName } = await mailingOf(request);
    const stopped = await store.end(id, actor);
    if (stopped) await record({ type: 'mailing.stopped', connectionName, detail: id });
    const sentence = request.t(stopped ? 'adminMail.mailings.stopped' : 'adminMail.mailings.ended');
    return { to: adminPaths.mailing(id), notice: { tone: stopped ? 'active' : 'quiet', sentence } };
  });
  router.post(adminRoutes.mailing, requireAdmin, stop);

  return router;
}
