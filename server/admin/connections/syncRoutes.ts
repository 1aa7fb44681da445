import { Router } from 'express';
import type { SyncProgress } from '../../directory/directory.js';
import { requestInfo } from '../../http/requestInfo.js';
import { currentPrincipal } from '../../identity/guards.js';
import { isoTime } from '../../kernel/times.js';
import { adminPaths, adminRoutes } from '../../paths.js';
import type { Translate } from '../../words/words.js';
import type { AdminDeps } from '../adminDeps.js';
import { leaveNotice } from '../adminNotice.js';
import { progressText } from '../overview/overviewPage.js';

const timeOf = (at: number | null): string | null => (at === null ? null : isoTime(at));

/** What scripts read of a sync. */
const toJson = (t: Translate, progress: SyncProgress) => ({
  running: progress.running,
  started_at: timeOf(progress.startedAt),
  finished_at: timeOf(progress.finishedAt),
  as_of: timeOf(progress.asOf),
  fault: progress.fault,
  accounts: progress.accounts,
  total: progress.total,
  sentence: progressText(t, progress.accounts, progress.total),
  connections: progress.connections.map(({ name, accounts, total, finishedAt }) => ({
    name,
    accounts,
    total,
    finished: finishedAt !== null,
  })),
});

/** Reading all accounts into the directory: asked for, and how far it is. */
export function syncRoutes({ directory, audit, requireViewer, requireAdmin }: AdminDeps): Router {
  const router = Router();

  router.post(adminRoutes.sync, requireAdmin, async (request, response) => {
    const { key } = currentPrincipal(request);
    const begun = await directory.requestSync(key);
    await audit.record({ type: 'admin.sync_requested', actor: key, ...requestInfo(request) });
    leaveNotice(request, {
      tone: 'quiet',
      sentence: request.t(begun ? 'admin.sync.begun' : 'admin.sync.goesOn'),
    });
    response.redirect(303, adminPaths.overview);
  });

  router.get(adminRoutes.syncJson, requireViewer, async ({ t }, response) => {
    response.json(toJson(t, await directory.progress()));
  });

  return router;
}
