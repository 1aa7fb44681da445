import { Router } from 'express';
import { z } from 'zod';
import { form, ticked } from '../http/form.js';
import { queryParam } from '../http/params.js';
import { paths, routes } from '../paths.js';
import type { Dictionary } from '../words/words.js';
import { currentPrincipal, requireUser } from './guards.js';
import { languageChoice } from './ownLanguage.js';
import { signedInUser } from './principal.js';

/** A user's choice about mail, and the address that it goes to. */
export interface MailPreferences {
  preferencesOf(identifier: string): Promise<{ address: string | null; wanted: boolean }>;
  setWanted(identifier: string, wanted: boolean): Promise<void>;
}

export interface AccountPageOptions {
  readonly mail: MailPreferences;
  readonly dictionary: Dictionary;
  /** The page that shows the sandbox's mails, or null where there is none. */
  readonly outboxUrl: string | null;
}

/** A user's own page: signing out everywhere, language, and mail. */
export function accountPage({ mail, outboxUrl, dictionary }: AccountPageOptions): Router {
  const router = Router();

  router.get(routes.account, requireUser, async (request, response) => {
    const { identifier } = currentPrincipal(request);
    response.render('pages/account', {
      identifier,
      rolesLeftOut: signedInUser(request)?.rolesLeftOut ?? false,
      ...(await mail.preferencesOf(identifier)),
      saved: queryParam(request, 'saved') !== null,
      outboxUrl,
      choice: languageChoice(dictionary),
    });
  });

  const mailForm = z.object({ wanted: ticked });
  const saveMail = form(mailForm, async (request, response, { wanted }) => {
    await mail.setWanted(currentPrincipal(request).identifier, wanted);
    response.redirect(303, paths.accountAfterMail);
  });
  router.post(routes.accountMail, requireUser, saveMail);

  return router;
}
