import { adminPaths } from '../../../server/paths.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import type { Visitor } from '../../support/visitor.js';
import { type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';

const katherine = 'katherine@example.com';
const said = 'The sync with Scalekit has started.';

describe('what an admin page says of what was just done', () => {
  let app: JourneyApp;
  let admin: Visitor;

  beforeEach(async () => {
    app = await startJourneyApp({ env: { ADMIN_IDENTIFIERS: katherine } });
    admin = await app.signIn(katherine);
    await admin.get(adminPaths.overview);
    expect((await admin.post(adminPaths.sync)).status).toBe(303);
  });

  afterEach(() => app.close());

  it('is said once, by the next page', async () => {
    expect((await admin.get(adminPaths.overview)).text).toContain(said);
    expect((await admin.get(adminPaths.overview)).text).not.toContain(said);
  });

  it('waits for a page while scripts ask how far things are', async () => {
    await admin.getJson(adminPaths.syncJson);
    expect((await admin.get(adminPaths.users())).text).toContain(said);
  });

  it('is said to nobody else, and on no page of users', async () => {
    const other = await app.signIn(katherine);
    expect((await other.get(adminPaths.overview)).text).not.toContain(said);
    expect((await admin.get('/connections')).text).not.toContain(said);
    expect((await admin.get(adminPaths.overview)).text).toContain(said);
  });
});
