import { Router } from 'express';
import { uploadBodies } from '../../http/bodies.js';
import { pathParam } from '../../http/params.js';
import { longestLogo } from '../../identity/clients/logoFile.js';
import { signedInUser } from '../../identity/principal.js';
import { DomainError } from '../../kernel/errors.js';
import { adminPaths, adminRoutes as routes } from '../../paths.js';
import { told } from '../../words/words.js';

const logoTooLarge = (id: string) =>
  new DomainError({
    code: 'too_large',
    status: 413,
    level: 'info',
    told: told('adminClients.logo.tooLarge'),
    nextSteps: (t) => [
      { label: t('adminClients.logo.again'), url: adminPaths.client(id), method: 'get', filled: true },
    ],
  });

/**
 * Reads the form with a client's logo, before its token is checked, which is in it. Who is not signed in sends no such form: theirs is
 * not read at all.
 */
export function logoUpload(): Router {
  const reading = uploadBodies('logo', longestLogo);
  const router = Router();
  router.post(routes.clientLogo, (request, response, next) => {
    if (signedInUser(request) === null) return next();
    const id = pathParam(request, 'id');
    reading(() => logoTooLarge(id))(request, response, next);
  });
  return router;
}
