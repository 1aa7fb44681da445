import type { Page } from 'playwright-core';
import { adminPaths } from '../../../server/paths.js';
import { useStage } from '../../support/browser.js';
import { faultsOf } from '../../support/browserAudit.js';
import { arriveAt, button, link, signIn } from '../../support/browserSteps.js';
import { describe, expect, it } from '../../support/jest.js';
import type { SandboxedApp } from '../../support/testApp.js';
import { addMail } from '../../unit/notify/mails.js';

const admin = 'admin@example.com';
const env = { ADMIN_IDENTIFIERS: admin };
const stage = useStage({ env });

const longIdentifier = 'long'.repeat(25);

/** Many connections with long names, users that are stuck, events and mails in every state. */
async function fill({ deps, sandbox }: SandboxedApp): Promise<void> {
  const { db, audit, counts } = deps;
  for (let index = 0; index < 20; index += 1) {
    const name = `tool-${index}-${'x'.repeat(index * 3)}`;
    sandbox.control.setConnection(name, { provider: name, enabled: index % 4 !== 0 });
    const rows = ['active', 'pending', 'needs_verification', 'expired', 'disconnected', 'unknown'].map(
      (state, at) => ({
        connectionName: name,
        state,
        accounts: (index + 1) * 1000 - at * 150,
        stuck: at * 100,
      }),
    );
    await db.insertInto('directoryCounts').values(rows).execute();
    for (const kind of ['started', 'returned', 'verified', 'active', 'failed', 'expired'] as const) {
      for (let times = 0; times < 6; times += 1)
        await counts.add([{ kind, connectionName: name }], Date.now() - times * 86_400_000);
    }
  }
  for (const identifier of [longIdentifier, 'עברית@example.com']) {
    const user = { identifier, displayName: 'Somebody', firstSeenAt: 1, stuckSince: 1 };
    await db.insertInto('users').values(user).execute();
    await audit.record({ type: 'flow.failed', actor: null, identifier, detail: 'consent_denied' });
  }
  await audit.record({
    type: 'security.role_refused',
    actor: `user:${longIdentifier}`,
    address: '2001:db8::1',
  });
  await addMail(db, { identifier: longIdentifier, lastError: 'EENVELOPE 451' });
  const mailing = { filter: '{}', users: 12_345, createdBy: `user:${longIdentifier}`, goneThrough: 0 };
  for (const [id, endedAt] of Object.entries({ one: null, two: 5 })) {
    const row = { ...mailing, id, connectionName: `tool-19-${'x'.repeat(57)}`, createdAt: 1, endedAt };
    await db.insertInto('mailings').values(row).execute();
  }
  // Of one line each, so that one link is right above another, wherever that is.
  for (let length = 4; length < 20; length += 2) {
    const createdBy = `user:${'m'.repeat(length)}`;
    const row = { ...mailing, id: createdBy, connectionName: 'gmail', createdBy, createdAt: length };
    await db.insertInto('mailings').values(row).execute();
  }
  for (const end of ['sentAt', 'withdrawnAt', 'failedAt'] as const) await addMail(db, { [end]: 1 });
}

async function visitAll(page: Page, origin: string): Promise<void> {
  const all = [
    [adminPaths.overview, 'Overview'],
    [adminPaths.connections, 'Connections'],
    [adminPaths.activations(), 'Activated elsewhere'],
    [adminPaths.events(), 'Events'],
    [adminPaths.exportEvents({ type: 'flow', person: longIdentifier }), 'Export these events?'],
    [adminPaths.mails(), 'Mail'],
    [adminPaths.mailings(), 'Mailings'],
  ] as const;
  for (const [path, heading] of all) {
    await page.goto(origin + path);
    await arriveAt(page, heading);
    for (const summary of await page.locator('main summary').all()) await summary.click();
    expect({ path, faults: await faultsOf(page) }).toEqual({ path, faults: [] });
  }
}

describe('the admin pages that look', () => {
  it('are sound while there is nothing to see', async () => {
    const page = await stage.visit();
    await signIn(page, stage.app.url, admin);
    await visitAll(page, stage.app.url);
  });

  it('are sound with much to see, lead to each other, and follow a reading of the directory', async () => {
    const app = await stage.otherApp({ env });
    await fill(app);
    const page = await stage.visit();
    await signIn(page, app.url, admin);
    await visitAll(page, app.url);

    await page.goto(app.url + adminPaths.overview);
    const attention = page.getByRole('region', { name: 'Needs attention' });
    await attention.getByRole('listitem').filter({ hasText: 'Admin page refused' }).getByRole('link').click();
    await arriveAt(page, 'Events');
    expect(await page.getByRole('main').getByRole('listitem').count()).toBe(1);
    await link(page, 'Clear').click();
    await page.getByLabel('User').fill('עברית@example.com');
    await button(page, 'Show').click();
    await page.getByText('Reason: The user did not give access').waitFor();
    expect(await page.getByRole('main').getByRole('listitem').count()).toBe(1);

    await page.goto(app.url + adminPaths.overview);
    await button(page, 'Sync now').click();
    await page.locator('progress').waitFor();
    app.deps.directory.start();
    await page.getByText('Last full sync').waitFor();
    await app.deps.directory.stop();
  });
});
