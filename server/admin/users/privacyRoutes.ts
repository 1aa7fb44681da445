import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Request, type Response, Router } from 'express';
import { readConnectionNames } from '../../accounts/list/connectionNames.js';
import { requestInfo } from '../../http/requestInfo.js';
import { currentPrincipal } from '../../identity/guards.js';
import { adminPaths, adminRoutes } from '../../paths.js';
import { erasedSentence } from '../../privacy/erasure.js';
import type { Translate } from '../../words/words.js';
import type { AdminDeps } from '../adminDeps.js';
import { leaveNotice } from '../adminNotice.js';
import type { ConfirmPage } from '../confirmPage.js';
import { backTo } from './userActionPages.js';
import { identifierParam } from './userActionRoutes.js';

function exportPage(t: Translate, identifier: string): ConfirmPage {
  return {
    current: 'users',
    heading: t('privacy.export.heading'),
    facts: [{ name: t('admin.actions.user'), value: identifier }],
    sentences: t.lines('privacy.export.sentences'),
    form: {
      postUrl: adminPaths.exportUser(identifier),
      label: t('privacy.export.button'),
      danger: false,
      hidden: {},
    },
    sample: null,
    back: backTo(t, identifier),
  };
}

const erasePage = (t: Translate, identifier: string, fault: string | null) => ({
  heading: t('privacy.erase.heading'),
  identifier,
  fault,
  postUrl: adminPaths.eraseUser(identifier),
  cancelUrl: adminPaths.user(identifier),
});

const typedIn = (request: Request): unknown =>
  (request.body as { readonly identifier?: unknown } | undefined)?.identifier;

/** Sends pieces as they are taken. A client that goes away midway ends it. */
async function sendPieces(response: Response, pieces: AsyncIterable<string>): Promise<void> {
  response.type('application/json').attachment('user.json');
  await pipeline(Readable.from(pieces, { objectMode: true, highWaterMark: 1 }), response).catch((error) => {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

/** All that is held about one person: taken out, and erased. */
export function privacyRoutes({ privacy, audit, catalogue, requireAdmin }: AdminDeps): Router {
  const router = Router();

  router.get(adminRoutes.exportUser, requireAdmin, (request, response) => {
    response.render('pages/admin/confirm', exportPage(request.t, identifierParam(request)));
  });

  router.post(adminRoutes.exportUser, requireAdmin, async (request, response) => {
    const identifier = identifierParam(request);
    const actor = currentPrincipal(request).key;
    await audit.record({ type: 'user.exported', actor, identifier, ...requestInfo(request) });
    await sendPieces(response, privacy.exportUser(identifier));
  });

  router.get(adminRoutes.eraseUser, requireAdmin, (request, response) => {
    response.render('pages/admin/eraseUser', erasePage(request.t, identifierParam(request), null));
  });

  router.post(adminRoutes.eraseUser, requireAdmin, async (request, response) => {
    const identifier = identifierParam(request);
    if (typedIn(request) !== identifier) {
      response
        .status(422)
        .render(
          'pages/admin/eraseUser',
          erasePage(request.t, identifier, request.t('privacy.erase.mismatch')),
        );
      return;
    }
    const done = await privacy.eraseUser(identifier, currentPrincipal(request).key, requestInfo(request));
    const { titleOf } = await readConnectionNames(catalogue);
    const disconnected = done.disconnected.map(titleOf);
    leaveNotice(request, { tone: 'active', sentence: erasedSentence(request.t, done, disconnected) });
    response.redirect(303, adminPaths.users());
  });

  return router;
}
