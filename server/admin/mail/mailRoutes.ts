import { type Request, Router } from 'express';
import { readConnectionNames } from '../../accounts/list/connectionNames.js';
import { badRequest } from '../../http/commonErrors.js';
import { readNewestFirst } from '../../http/pageKey.js';
import { queryParam } from '../../http/params.js';
import { allowFrames, showMail } from '../../http/security/securityHeaders.js';
import { currentPrincipal } from '../../identity/guards.js';
import { languageChoice } from '../../identity/ownLanguage.js';
import { type MailKind, mailKinds } from '../../notify/mailKinds.js';
import { createMailStore, type MailChoice } from '../../notify/mailStore.js';
import { adminRoutes } from '../../paths.js';
import { defaultLanguage, type Translate } from '../../words/words.js';
import type { AdminDeps } from '../adminDeps.js';
import { samplesPage } from './mailSamplesPage.js';
import { mailChoices, mailsPage } from './mailsPage.js';

const shownMails = 50;

function choiceParam(request: Request): MailChoice | null {
  const asked = queryParam(request, 'state', 20);
  if (asked === null || asked === '') return null;
  const choice = mailChoices.find((known) => known === asked);
  if (choice === undefined) throw badRequest();
  return choice;
}

function kindParam(request: Request): MailKind {
  const asked = queryParam(request, 'kind', 40) ?? mailKinds[0];
  const kind = mailKinds.find((known) => known === asked);
  if (kind === undefined) throw badRequest();
  return kind;
}

/** The outbox: what was sent, what was not, and why; and what mails say. */
export function mailRoutes(deps: AdminDeps): Router {
  const { db, catalogue, config, dictionary, mails, requireViewer, requireAdmin } = deps;
  const router = Router();
  const store = createMailStore(db);
  const { sandboxed } = mails;

  /** The language that was asked for. */
  function readerParam(request: Request): Translate {
    const asked = queryParam(request, 'language', 40) ?? defaultLanguage;
    if (!dictionary.languages.includes(asked)) throw badRequest();
    return dictionary.in(asked);
  }

  /** A mail of the kind that was asked for, to whoever looks at it, about the first connection that is offered. */
  async function sampleFor(request: Request) {
    const { entries } = await readConnectionNames(catalogue);
    const connectionName = entries.find(({ offered }) => offered)?.connection.name ?? 'gmail';
    const kind = kindParam(request);
    const { identifier } = currentPrincipal(request);
    const reader = readerParam(request);
    const mail = await mails.accountMails.preview({ kind, identifier, connectionName }, reader);
    return { kind, reader, mail };
  }

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

  router.get(adminRoutes.mailSamples, requireAdmin, async (request, response) => {
    const sample = await sampleFor(request);
    allowFrames(response);
    response.render('pages/admin/mailSamples', samplesPage(request.t, sample, languageChoice(dictionary)));
  });

  router.get(adminRoutes.mailSample, requireAdmin, async (request, response) => {
    showMail(response, (await sampleFor(request)).mail.html);
  });

  return router;
}
