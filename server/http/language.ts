import type { Request, RequestHandler, Response } from 'express';
import { LRUCache } from 'lru-cache';
import type { Dictionary, Translate } from '../words/words.js';
import { browserCookie } from './security/cookies.js';

declare global {
  namespace Express {
    interface Request {
      /** Says messages in the language of the request's reader. */
      t: Translate;
    }
  }
}

/** Says the rest of an answer in a language. */
export function speak(request: Request, response: Response, t: Translate): void {
  request.t = t;
  response.locals.t = t;
  response.setHeader('Content-Language', t.language);
  // Whoever stores an answer keeps one for each reader (RFC 9110, 12.5.5).
  response.vary('Accept-Language, Cookie');
}

/** A year, after which the browser's own language counts again. */
const choiceLastsMs = 365 * 24 * 3_600_000;

/** Longer lists of languages are nobody's. */
const maxLength = 200;

/** The language that an onboarding asks for, and since when, in epoch milliseconds. */
export interface AskedLanguage {
  readonly locale: string | null;
  readonly createdAt: number;
}

/**
 * Which language each reader gets: what their browser was told to keep, else what the link that led here asked for
 * (`ui_locales`, as OpenID Connect Core 1.0, 3.1.2.1 has it), else the best that the browser asks for
 * (RFC 9110, 12.5.4), else the operator's. A signed-in user's own choice comes before all of these (`identity/ownLanguage.ts`).
 */
export function createLanguages(dictionary: Dictionary, publicUrl: string) {
  const chosenCookie = browserCookie('connect-language', { publicUrl, lifetimeMs: choiceLastsMs });
  const askedCookie = browserCookie('connect-ui-locales', { publicUrl });

  /** What was chosen in this browser, and when, in epoch milliseconds; or null. */
  function chosenIn(request: Request): { readonly language: string; readonly at: number } | null {
    const chosen = chosenCookie.of(request);
    if (chosen === null) return null;
    const [tag = '', at = ''] = chosen.split('.');
    const language = dictionary.closest([tag]);
    return language === null ? null : { language, at: Number(at) || 0 };
  }

  /** What cannot be read counts for nothing: it is a wish. */
  function askedBy(request: Request): string | null {
    // Express parses a query each time that it is looked at.
    if (request.method !== 'GET' || !request.url.includes('ui_locales')) return null;
    const { ui_locales: asked } = request.query;
    if (typeof asked !== 'string' || asked.length > maxLength) return null;
    return dictionary.closest(asked.split(' '));
  }

  function askedEarlier(request: Request): string | null {
    const asked = askedCookie.of(request);
    return asked === null ? null : dictionary.closest([asked]);
  }

  /** What browsers accept is worked out once for each of the few ways in which they say it. */
  const known = new LRUCache<string, string>({ max: 500 });

  function accepted(request: Request): string | null {
    const asked = request.headers['accept-language'] ?? '';
    const language = known.get(asked) ?? (request.acceptsLanguages([...dictionary.languages]) || '');
    if (asked.length <= maxLength) known.set(asked, language);
    return language || null;
  }

  /** Chooses the language of every answer, faults included. */
  const choose: RequestHandler = (request, response, next) => {
    const language =
      chosenIn(request)?.language ?? askedBy(request) ?? askedEarlier(request) ?? accepted(request);
    request.t = dictionary.in(language ?? dictionary.fallback);
    response.locals.t = request.t;
    next();
  };

  /** For pages: says which language it is, lets its reader choose another, and keeps the one that a link asked for. */
  const ofPages: RequestHandler = (request, response, next) => {
    speak(request, response, request.t);
    const asked = askedBy(request);
    if (asked !== null && askedCookie.of(request) !== asked) askedCookie.set(response, asked);
    response.locals.languageLink = { returns: request.method === 'GET' };
    next();
  };

  return {
    choose,
    ofPages,
    /** For the pages of an onboarding: what it asks for comes first, until its reader chooses another language. */
    ofOnboarding(request: Request, response: Response, { locale, createdAt }: AskedLanguage): void {
      const language = locale === null ? null : dictionary.closest([locale]);
      const chosen = chosenIn(request);
      if (language === null || (chosen !== null && chosen.at >= createdAt)) return;
      speak(request, response, dictionary.in(language));
    },
    /** Has this browser keep a language. */
    keep: (response: Response, language: string): void =>
      chosenCookie.set(response, `${language}.${Date.now()}`),
  };
}

export type Languages = ReturnType<typeof createLanguages>;
