import type { Page } from 'playwright-core';
import { adminPaths } from '../../../../server/paths.js';
import { useStage } from '../../../support/browser.js';
import { faultsOf } from '../../../support/browserAudit.js';
import { arriveAt, button, link, signIn } from '../../../support/browserSteps.js';
import { describe, expect, it } from '../../../support/jest.js';
import { connectionNames, oddUsers, seedDirectory } from '../../../support/seedDirectory.js';

const stage = useStage();
const long = oddUsers.find(({ identifier }) => identifier.length === 100)?.identifier ?? '';

async function asAdmin(): Promise<Page> {
  const page = await stage.visit();
  await signIn(page, stage.app.url, 'katherine@example.com');
  return page;
}

async function fill(): Promise<void> {
  const connections = connectionNames(20);
  for (const name of connections) stage.app.sandbox.control.setConnection(name, { provider: name });
  await seedDirectory(stage.app.deps.db, { users: 70, connections, accountsPerUser: 6 });
}

const top = async (page: Page, text: string | RegExp) => {
  const box = await page.getByRole('columnheader', { name: text }).boundingBox();
  return { x: Math.round(box?.x ?? 0), y: Math.round(box?.y ?? 0) };
};

describe('an admin at the users', () => {
  it('is told so while there is nobody', async () => {
    const page = await asAdmin();
    await stage.app.deps.db.deleteFrom('users').execute();
    await page.goto(stage.app.url + adminPaths.users());
    await page
      .getByText(
        'No users yet. They show up here when they sign in, or when Scalekit has a connection of theirs.',
      )
      .waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });

  it('reads the matrix with headers that stay, filters and turns pages, wide and narrow', async () => {
    await fill();
    const page = await asAdmin();
    await page.goto(stage.app.url + adminPaths.users());
    const region = page.getByRole('region', { name: 'Users' });
    await region.focus();
    const before = { user: await top(page, 'User'), last: await top(page, /tool.20/i) };
    await page.evaluate("document.querySelector('.matrix-scroll').scrollTo(400, 300)");
    const after = { user: await top(page, 'User'), last: await top(page, /tool.20/i) };
    expect(after.user).toEqual(before.user);
    expect(after.last.y).toBe(before.last.y);
    expect(after.last.x).toBeLessThan(before.last.x);
    await link(page, 'Next').click();
    await link(page, 'Previous').click();
    await page.getByLabel('Search').fill('abcdef');
    await page.getByLabel('Search').press('Enter');
    const row = page.getByRole('row').filter({ hasText: long });
    expect(await row.getByRole('cell', { name: 'Not connected' }).count()).toBeGreaterThan(5);
    expect(new URL(page.url()).searchParams.get('q')).toBe('abcdef');
    expect((await button(page, 'Show').boundingBox())?.height).toBeLessThan(48);
    // A page of a few rows has all that a full one has.
    expect(await faultsOf(page)).toEqual([]);
    await link(page, 'Clear').click();
    expect(page.url()).toBe(stage.app.url + adminPaths.users());
  });

  it('looks at one user, reads them anew, and is asked before an export', async () => {
    const page = await asAdmin();
    await page.goto(stage.app.url + adminPaths.user(long));
    expect(await faultsOf(page)).toEqual([]);
    await button(page, 'Check status now').click();
    await page.getByRole('status').filter({ hasText: 'The state is up to date.' }).waitFor();
    await page.getByText('This user has not connected anything.').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.goto(stage.app.url + adminPaths.exportUsers({ q: long }));
    await arriveAt(page, 'Export these users?');
    expect(await faultsOf(page)).toEqual([]);
    const [file] = await Promise.all([page.waitForEvent('download'), button(page, 'Export').click()]);
    expect(file.suggestedFilename()).toBe('users.csv');
  });
});
