import type { RequestHandler } from 'express';
import type { Dictionary, Translate } from '../words/words.js';

declare global {
  namespace Express {
    interface Request {
      /** Says messages in the language of the request's user. */
      t: Translate;
    }
  }
}

/** Chooses the language of each answer: the best of ours that the browser asks for (RFC 9110, 12.5.4), else the first. */
export function chooseLanguage(dictionary: Dictionary): RequestHandler {
  const languages = [...dictionary.languages];
  return (request, response, next) => {
    if (languages.length > 1) response.vary('Accept-Language');
    const language = languages.length > 1 ? request.acceptsLanguages(languages) : false;
    request.t = dictionary.in(language || (languages[0] ?? ''));
    response.locals.t = request.t;
    next();
  };
}
