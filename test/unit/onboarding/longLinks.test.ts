import type { ApiClient } from '../../../server/identity/clients/apiClient.js';
import type { OnboardingRequest } from '../../../server/onboarding/onboardingRequest.js';
import type { Started } from '../../../server/onboarding/onboardingSessions.js';
import type { Database } from '../../../server/store/database/database.js';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';
import {
  aClient,
  ada,
  anInstance,
  aRequest,
  bob,
  codeIn,
  type Instance,
  info,
  tokenIn,
} from './onboardings.js';

const hour = 3_600_000;
const day = 24 * hour;

describe.each(databaseKinds)('links that live for days on %s', (kind) => {
  let database: TempDatabase;
  let second: Database;
  let here: Instance;
  let there: Instance;
  let acme: ApiClient;

  beforeAll(async () => {
    database = await openTempDatabase(kind);
    // One instance at a time has the embedded database, on one connection.
    second = kind === 'sqlite' ? { ...database, close: async () => undefined } : await database.openAgain();
  });

  beforeEach(async () => {
    for (const table of ['onboardingSessions', 'auditEvents', 'flows'] as const) {
      await database.db.deleteFrom(table).execute();
    }
    here = anInstance(database);
    there = anInstance(second, { gateway: here.gateway });
    acme = await aClient(here);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  afterAll(async () => {
    await second.close();
    await database.close();
  });

  const laterBy = (ms: number) => {
    jest.restoreAllMocks();
    const now = Date.now() + ms;
    jest.spyOn(Date, 'now').mockImplementation(() => now);
  };

  async function aLink(changes: Partial<OnboardingRequest> = {}) {
    const asked = aRequest({ openMinutes: 14 * 24 * 60, ...changes });
    const { id, url } = await here.creation.create(acme, asked, null, info);
    return { id, token: tokenIn(url) };
  }

  async function start(token: string, { sessions } = here): Promise<Started> {
    const started = await sessions.start(token, info);
    if (started === null) throw new Error('it did not start');
    return started;
  }

  async function nonceOf({ session, cookie }: Started): Promise<string> {
    const url = await here.sessions.confirmUrlOf(session, cookie);
    return new URL(url ?? '').searchParams.get('nonce') ?? '';
  }

  /** The other app says who is at the browser. @returns the code that it goes on with */
  async function told(started: Started, identifier: string): Promise<string> {
    const said = { nonce: await nonceOf(started), identifier };
    return codeIn(await there.sessions.confirm(acme, started.session.id, said, info));
  }

  const goOn = ({ session, cookie }: Started, code: string) =>
    here.sessions.continueWith(session.id, code, cookie, info);

  const find = (id: string) => here.sessions.find(acme, id);
  const refusal = (code: string) => expect.objectContaining({ code });

  const audited = async () => {
    const rows = await database.db
      .selectFrom('auditEvents')
      .select('type')
      .where('type', 'not like', 'client.%')
      .execute();
    return rows.map(({ type }) => type).sort();
  };

  it('are used up by the check alone: each start takes the place of the one before', async () => {
    const { id, token } = await aLink();
    const first = await start(token);
    const code = await told(first, ada);
    const next = await start(token, there);
    expect(await there.sessions.ofCookie(first.cookie)).toBeNull();
    // What the first browser has is worth nothing any more: its cookie, its nonce and its code.
    expect(await goOn(first, code)).toBeNull();
    expect(await here.sessions.continueWith(id, code, next.cookie, info)).toBeNull();
    await expect(told(first, ada)).rejects.toEqual(refusal('nonce_unknown'));
    await expect(told(first, bob)).rejects.toEqual(refusal('nonce_unknown'));
    expect(await find(id)).toMatchObject({ status: 'started', checkedAt: null, confirmedAt: null });
    expect(await goOn(next, await told(next, ada))).toMatchObject({ id, status: 'started' });
    expect(await here.sessions.lookAt(token)).toMatchObject({ startable: false });
    expect(await here.sessions.start(token, info)).toBeNull();
    expect(await audited()).toEqual([
      'onboarding.confirmed',
      'onboarding.confirmed',
      'onboarding.continued',
      'onboarding.created',
      'onboarding.started',
      'onboarding.started_again',
    ]);
  });

  it('are had by the last of many that start at the same time, on two instances', async () => {
    const { token } = await aLink();
    const tries = [here, there, here, there, here, there].map((instance) => start(token, instance));
    const started = await Promise.all(tries);
    const known = await here.sessions.ofCookies(started.map(({ cookie }) => cookie));
    expect(known).toHaveLength(1);
    const events = (await audited()).filter((type) => type.startsWith('onboarding.started'));
    expect(events).toEqual(['onboarding.started', ...Array(5).fill('onboarding.started_again')]);
  });

  it('have one winner of a check and a start at the same time', async () => {
    for (let count = 0; count < 5; count += 1) {
      const { id, token } = await aLink();
      const first = await start(token);
      const code = await told(first, ada);
      const [passed, next] = await Promise.all([goOn(first, code), there.sessions.start(token, info)]);
      expect([passed === null, next === null].sort()).toEqual([false, true]);
      const holder = passed === null ? next?.cookie : first.cookie;
      expect(await here.sessions.ofCookie(holder ?? '')).toMatchObject({ id });
      expect((await find(id)).checkedAt !== null).toBe(passed !== null);
    }
  });

  it('let nobody past the check whom a later start has replaced, though it was them who signed in', async () => {
    const { id, token } = await aLink({ userCheck: 'sign_in' });
    const first = await start(token);
    const next = await start(token, there);
    expect(await here.sessions.signedInAs(first, ada, info)).toBeNull();
    expect((await find(id)).checkedAt).toBeNull();
    expect(await here.sessions.signedInAs(next, bob, info)).toBeNull();
    expect(await here.sessions.signedInAs(next, ada, info)).toMatchObject({ id });
    expect(await here.sessions.start(token, info)).toBeNull();
  });

  it('turn a wrong user away, who takes nothing, and wait on for their own', async () => {
    const { id, token } = await aLink();
    const colleague = await start(token);
    const code = await told(colleague, ada);
    await expect(told(colleague, bob)).rejects.toMatchObject({ code: 'other_user' });
    // Whatever had been confirmed in that browser before.
    expect(await goOn(colleague, code)).toBeNull();
    expect(await find(id)).toMatchObject({ status: 'started', checkedAt: null, outcomes: null });
    const own = await start(token);
    expect(await goOn(own, await told(own, ada))).toMatchObject({ id });
    expect((await audited()).filter((type) => type.startsWith('security.'))).toEqual([
      'security.onboarding_other_user',
    ]);
  });

  it('let the same browser try again, once its user is the right one', async () => {
    const { token } = await aLink();
    const started = await start(token);
    await expect(told(started, bob)).rejects.toMatchObject({ code: 'other_user' });
    expect(await goOn(started, await told(started, ada))).not.toBeNull();
  });

  it('end what is under way when another user turns up after the check', async () => {
    const { id, token } = await aLink();
    const started = await start(token);
    await goOn(started, await told(started, ada));
    await expect(told(started, bob)).rejects.toMatchObject({ code: 'other_user' });
    expect(await find(id)).toMatchObject({ status: 'cancelled' });
  });

  it('last for as long as was asked for, through starts that came to nothing', async () => {
    const { id, token } = await aLink();
    await start(token);
    laterBy(5 * day);
    await here.sessions.tidy(0);
    expect(await find(id)).toMatchObject({ status: 'started' });
    laterBy(14 * day - hour);
    const late = await start(token);
    // Who started in time has the time to pass the check.
    laterBy(14 * day + hour);
    expect(await here.sessions.start(token, info)).toBeNull();
    expect(await here.sessions.lookAt(token)).toMatchObject({ startable: false });
    const session = await goOn(late, await told(late, ada));
    expect(session?.expiresAt).toBe(Date.now() + day);
    laterBy(15 * day + hour);
    expect(await find(id)).toMatchObject({ status: 'expired' });
  });

  it('are over after that when nobody started, and so it is written down', async () => {
    const { id, token } = await aLink();
    laterBy(14 * day);
    expect(await here.sessions.start(token, info)).toBeNull();
    await here.sessions.tidy(0);
    expect(await find(id)).toMatchObject({ status: 'expired', startedAt: null });
    expect(await audited()).toContain('onboarding.expired');
  });

  it.each([
    ['open', false],
    ['started', true],
  ])('end with their app’s word while they are %s, and with its key', async (_name, isStarted) => {
    const [cancelled, revoked] = [await aLink(), await aLink()];
    const started = isStarted ? [await start(cancelled.token), await start(revoked.token)] : [];
    await here.sessions.cancel(acme, cancelled.id, info);
    expect(await there.sessions.start(cancelled.token, info)).toBeNull();
    await here.apiClients.update(acme.id, { ...acme, scopes: ['status:read'] }, { actor: 'command' });
    expect(await there.sessions.start(revoked.token, info)).toBeNull();
    await here.apiClients.update(acme.id, acme, { actor: 'command' });
    expect(await there.sessions.start(revoked.token, info)).not.toBeNull();
    await here.apiClients.revoke(acme.id, { actor: 'command' });
    expect(await there.sessions.start(revoked.token, info)).toBeNull();
    for (const { cookie } of started)
      expect((await here.sessions.ofCookie(cookie))?.checkedAt ?? null).toBeNull();
  });

  it('are those of more than an hour: one of an hour is used up by its first start', async () => {
    const { token } = await aLink({ openMinutes: 60 });
    const first = await start(token);
    expect(await there.sessions.start(token, info)).toBeNull();
    expect(first.session).toMatchObject({ restartUntil: null, expiresAt: expect.any(Number) });
    await expect(told(first, bob)).rejects.toMatchObject({ code: 'other_user' });
    expect(await find(first.session.id)).toMatchObject({ status: 'cancelled' });
    const longer = await aLink({ openMinutes: 61 });
    await start(longer.token);
    expect(await there.sessions.start(longer.token, info)).not.toBeNull();
  });
});
