import { afterEach, attacks, describe, expect, it } from '../../support/jest.js';
import { webhookEnv } from '../../unit/webhooks/deliveries.js';
import { type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';

let app: JourneyApp;

afterEach(() => app.close());

const minute = 60_000;

/** Whether the log is read when it was read last so long ago. */
async function isReadAfter(ms: number): Promise<boolean> {
  const { db, webhooks } = app.deps;
  await db
    .updateTable('eventLogMarks')
    .set({ readUntil: Date.now() - ms })
    .execute();
  const before = app.gateway.script.count('listEvents');
  await webhooks.log.job.look();
  return app.gateway.script.count('listEvents') > before;
}

describe('Scalekit’s event log', () => {
  it.each([
    ['hour where webhooks are set up, which may be lost', webhookEnv, 60 * minute],
    ['minute where they are not', {}, minute],
  ])('is read every %s', async (_, env, everyMs) => {
    attacks('no-webhooks');
    app = await startJourneyApp({ env: env as Record<string, string> });
    // The first start begins it.
    await app.deps.webhooks.log.job.look();
    expect(await isReadAfter(everyMs - 30_000)).toBe(false);
    expect(await isReadAfter(everyMs + 1000)).toBe(true);
  });
});
