import { Router } from 'express';
import type { SyncProgress } from '../../directory/directory.js';
import { isoTime } from '../../kernel/times.js';
import { adminPaths, adminRoutes } from '../../paths.js';
import type { Translate } from '../../words/words.js';
import { adminActions, noFields } from '../adminAction.js';
import type { AdminDeps } from '../adminDeps.js';
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

  const refresh = adminActions(audit)(noFields, async ({ request, actor, record }) => {
    const begun = await directory.requestSync(actor);
    await record({ type: 'admin.sync_requested' });
    const sentence = request.t(begun ? 'admin.sync.begun' : 'admin.sync.goesOn');
    return { to: adminPaths.overview, notice: { tone: 'quiet', sentence } };
  });
  router.post(adminRoutes.sync, requireAdmin, refresh);

  router.get(adminRoutes.syncJson, requireViewer, async ({ t }, response) => {
    response.json(toJson(t, await directory.progress()));
  });

  return router;
}
