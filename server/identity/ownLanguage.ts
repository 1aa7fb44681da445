import { type Request, type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { badRequest } from '../http/commonErrors.js';
import { anything, form } from '../http/form.js';
import { type Languages, speak } from '../http/language.js';
import type { Csrf } from '../http/security/csrf.js';
import { localPath } from '../kernel/localPath.js';
import { paths, routes } from '../paths.js';
import type { UserStore } from '../store/userStore.js';
import type { Dictionary } from '../words/words.js';
import { signedInUser } from './principal.js';

declare module 'express-session' {
  interface SessionData {
    /** The language that its user chose, in this browser or in another. */
    language?: string;
    /** The language of its last page, while its user has chosen none. */
    lastLanguage?: string;
  }
}

export interface OwnLanguageDeps {
  readonly dictionary: Dictionary;
  readonly languages: Languages;
  readonly users: UserStore;
  readonly csrf: Csrf;
  readonly publicUrl: string;
}

/** Every language by its own name, for `partials/languages`. */
export const languageChoice = (dictionary: Dictionary) =>
  dictionary.languages.map((code) => ({ code, name: dictionary.in(code)('common.language.name') }));

/** Answers signed-in users in the language that they chose. For what is no page; pages have `speakOwnLanguage`. */
export const answerInOwnLanguage =
  (dictionary: Dictionary): RequestHandler =>
  (request, response, next) => {
    const { language } = request.session ?? {};
    const own = language === undefined ? null : dictionary.closest([language]);
    speak(request, response, own === null ? request.t : dictionary.in(own));
    next();
  };

/** Speaks to signed-in users in the language that they chose, and notes which one others read, for mails to them. */
export function speakOwnLanguage({ dictionary, users }: OwnLanguageDeps): RequestHandler {
  return async (request, response, next) => {
    const user = signedInUser(request);
    if (user === null) return next();
    const { language, lastLanguage } = request.session;
    const own = language === undefined ? null : dictionary.closest([language]);
    if (own !== null) {
      speak(request, response, dictionary.in(own));
    } else if (request.method === 'GET' && lastLanguage !== request.t.language) {
      // No page fails for it: the next one tries again.
      const noted = await users.noteLanguage(user.identifier, request.t.language).then(
        () => true,
        () => false,
      );
      if (noted) request.session.lastLanguage = request.t.language;
    }
    next();
  };
}

/** The page of ours whose link led here, or null. */
function cameFrom(request: Request, publicUrl: string): string | null {
  const address = request.get('Referer') ?? '';
  return address.startsWith(`${publicUrl}/`) ? localPath(address.slice(publicUrl.length)) : null;
}

const choiceForm = z.object({ language: z.string(), return_to: anything });

/** The page on which anybody chooses a language, signed in or not. */
export function languageRoutes({ dictionary, languages, users, csrf, publicUrl }: OwnLanguageDeps): Router {
  const router = Router();

  router.get(routes.language, (request, response) => {
    const returnTo = cameFrom(request, publicUrl);
    response.render('pages/language', {
      // It is as good for an onboarding, in which there is no signed-in user.
      user: null,
      homeUrl: null,
      languageLink: null,
      returnTo,
      choice: languageChoice(dictionary),
      csrfToken: csrf.token(request, response),
    });
  });

  const choose = form(choiceForm, async (request, response, { language, return_to }) => {
    if (!dictionary.languages.includes(language)) throw badRequest();
    const user = signedInUser(request);
    if (user !== null) {
      await users.chooseLanguage(user.identifier, language);
      request.session.language = language;
    }
    languages.keep(response, language);
    response.redirect(303, localPath(return_to) ?? paths.home);
  });
  router.post(routes.language, choose);

  return router;
}
