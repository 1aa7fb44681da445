import { type Request, Router } from 'express';
import { readConnectionNames } from '../../accounts/list/connectionNames.js';
import { badRequest } from '../../http/commonErrors.js';
import { readNewestFirst } from '../../http/pageKey.js';
import { queryParam } from '../../http/params.js';
import { createMailStore, type MailChoice } from '../../notify/mailStore.js';
import { adminRoutes } from '../../paths.js';
import type { AdminDeps } from '../adminDeps.js';
import { mailChoices, mailsPage } from './mailsPage.js';

const shownMails = 50;

function choiceParam(request: Request): MailChoice | null {
  const asked = queryParam(request, 'state', 20);
  if (asked === null || asked === '') return null;
  const choice = mailChoices.find((known) => known === asked);
  if (choice === undefined) throw badRequest();
  return choice;
}

/** The outbox: what was sent, what was not, and why. */
export function mailRoutes({ db, catalogue, config, mails, requireViewer }: AdminDeps): Router {
  const router = Router();
  const store = createMailStore(db);
  const { sandboxed } = mails;

  router.get(adminRoutes.mails, requireViewer, async (request, response) => {
    const choice = choiceParam(request);
    const [page, counts, names] = await Promise.all([
      readNewestFirst(
        request,
        shownMails,
        (before, limit) => store.page(choice, before, limit),
        ({ createdAt, id }) => ({ at: createdAt, id }),
      ),
      store.counts(),
      readConnectionNames(catalogue),
    ]);
    const facts = mailsPage(request.t, {
      choice,
      page,
      counts,
      names,
      canSend: sandboxed || config.mail.smtp !== null,
      sandboxed,
    });
    response.render('pages/admin/mails', facts);
  });

  return router;
}
