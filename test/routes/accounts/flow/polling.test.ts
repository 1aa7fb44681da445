import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { Visitor } from '../../../support/visitor.js';
import { ada, bob, type JourneyApp, startJourneyApp } from './journeys.js';

const minute = 60_000;

let app: JourneyApp;
let visitor: Visitor;
let path: string;

beforeEach(async () => {
  app = await startJourneyApp();
  visitor = await app.signIn(ada);
  const { flowId } = await app.connect(visitor);
  path = `/connections/gmail/status.json?flow=${flowId}`;
});

afterEach(() => app.close());

const expiries = async () => {
  const rows = await app.deps.db.selectFrom('sessions').select('expiresAt').execute();
  return rows.map(({ expiresAt }) => expiresAt);
};

/** Lets the session end earlier than it does while it is used. */
async function endSessionsIn(ms: number): Promise<number> {
  const expiresAt = Date.now() + ms;
  await app.deps.db.updateTable('sessions').set({ expiresAt }).execute();
  return expiresAt;
}

describe('a poll', () => {
  it('reads its session from the database, so that one which was ended elsewhere is over at once', async () => {
    expect((await visitor.getJson(path)).status).toBe(200);
    await app.deps.sessionStore.destroyAllOf(ada);
    expect((await visitor.getJson(path)).status).toBe(401);
  });

  it('is refused with a session that has expired', async () => {
    await endSessionsIn(-1);
    expect((await visitor.getJson(path)).status).toBe(401);
  });

  it('prolongs its session, and its cookie with it', async () => {
    const before = await endSessionsIn(10 * minute);
    const { headers } = await visitor.getJson(path);
    expect(headers['set-cookie']?.[0]).toMatch(/^connect=s%3A[^;]+; Max-Age=\d+; Path=\/;.* HttpOnly/);
    expect((await expiries()).every((expiresAt) => expiresAt > before + minute)).toBe(true);
    // Once a minute is enough.
    expect((await visitor.getJson(path)).headers['set-cookie']).toBeUndefined();
  });

  it('knows no flow of another user', async () => {
    const other = await app.signIn(bob);
    expect((await other.getJson(path)).status).toBe(404);
    expect((await other.getJson(path)).body).toMatchObject({ code: 'flow_unknown' });
  });

  it.each(['', 's:', 's:made-up', 's:made-up.signature', 'made-up', 'ended'])(
    'is nobody’s with a cookie that we did not sign: "%s"',
    async (value) => {
      const { status, headers } = await new Visitor(app.url).getJson(path, {
        Cookie: `connect=${encodeURIComponent(value)}`,
      });
      expect(status).toBe(401);
      expect(headers['set-cookie']).toBeUndefined();
    },
  );
});
