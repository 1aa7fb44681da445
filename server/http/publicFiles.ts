import { Router } from 'express';
import { routes } from '../paths.js';
import type { Assets } from './assets.js';

export interface PublicFilesOptions {
  readonly assets: Assets;
  /** Null for none. */
  readonly faviconUrl: string | null;
}

/** What anybody may load without a session: style, script, icons, and a robots.txt that disallows everything. */
export function publicFiles({ assets, faviconUrl }: PublicFilesOptions): Router {
  const router = Router();
  router.use(routes.assets, assets.serve);
  router.get(routes.favicon, (_request, response) => {
    if (faviconUrl === null) return void response.status(204).end();
    response.redirect(301, faviconUrl);
  });
  router.get(routes.robots, (_request, response) => {
    response.type('text/plain').send('User-agent: *\nDisallow: /\n');
  });
  return router;
}
