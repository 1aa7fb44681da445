import { Router } from 'express';
import { paths, routes } from '../paths.js';
import type { Assets } from './assets.js';

export interface PublicFilesOptions {
  readonly assets: Assets;
  readonly operatorLogo: { readonly type: string; readonly body: Buffer } | null;
}

/** What anybody may load without a session: style, script, icons, and a robots.txt that disallows everything. */
export function publicFiles({ assets, operatorLogo }: PublicFilesOptions): Router {
  const router = Router();
  router.use(routes.assets, assets.serve);
  router.get(routes.favicon, (_request, response) => response.redirect(301, assets.urlOf('favicon.svg')));
  router.get(routes.robots, (_request, response) => {
    response.type('text/plain').send('User-agent: *\nDisallow: /\n');
  });
  if (operatorLogo !== null) {
    router.get(paths.operatorLogo, (_request, response) => {
      response.setHeader('Cache-Control', 'public, max-age=3600');
      response.type(operatorLogo.type).send(operatorLogo.body);
    });
  }
  return router;
}
