import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import {
  callbackOf,
  goToProvider,
  headingOf,
  type OpenidApp,
  signInAs,
  startOpenidApp,
} from '../../support/openidApp.js';
import { createPostgresDatabase, type PostgresDatabase } from '../../support/postgresDatabase.js';
import { Surfer } from '../../support/surfer.js';
import type { TestApp } from '../../support/testApp.js';

describe.each(['sqlite', 'postgres'] as const)('two instances on one database, %s', (kind) => {
  let postgres: PostgresDatabase | null = null;
  let one: OpenidApp;
  let two: TestApp;

  beforeEach(async () => {
    postgres = kind === 'postgres' ? await createPostgresDatabase() : null;
    one = await startOpenidApp(postgres === null ? {} : { databaseUrl: postgres.url });
    two = await one.another();
  });

  afterEach(async () => {
    await one.close();
    await postgres?.drop();
  });

  const isSignedIn = async (surfer: Surfer, app: TestApp) =>
    (await surfer.ask(`${app.url}/account`)).status === 200;

  it('take turns in one sign-in, and give its try to one of them only', async () => {
    const surfer = new Surfer();
    const callback = await callbackOf(surfer, await goToProvider(surfer, one.url), 'ada');
    const answers = await Promise.all(
      [one, two, one, two].map(({ url }) => surfer.ask(callback.replace(one.url, url))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 400, 400, 400]);
    const again = await signInAs('ada', two.url, { surfer: new Surfer() });
    expect(again.landing.status).toBe(200);
  });

  it('know of a sign-in at once, and of a sign-out everywhere', async () => {
    const { surfer: phone } = await signInAs('ada', one.url);
    const { surfer: laptop } = await signInAs('ada', one.url);
    const { surfer: bob } = await signInAs('bob', one.url);
    expect([await isSignedIn(phone, two), await isSignedIn(laptop, two)]).toEqual([true, true]);
    const page = await phone.go(`${two.url}/account`);
    await phone.submit(page, 'Sign out everywhere', { stopAt: () => true });
    for (const app of [one, two]) {
      expect([await isSignedIn(phone, app), await isSignedIn(laptop, app)]).toEqual([false, false]);
      expect(await isSignedIn(bob, app)).toBe(true);
    }
  });

  it('do not bring a session back to life by a request that was under way on the other', async () => {
    const { surfer: phone } = await signInAs('ada', one.url);
    const { surfer: laptop } = await signInAs('ada', one.url);
    // A session without its token is changed, and so written, by the next request.
    const rows = await one.deps.db
      .selectFrom('sessions')
      .selectAll()
      .where('identifier', '=', 'ada')
      .execute();
    for (const { idHash, data } of rows) {
      const { csrfToken: _, ...rest } = JSON.parse(data) as Record<string, unknown>;
      const changed = one.deps.db.updateTable('sessions').set({ data: JSON.stringify(rest) });
      await changed.where('idHash', '=', idHash).execute();
    }
    const held = one.gateway.script.hold('listConnectedAccounts');
    one.deps.reader.drop('ada');
    const underWay = laptop.go(`${one.url}/connections`);
    await held.arrived;
    const page = await phone.go(`${two.url}/account`);
    await phone.submit(page, 'Sign out everywhere', { stopAt: () => true });
    held.release();
    expect((await underWay).status).toBe(200);
    expect([await isSignedIn(laptop, one), await isSignedIn(laptop, two)]).toEqual([false, false]);
  });

  it('tell whoever signs in too late so, also on the instance that did not begin it', async () => {
    const surfer = new Surfer();
    const callback = await callbackOf(surfer, await goToProvider(surfer, one.url), 'ada');
    await one.deps.db
      .updateTable('signInTries')
      .set({ expiresAt: Date.now() - 1 })
      .execute();
    await two.deps.tidy();
    const page = await surfer.go(callback.replace(one.url, two.url));
    expect(headingOf(page)).toBe('You are not signed in');
    expect(page.text).toContain(
      'The sign-in took longer than 10 minutes, so it no longer counts. Start again.',
    );
  });
});
