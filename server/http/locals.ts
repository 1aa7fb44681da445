import type { RequestHandler } from 'express';
import type { Brand } from '../brand/brand.js';
import { shownBrand } from '../brand/brandAssets.js';
import { adminPaths, paths } from '../paths.js';
import type { Assets } from './assets.js';
import { markedUp } from './markup.js';
import { sessionMark, sessionToken } from './security/csrf.js';

export interface LocalsOptions {
  readonly assets: Assets;
  readonly brand: Brand;
  /** Whether every page says that no real accounts are touched. */
  readonly sandbox: boolean;
}

/** The locals of every page that need no session: enough for an error page. */
export const pageLocals = ({ assets, brand, sandbox }: LocalsOptions) => ({
  paths,
  adminPaths,
  productName: brand.name,
  brand: shownBrand(brand, assets.urlOf),
  sandbox,
  asset: assets.urlOf,
  scriptOf: assets.scriptOf,
  tm: markedUp,
  user: null,
  sessionMark: '',
  homeUrl: paths.home,
  /** The link to the choice of a language, or null; and whether the choice leads back to the page. */
  languageLink: null,
  csrfToken: '',
});

/** The locals about the signed-in user, for every page. */
export const userLocals: RequestHandler = (request, response, next) => {
  const user = request.session.user ?? null;
  // Signed-out clients have no session. Pages with a form for them make its token.
  const ofSession =
    user === null
      ? { csrfToken: '', sessionMark: '' }
      : { csrfToken: sessionToken(request), sessionMark: sessionMark(request) };
  Object.assign(response.locals, { user, ...ofSession });
  next();
};
