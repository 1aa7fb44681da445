import { afterEach, attacks, beforeEach, describe, expect, it } from '../../support/jest.js';
import { type OpenidApp, signInAs, startOpenidApp } from '../../support/openidApp.js';
import { createPostgresDatabase, type PostgresDatabase } from '../../support/postgresDatabase.js';
import type { Surfer } from '../../support/surfer.js';
import type { TestApp } from '../../support/testApp.js';

describe.each(['sqlite', 'postgres'] as const)('two instances and a provider, %s', (kind) => {
  let postgres: PostgresDatabase | null = null;
  let one: OpenidApp;
  let two: TestApp;

  beforeEach(async () => {
    postgres = kind === 'postgres' ? await createPostgresDatabase() : null;
    one = await startOpenidApp({
      provider: { backchannelLogout: true },
      ...(postgres === null ? {} : { databaseUrl: postgres.url }),
    });
    two = await one.another();
  });

  afterEach(async () => {
    await one.close();
    await postgres?.drop();
  });

  const isSignedIn = async (surfer: Surfer, app: TestApp) =>
    (await surfer.ask(`${app.url}/account`)).status === 200;

  /** Signs out at the provider itself, as its other apps or its administrators do. */
  async function endAtProvider(surfer: Surfer): Promise<void> {
    const page = await surfer.go(`${one.provider.url}/session/end`);
    await surfer.submit(page, 'Sign out here too');
  }

  it('end what the provider ended, on both instances, and nothing of other browsers or users', async () => {
    attacks('provider-ends-sessions');
    const { surfer: phone } = await signInAs('ada', one.url);
    const { surfer: laptop } = await signInAs('ada', two.url);
    const { surfer: bob } = await signInAs('bob', one.url);
    expect([await isSignedIn(phone, one), await isSignedIn(phone, two)]).toEqual([true, true]);
    await endAtProvider(phone);
    for (const app of [one, two]) {
      expect([await isSignedIn(phone, app), await isSignedIn(laptop, app)]).toEqual([false, true]);
      expect(await isSignedIn(bob, app)).toBe(true);
    }
    expect(await one.audit()).toContainEqual({
      type: 'user.signed_out_by_provider',
      identifier: 'ada',
      detail: null,
    });
  });

  it('go on with the provider’s next key', async () => {
    const { surfer: first } = await signInAs('ada', one.url);
    await endAtProvider(first);
    expect(await isSignedIn(first, one)).toBe(false);
    one.provider.rotateKeys();
    const { surfer: second } = await signInAs('ada', one.url);
    await endAtProvider(second);
    expect(await isSignedIn(second, two)).toBe(false);
  });

  // On SQLite there is one instance, and changes reach no other one.
  it.each(kind === 'sqlite' ? (['one'] as const) : (['one', 'two'] as const))(
    'end the streams of open pages at instance %s, which is told at once',
    async (where) => {
      const app = where === 'one' ? one : two;
      const { surfer } = await signInAs('ada', one.url);
      const stream = await surfer.ask(`${app.url}/events`);
      const reader = stream.body?.getReader();
      await reader?.read();
      const told = new Promise((resolve) => {
        app.deps.events.subscribe((event) => {
          if (event.kind === 'sessions') resolve(event.identifier);
        });
      });
      await endAtProvider(surfer);
      expect(await told).toBe('ada');
      for (let done = false; !done; ) done = (await reader?.read())?.done ?? true;
    },
  );
});
