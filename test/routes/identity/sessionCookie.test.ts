import { afterEach, describe, expect, it } from '../../support/jest.js';
import { type SandboxedApp, startSandboxedApp } from '../../support/testApp.js';
import { Visitor } from '../../support/visitor.js';

const hour = 3_600_000;
let app: SandboxedApp;

afterEach(() => app.close());

/** When the browser forgets the session's cookie: its time, `never set` by this answer, or `with the browser`. */
function endOf({ headers }: { readonly headers: object }): number | 'not set' | 'with the browser' {
  const cookies = ((headers as Record<string, unknown>)['set-cookie'] ?? []) as string[];
  const cookie = cookies.find((one) => one.startsWith('connect='));
  if (cookie === undefined) return 'not set';
  const [, expires] = /; Expires=([^;]*)/.exec(cookie) ?? [];
  return expires === undefined ? 'with the browser' : Date.parse(expires);
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
});
