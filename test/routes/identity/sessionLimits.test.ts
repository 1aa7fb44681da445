import { SessionStore } from '../../../server/store/sessionStore.js';
import { afterEach, beforeEach, describe, expect, it, jest } from '../../support/jest.js';
import { startTestApp, type TestApp } from '../../support/testApp.js';
import { Visitor } from '../../support/visitor.js';
import { ada, bob, type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';

let app: JourneyApp;

beforeEach(async () => {
  app = await startJourneyApp({ env: { SESSION_IDLE_MINUTES: '30', SESSION_MAX_HOURS: '1' } });
});

afterEach(async () => {
  jest.restoreAllMocks();
  await app.close();
});

const minute = 60_000;

/** Lets time pass, counted from now. */
function passTime(ms: number): void {
  const then = Date.now() + ms;
  jest.spyOn(Date, 'now').mockImplementation(() => then);
}

const isSignedIn = async (visitor: Visitor) => (await visitor.get('/account')).status === 200;

const sessionsOf = (identifier: string) =>
  app.deps.db.selectFrom('sessions').selectAll().where('identifier', '=', identifier).execute();

const signOutEverywhere = (visitor: Visitor) => visitor.post('/sign-out/everywhere');

describe('a session', () => {
  it('ends when it is not used for the idle time', async () => {
    const visitor = await app.signIn(ada);
    passTime(29 * minute);
    expect(await isSignedIn(visitor)).toBe(true);
    passTime(30 * minute);
    expect(await isSignedIn(visitor)).toBe(false);
  });

  it('ends at its longest time, however much it is used', async () => {
    const visitor = await app.signIn(ada);
    for (let step = 0; step < 3; step += 1) {
      passTime(19 * minute);
      expect(await isSignedIn(visitor)).toBe(true);
    }
    passTime(3 * minute);
    expect(await isSignedIn(visitor)).toBe(false);
  });

  it('begins to count anew at a sign-in', async () => {
    const visitor = await app.signIn(ada);
    passTime(20 * minute);
    await visitor.get('/account');
    passTime(20 * minute);
    await visitor.get('/account');
    await visitor.post('/sign-in', { identifier: bob });
    passTime(25 * minute);
    expect(await isSignedIn(visitor)).toBe(true);
  });
});

describe('signing out everywhere', () => {
  it('is offered on a page of the account, which is reached from every page', async () => {
    const visitor = await app.signIn(ada);
    expect((await visitor.get('/connections')).text).toContain('href="/account"');
    const page = await visitor.get('/account');
    expect(page.text).toContain(ada);
    expect(page.text).toContain('Sign out everywhere');
  });

  it('ends every session of the user, on every instance, and nobody else’s', async () => {
    const other: TestApp = await startTestApp({
      gateway: app.gateway,
      dataDir: app.deps.config.dataDir,
    });
    try {
      const [phone, laptop] = [await app.signIn(ada), await new Visitor(other.url).signIn(ada)];
      const bobs = await new Visitor(other.url).signIn(bob);
      const response = await signOutEverywhere(phone);
      expect([response.status, response.headers.location]).toEqual([303, '/sign-in']);
      expect([await isSignedIn(phone), await isSignedIn(laptop), await isSignedIn(bobs)]).toEqual([
        false,
        false,
        true,
      ]);
      expect(await sessionsOf(ada)).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it('is told to whoever listens, and written down', async () => {
    const visitor = await app.signIn(ada);
    const told: unknown[] = [];
    app.deps.events.subscribe((event) => told.push(event));
    await signOutEverywhere(visitor);
    expect(told).toContainEqual({ kind: 'sessions', identifier: ada });
    expect(await app.auditTypes()).toEqual(['user.signed_in', 'user.signed_out_everywhere']);
  });

  it('takes this session’s token and a signed-in user', async () => {
    const visitor = await app.signIn(ada);
    expect((await visitor.postWithToken(null, '/sign-out/everywhere')).status).toBe(403);
    expect(await isSignedIn(visitor)).toBe(true);
  });
});

describe('a request that is under way while its session ends', () => {
  it('does not bring it back to life, though it writes the session', async () => {
    const visitor = await app.signIn(ada);
    const device = await app.signIn(ada);
    // Without its token the session is changed, and so written, by the next request.
    for (const { idHash, data } of await sessionsOf(ada)) {
      const { csrfToken: _, ...rest } = JSON.parse(data) as Record<string, unknown>;
      await app.deps.db
        .updateTable('sessions')
        .set({ data: JSON.stringify(rest) })
        .where('idHash', '=', idHash)
        .execute();
    }
    const writes = jest.spyOn(SessionStore.prototype, 'set');
    app.deps.reader.drop(ada);
    const held = app.gateway.script.hold('listConnectedAccounts');
    const underWay = visitor.get('/connections');
    await held.arrived;
    await device.get('/account');
    await signOutEverywhere(device);
    expect(await sessionsOf(ada)).toEqual([]);
    writes.mockClear();
    held.release();
    await underWay;
    expect(writes).toHaveBeenCalledTimes(1);
    expect(await sessionsOf(ada)).toEqual([]);
    expect(await isSignedIn(visitor)).toBe(false);
  });
});
