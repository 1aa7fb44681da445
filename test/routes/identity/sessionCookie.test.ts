import { afterEach, describe, expect, it } from '../../support/jest.js';
import { type SandboxedApp, startSandboxedApp } from '../../support/testApp.js';
import { Visitor } from '../../support/visitor.js';
import { anotherApp, pressStart } from '../onboarding/onboardingJourneys.js';

const hour = 3_600_000;
let app: SandboxedApp;

afterEach(() => app.close());

/** The session's cookies of an answer, as they are set. */
const cookiesOf = ({ headers }: { readonly headers: object }): string[] => {
  const cookies = ((headers as Record<string, unknown>)['set-cookie'] ?? []) as string[];
  return cookies.filter((one) => one.startsWith('connect='));
};

/** When the browser forgets the session's cookie: its time, `not set` by this answer, or `with the browser`. */
function endOf(answer: { readonly headers: object }): number | 'not set' | 'with the browser' {
  const cookies = cookiesOf(answer);
  expect(cookies.length).toBeLessThan(2);
  if (cookies[0] === undefined) return 'not set';
  const [, seconds] = /; Max-Age=(\d+)(;|$)/.exec(cookies[0]) ?? [];
  return seconds === undefined ? 'with the browser' : Date.now() + Number(seconds) * 1000;
}

const signInOf = async (visitor: Visitor) => {
  await visitor.get('/sign-in');
  return visitor.post('/sign-in', { identifier: 'ada' });
};

const shiftSessions = (ms: number) =>
  app.deps.db
    .updateTable('sessions')
    .set((row) => ({ createdAt: row('createdAt', '-', ms), expiresAt: row('expiresAt', '-', ms) }))
    .execute();

const isNear = (found: unknown, expected: number) =>
  expect(Math.abs(Number(found) - expected)).toBeLessThan(5 * 60_000);

describe('the session’s cookie', () => {
  it('lasts as long as the session, and is prolonged with it', async () => {
    app = await startSandboxedApp({ env: { SESSION_IDLE_MINUTES: '120', SESSION_MAX_HOURS: '5' } });
    const visitor = new Visitor(app.url);
    isNear(endOf(await signInOf(visitor)), Date.now() + 2 * hour);
    // The first page notes its language in the session.
    await visitor.get('/account');
    expect(endOf(await visitor.get('/account'))).toBe('not set');
    await shiftSessions(hour);
    isNear(endOf(await visitor.get('/account')), Date.now() + 2 * hour);
    expect(endOf(await visitor.get('/account'))).toBe('not set');
    // Near its limit the session can't be prolonged for long.
    await shiftSessions(1.5 * hour);
    await visitor.get('/account');
    await shiftSessions(1.4 * hour);
    const end = endOf(await visitor.get('/account'));
    isNear(end, Date.now() + 1.1 * hour);
    expect((await visitor.get('/account')).status).toBe(200);
  });

  it('ends with the browser where the operator wants that', async () => {
    app = await startSandboxedApp({ env: { SESSION_ENDS_WITH_BROWSER: 'true' } });
    const visitor = new Visitor(app.url);
    expect(endOf(await signInOf(visitor))).toBe('with the browser');
    await shiftSessions(hour);
    expect(endOf(await visitor.get('/account'))).toBe('not set');
    const acme = await anotherApp(app);
    const { path } = await acme.create({ user_check: 'none' });
    const started = await pressStart(new Visitor(app.url), path);
    const [cookie] = (started.headers['set-cookie'] as unknown as string[]).filter((one) =>
      one.startsWith('onboarding-obs_'),
    );
    expect(cookie).toMatch(/^onboarding-obs_[\w-]+=[\w-]+; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  it('opens nothing once the session was ended elsewhere', async () => {
    app = await startSandboxedApp();
    const [here, there] = [new Visitor(app.url), new Visitor(app.url)];
    await signInOf(here);
    await signInOf(there);
    await there.get('/account');
    await there.post('/sign-out/everywhere');
    expect((await here.get('/account')).status).toBe(303);
  });

  // At an OpenID provider a sign-in waits for a click where a session of this browser has ended, until it closes.
  it('says until the browser closes that its user has signed out, and no longer', async () => {
    app = await startSandboxedApp();
    const [here, there] = [new Visitor(app.url), new Visitor(app.url)];
    await signInOf(here);
    await signInOf(there);
    await there.get('/account');
    const left = await there.post('/sign-out/everywhere');
    expect(await app.deps.db.selectFrom('sessions').selectAll().execute()).toEqual([]);
    const late = await here.get('/account');
    expect(endOf(left)).toBe('with the browser');
    expect(cookiesOf(left)[0]).toMatch(/^connect=ended; Path=\/; HttpOnly; SameSite=Lax$/);
    // A request of another tab that comes too late must not take the cookie of a new sign-in away.
    expect(endOf(late)).toBe('not set');
    await here.get('/sign-in');
    isNear(endOf(await here.post('/sign-in', { identifier: 'ada' })), Date.now() + 12 * hour);
    expect((await here.get('/account')).status).toBe(200);
  });

  it('stays when it can’t be told whether its session has ended', async () => {
    app = await startSandboxedApp();
    const visitor = new Visitor(app.url);
    await signInOf(visitor);
    await app.deps.db.schema.alterTable('sessions').renameTo('sessions_away').execute();
    const answer = await visitor.get('/account');
    expect([answer.status, endOf(answer)]).toEqual([500, 'not set']);
    await app.deps.db.schema.alterTable('sessions_away').renameTo('sessions').execute();
    expect((await visitor.get('/account')).status).toBe(200);
  });
});
