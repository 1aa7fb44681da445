import { Router } from 'express';
import { queryParam } from '../http/params.js';
import { paths, routes } from '../paths.js';
import { currentPrincipal, requireUser } from './guards.js';

/** Whether a user wants mail, and where it goes. */
export interface MailPreferences {
  preferencesOf(identifier: string): Promise<{ address: string | null; wanted: boolean }>;
  setWanted(identifier: string, wanted: boolean): Promise<void>;
}

export interface AccountPageOptions {
  readonly mail: MailPreferences;
  /** The page that shows the sandbox's mails, or null where there is none. */
  readonly outboxUrl: string | null;
}

/** A user's own page: mail, and signing out everywhere. */
export function accountPage({ mail, outboxUrl }: AccountPageOptions): Router {
  const router = Router();

  router.get(routes.account, requireUser, async (request, response) => {
    const { identifier } = currentPrincipal(request);
    response.render('pages/account', {
      identifier,
      ...(await mail.preferencesOf(identifier)),
      saved: queryParam(request, 'saved') !== null,
      outboxUrl,
    });
  });

  router.post(routes.accountMail, requireUser, async (request, response) => {
    const form = (request.body ?? {}) as { readonly wanted?: unknown };
    await mail.setWanted(currentPrincipal(request).identifier, form.wanted === 'yes');
    response.redirect(303, paths.accountAfterMail);
  });

  return router;
}
