import { type Request, Router } from 'express';
import { asFailure } from '../../accounts/flow/failures.js';
import type { AccountsAnswer } from '../../accounts/list/accountReader.js';
import { readConnectionNames } from '../../accounts/list/connectionNames.js';
import { readUserFilter, sortFor, type UserFilter, type UserSort } from '../../directory/users/userFilter.js';
import { decodeKey } from '../../directory/users/userKey.js';
import { createUserQueryStore, type PageStart } from '../../directory/users/userQueryStore.js';
import { badRequest } from '../../http/commonErrors.js';
import { readKey } from '../../http/pageKey.js';
import { queryParam } from '../../http/params.js';
import { sendCsv } from '../../kernel/csv.js';
import { adminPaths, adminRoutes } from '../../paths.js';
import { relativeText } from '../../words/formats.js';
import type { Translate } from '../../words/words.js';
import { adminActions, noFields } from '../adminAction.js';
import type { AdminDeps } from '../adminDeps.js';
import type { AdminNotice } from '../adminNotice.js';
import { createAuditEvents } from '../events/auditEventStore.js';
import { readEventNames } from '../events/eventNames.js';
import { exportEvent } from '../events/exportEvent.js';
import { identifierParam } from './userActionRoutes.js';
import { unknownUser, userPage } from './userPage.js';
import { userLines } from './usersExport.js';
import { exportUsersPage, usersPage } from './usersPage.js';
import { readTimeline } from './userTimeline.js';

const shownUsers = 25;

/** What is said after the state at Scalekit was asked for. */
function noticeOf(t: Translate, { fresh, reading }: AccountsAnswer): AdminNotice {
  if (fresh) return { tone: 'active', sentence: t('adminUsers.one.readDone') };
  if (reading === null) return { tone: 'attention', sentence: t('adminUsers.one.readFailedBlank') };
  const time = relativeText(t, reading.asOf);
  return { tone: 'attention', sentence: t('adminUsers.one.readFailed', { time }) };
}

/** The users × connections, one user, and all of them as a file. */
export function userRoutes(deps: AdminDeps): Router {
  const { db, audit, catalogue, reader, directory, requireViewer, requireAdmin } = deps;
  const router = Router();
  const users = createUserQueryStore(db);
  const events = createAuditEvents(db);

  /** Where the page begins. @throws DomainError when the address says what no page of this filter can */
  function startOf(request: Request, filter: UserFilter, sort: UserSort): PageStart {
    const keyIn = (name: string) => {
      const text = queryParam(request, name);
      if (text === null) return null;
      const key = decodeKey(text);
      if (key === null || !users.isKeyOf(filter, sort, key)) throw badRequest();
      return key;
    };
    return { after: keyIn('after'), before: keyIn('before') };
  }

  router.get(adminRoutes.users, requireViewer, async (request, response) => {
    const filter = readUserFilter(request);
    const sort = sortFor(filter, queryParam(request, 'sort'));
    const start = startOf(request, filter, sort);
    const [page, names, known, counts, freshness] = await Promise.all([
      users.page({ filter, sort, start, size: shownUsers }),
      readConnectionNames(catalogue),
      users.countUsers(),
      users.countAccounts(),
      directory.freshness(),
    ]);
    const options = { filter, sort, start, page, names, users: known, counts, freshness };
    response.render('pages/admin/users', usersPage(request.t, options));
  });

  router.get(adminRoutes.user, requireViewer, async (request, response) => {
    const identifier = identifierParam(request);
    const before = readKey(request);
    const [user, names] = await Promise.all([users.user(identifier), readEventNames(deps)]);
    if (user === null && request.canonical(identifier) !== identifier)
      return response.redirect(303, adminPaths.user(request.canonical(identifier)));
    if (user === null) throw unknownUser(identifier, true);
    const [connectedAs, subject, retired] = await Promise.all([
      deps.connectedAs.forAdmins(identifier),
      deps.subjects.of(identifier),
      deps.retired.of(identifier),
    ]);
    const timeline = await readTimeline({ db, events }, identifier, before, names, request.t);
    response.render(
      'pages/admin/user',
      userPage(request.t, {
        user,
        names,
        connectedAs,
        linkTo: (connectionName) => deps.links.urlFor(identifier, connectionName),
        subject,
        retired,
        timeline,
        isNewest: before === null,
      }),
    );
  });

  const readNow = adminActions(audit)(noFields, async ({ request }) => {
    const identifier = identifierParam(request);
    reader.drop(identifier);
    const answer = await reader.readOrRecall(identifier);
    if ((await users.user(identifier)) === null) {
      throw answer.fresh ? unknownUser(identifier, false) : asFailure(answer.error, null);
    }
    return { to: adminPaths.user(identifier), notice: noticeOf(request.t, answer) };
  });
  router.post(adminRoutes.readUser, requireViewer, readNow);

  router.get(adminRoutes.exportUsers, requireAdmin, async (request, response) => {
    const filter = readUserFilter(request);
    const names = await readConnectionNames(catalogue);
    response.render('pages/admin/confirm', exportUsersPage(request.t, filter, names));
  });

  router.post(adminRoutes.exportUsers, requireAdmin, async (request, response) => {
    const filter = readUserFilter(request);
    const names = await readConnectionNames(catalogue);
    await audit.record(exportEvent(request, 'admin.users_exported', { ...filter }));
    await sendCsv(
      response,
      'users',
      request.t.lines('adminUsers.exporting.columns'),
      userLines(request.t, users, filter, names, deps.connectedAs.namesOf),
    );
  });

  return router;
}
