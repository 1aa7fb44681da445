import { type Request, Router } from 'express';
import { readConnectionNames } from '../../accounts/list/connectionNames.js';
import { countUsers } from '../../directory/users/userCount.js';
import { readUserFilter, sortFor, type UserFilter } from '../../directory/users/userFilter.js';
import { createUserQueryStore } from '../../directory/users/userQueryStore.js';
import { badRequest, notFound } from '../../http/commonErrors.js';
import { readKey } from '../../http/pageKey.js';
import { pathParam, queryParam } from '../../http/params.js';
import { requestInfo } from '../../http/requestInfo.js';
import { currentPrincipal } from '../../identity/guards.js';
import { type InvitationOutcome, invitationOutcomes } from '../../notify/invitations.js';
import { type Mailing, usersAtMost } from '../../notify/mailings/mailing.js';
import { invitationKindOf } from '../../notify/mailKinds.js';
import { adminPaths, adminRoutes } from '../../paths.js';
import type { Translate } from '../../words/words.js';
import type { AdminDeps } from '../adminDeps.js';
import { leaveNotice } from '../adminNotice.js';
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

/** Mail to many users at once: who gets it, that it goes out, and what became of it. */
export function mailingRoutes(deps: AdminDeps): Router {
  const { requireViewer, requireAdmin, catalogue, mails, audit, db } = deps;
  const { store, runner } = deps.mailings;
  const users = createUserQueryStore(db);
  const router = Router();

  async function concernedBy(t: Translate, filter: UserFilter, connectionName: string): Promise<Concerned> {
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
      sample: mail === null ? null : (await mails.accountMails.preview(mail, t)).text,
    };
  }

  async function mailingOf(request: Request): Promise<Mailing> {
    const mailing = await store.find(pathParam(request, 'id'));
    if (mailing === null) throw notFound();
    return mailing;
  }

  router.get(adminRoutes.mailings, requireViewer, async (request, response) => {
    const before = readKey(request);
    const found = await store.page(before, shownMailings + 1);
    const names = await readConnectionNames(catalogue);
    const mailings = found.slice(0, shownMailings);
    const place = { isFirst: before === null, hasOlder: found.length > shownMailings };
    response.render('pages/admin/mailings', mailingsPage(request.t, mailings, names, place));
  });

  router.get(adminRoutes.newMailing, requireAdmin, async (request, response) => {
    const filter = readUserFilter(request);
    const names = await readConnectionNames(catalogue);
    if (filter.connection === null) {
      const page = chooseConnectionPage(request.t, filter, names, await store.page(null, earlierMailings));
      return response.render('pages/admin/newMailing', page);
    }
    const entry = await catalogue.offered(filter.connection);
    const concerned = await concernedBy(request.t, filter, filter.connection);
    response.render('pages/admin/mailUsers', mailUsersPage(request.t, filter, entry, concerned, names));
  });

  router.post(adminRoutes.newMailing, requireAdmin, async (request, response) => {
    const filter = readUserFilter(request);
    const { id } = (request.body ?? {}) as { readonly id?: unknown };
    const { connection } = filter;
    if (connection === null || typeof id !== 'string' || !uuid.test(id)) throw badRequest();
    const entry = await catalogue.offered(connection);
    if ((await store.find(id)) === null) {
      const concerned = await concernedBy(request.t, filter, connection);
      if (concerned.users === 0 || concerned.users > usersAtMost) {
        const page = mailUsersPage(request.t, filter, entry, concerned, await readConnectionNames(catalogue));
        return response.status(422).render('pages/admin/mailUsers', page);
      }
      const createdBy = currentPrincipal(request).key;
      const made = { id, connectionName: connection, filter, createdBy, createdAt: Date.now() };
      if (await store.create({ ...made, users: concerned.users })) {
        const type = 'mailing.created';
        const event = { type, actor: createdBy, connectionName: connection, detail: id } as const;
        await audit.record({ ...event, ...requestInfo(request) });
      }
      runner.wake();
    }
    response.redirect(303, adminPaths.mailing(id));
  });

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

  router.post(adminRoutes.mailing, requireAdmin, async (request, response) => {
    const { id, connectionName } = await mailingOf(request);
    const actor = currentPrincipal(request).key;
    const stopped = await store.end(id, actor);
    if (stopped) {
      await audit.record({
        type: 'mailing.stopped',
        actor,
        connectionName,
        detail: id,
        ...requestInfo(request),
      });
    }
    leaveNotice(request, {
      tone: stopped ? 'active' : 'quiet',
      sentence: request.t(stopped ? 'adminMail.mailings.stopped' : 'adminMail.mailings.ended'),
    });
    response.redirect(303, adminPaths.mailing(id));
  });

  return router;
}
