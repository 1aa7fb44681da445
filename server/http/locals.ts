import type { RequestHandler } from 'express';
import { adminPaths, paths } from '../paths.js';
import type { Assets } from './assets.js';
import { sessionToken } from './security/csrf.js';

export interface LocalsOptions {
  readonly assets: Assets;
  readonly productName: string;
  readonly operatorLogoUrl: string | null;
  /** Whether every page says that no real accounts are touched. */
  readonly sandbox: boolean;
}

/** What every page knows, before anything is known of who asks: enough for a page that says what went wrong. */
export const pageLocals = ({ assets, productName, operatorLogoUrl, sandbox }: LocalsOptions) => ({
  paths,
  adminPaths,
  productName,
  operatorLogoUrl,
  sandbox,
  asset: assets.urlOf,
  user: null,
  homeUrl: paths.home,
  csrfToken: '',
});

/** Who is signed in, for every page. */
export const userLocals: RequestHandler = (request, response, next) => {
  const user = request.session.user ?? null;
  // Who is signed out has no session; the pages with a form of theirs make its token.
  Object.assign(response.locals, { user, csrfToken: user === null ? '' : sessionToken(request) });
  next();
};
