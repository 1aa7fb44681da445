import type { RequestHandler } from 'express';
import { paths } from '../paths.js';
import type { Assets } from './assets.js';
import { csrfToken } from './csrf.js';
import { en } from './texts.js';

export interface LocalsOptions {
  readonly assets: Assets;
  readonly productName: string;
  readonly operatorLogoUrl: string | null;
  /** Whether every page says that no real accounts are touched. */
  readonly sandbox: boolean;
}

/** What every page knows. The only writer of `res.locals`. */
export function pageLocals({ assets, productName, operatorLogoUrl, sandbox }: LocalsOptions): RequestHandler {
  const shared = { t: en, paths, productName, operatorLogoUrl, sandbox, asset: assets.urlOf };
  return (request, response, next) => {
    const user = request.session?.user ?? null;
    // A signed-out visitor gets no session before there is a form to protect.
    Object.assign(response.locals, shared, { user, csrfToken: user === null ? '' : csrfToken(request) });
    next();
  };
}
