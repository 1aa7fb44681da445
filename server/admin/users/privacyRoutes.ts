import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Response, Router } from 'express';
import { z } from 'zod';
import { readConnectionNames } from '../../accounts/list/connectionNames.js';
import { anything } from '../../http/form.js';
import { requestInfo } from '../../http/requestInfo.js';
import { currentPrincipal } from '../../identity/guards.js';
import { DomainError } from '../../kernel/errors.js';
import { identifierFault } from '../../kernel/identifier.js';
import { adminPaths, adminRoutes } from '../../paths.js';
import { erasedSentence } from '../../privacy/erasure.js';
import type { Translate } from '../../words/words.js';
import { adminActions } from '../adminAction.js';
import type { AdminDeps } from '../adminDeps.js';
import type { ConfirmPage } from '../confirmPage.js';
import { backTo } from './userActionPages.js';
import { identifierParam } from './userActionRoutes.js';

function exportPage(t: Translate, identifier: string): ConfirmPage {
  return {
    current: 'users',
    heading: t('privacy.export.heading'),
    facts: [{ label: t('admin.actions.user'), values: [identifier] }],
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

function erasePage(t: Translate, identifier: string, fault: string | null = null): ConfirmPage {
  return {
    current: 'users',
    heading: t('privacy.erase.heading'),
    facts: [{ label: t('admin.actions.user'), values: [identifier] }],
    sentences: t.lines('privacy.erase.sentences'),
    form: {
      postUrl: adminPaths.eraseUser(identifier),
      label: t('privacy.erase.button'),
      danger: true,
      field: { kind: 'text', name: 'identifier', label: t('privacy.erase.label'), fault },
    },
    sample: null,
    back: backTo(t, identifier),
  };
}

function renamePage(t: Translate, identifier: string, fault: string | null = null): ConfirmPage {
  return {
    current: 'users',
    heading: t('privacy.rename.heading'),
    facts: [{ label: t('admin.actions.user'), values: [identifier] }],
    sentences: t.lines('privacy.rename.sentences'),
    form: {
      postUrl: adminPaths.renameUser(identifier),
      label: t('privacy.rename.button'),
      danger: true,
      field: { kind: 'text', name: 'identifier', label: t('privacy.rename.label'), fault },
    },
    sample: null,
    back: backTo(t, identifier),
  };
}

/** Sends pieces as they are taken. A client that goes away midway ends it. */
async function sendPieces(response: Response, pieces: AsyncIterable<string>): Promise<void> {
  response.type('application/json').attachment('user.json');
  await pipeline(Readable.from(pieces, { objectMode: true, highWaterMark: 1 }), response).catch((error) => {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

/** All that is held about one person: taken out, moved to another identifier, and erased. */
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
    response.render('pages/admin/confirm', erasePage(request.t, identifierParam(request)));
  });

  const typed = z.object({ identifier: anything });
  const erase = adminActions(audit)(typed, async ({ request, form, actor, info }) => {
    const { t } = request;
    const identifier = identifierParam(request);
    if (form.identifier !== identifier) {
      return { view: 'pages/admin/confirm', page: erasePage(t, identifier, t('privacy.erase.mismatch')) };
    }
    const done = await privacy.eraseUser(identifier, actor, info);
    const { titleOf } = await readConnectionNames(catalogue);
    const sentence = erasedSentence(t, done, done.disconnected.map(titleOf));
    return { to: adminPaths.users(), notice: { tone: 'active', sentence } };
  });
  router.post(adminRoutes.eraseUser, requireAdmin, erase);

  router.get(adminRoutes.renameUser, requireAdmin, (request, response) => {
    response.render('pages/admin/confirm', renamePage(request.t, identifierParam(request)));
  });

  const renamed = z.object({ identifier: z.string() });
  const rename = adminActions(audit)(renamed, async ({ request, form, actor, info }) => {
    const { t } = request;
    const former = identifierParam(request);
    const identifier = request.canonical(form.identifier);
    const unusable = identifierFault(identifier);
    const again = (fault: string) => ({
      view: 'pages/admin/confirm',
      page: renamePage(t, former, fault),
    });
    if (unusable !== null) return again(t(`identity.identifierFaults.${unusable}`));
    try {
      const { connected } = await privacy.renaming.rename(former, identifier, actor, info);
      const count = connected.length;
      const sentence =
        count === 0 ? t('privacy.rename.done') : t('privacy.rename.doneConnected', { count, former });
      return { to: adminPaths.user(identifier), notice: { tone: 'active', sentence } };
    } catch (error) {
      if (error instanceof DomainError && error.status === 409) return again(error.told.detail(t));
      throw error;
    }
  });
  router.post(adminRoutes.renameUser, requireAdmin, rename);

  return router;
}
