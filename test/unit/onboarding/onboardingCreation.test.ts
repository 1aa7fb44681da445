import type { ApiClient } from '../../../server/identity/clients/apiClient.js';
import type { Database } from '../../../server/store/database/database.js';
import { afterEach, beforeEach, describe, expect, it, jest } from '../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';
import {
  aClient,
  ada,
  anInstance,
  aRequest,
  bob,
  type Instance,
  info,
  secret,
  tokenIn,
} from './onboardings.js';

const day = 24 * 3_600_000;

describe.each(databaseKinds)('making onboardings on %s', (kind) => {
  let database: TempDatabase;
  let second: Database;
  let here: Instance;
  let there: Instance;
  let acme: ApiClient;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    // Two connections to one SQLite file would wait for each other's transactions in one thread.
    second = kind === 'sqlite' ? database : await database.openAgain();
    here = anInstance(database);
    there = anInstance(second);
    acme = await aClient(here);
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    if (second !== database) await second.close();
    await database.close();
  });

  const made = () => database.db.selectFrom('onboardingSessions').selectAll().execute();
  const refusal = (code: string) => expect.objectContaining({ code });

  it('makes one for each request without a key', async () => {
    const [one, two] = [
      await here.creation.create(acme, aRequest(), null, info),
      await here.creation.create(acme, aRequest(), null, info),
    ];
    expect(one.id).not.toBe(two.id);
    expect(one.url).not.toBe(two.url);
    expect(await made()).toHaveLength(2);
  });

  it('answers the same request under the same key as the first time, also after the start and on another instance', async () => {
    const first = await here.creation.create(acme, aRequest(), 'a-key', info);
    expect(await there.creation.create(acme, aRequest(), 'a-key', info)).toEqual(first);
    await here.sessions.start(tokenIn(first.url), info);
    expect(await there.creation.create(acme, aRequest(), 'a-key', info)).toEqual(first);
    expect(await made()).toHaveLength(1);
    const events = await database.db.selectFrom('auditEvents').select('type').execute();
    expect(events.filter(({ type }) => type === 'onboarding.created')).toHaveLength(1);
  });

  it('answers with the first address after the secret was rotated', async () => {
    const first = await here.creation.create(acme, aRequest(), 'a-key', info);
    const rotated = anInstance(database, { secrets: ['the secret that comes after it', secret] });
    expect(await rotated.creation.create(acme, aRequest(), 'a-key', info)).toEqual(first);
    const next = await rotated.creation.create(acme, aRequest(), 'another-key', info);
    expect(await rotated.sessions.lookAt(tokenIn(next.url))).toMatchObject({ startable: true });
  });

  it('makes one of many requests at the same time under one key, on two instances', async () => {
    const requests = [here, there, here, there, here, there].map(({ creation }) =>
      creation.create(acme, aRequest(), 'a-key', info),
    );
    const answers = await Promise.all(requests);
    expect(new Set(answers.map(({ url }) => url)).size).toBe(1);
    expect(await made()).toHaveLength(1);
    expect(await here.sessions.lookAt(tokenIn(answers[0]?.url ?? ''))).toMatchObject({ startable: true });
  });

  it('answers for one that is kept, also when the key of a request that was first is forgotten meanwhile', async () => {
    await here.creation.create(acme, aRequest(), 'an-earlier-key', info);
    let begun = 0;
    let over = 0;
    let begin: () => void = () => undefined;
    const bothBegun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    // What another instance does whose clock is ahead: it tidies as soon as the second request has lost.
    for (const { db } of new Set([database, second])) {
      const transaction = db.transaction.bind(db);
      jest.spyOn(db, 'transaction').mockImplementation(() => {
        const builder = transaction();
        const execute = builder.execute.bind(builder);
        return Object.assign(builder, {
          execute: (async (work) => {
            begun += 1;
            if (begun === 2) begin();
            await bothBegun;
            const result = await execute(work);
            over += 1;
            if (over === 2) await database.db.deleteFrom('idempotencyKeys').execute();
            return result;
          }) as typeof builder.execute,
        });
      });
    }
    const answers = await Promise.all([
      here.creation.create(acme, aRequest(), 'a-key', info),
      there.creation.create(acme, aRequest(), 'a-key', info),
    ]);
    expect(over).toBe(2);
    const kept = (await made()).map(({ id }) => id);
    for (const { id, url } of answers) {
      expect(kept).toContain(id);
      expect(await here.sessions.lookAt(tokenIn(url))).toMatchObject({ startable: true });
    }
    expect(answers[1]).toEqual(answers[0]);
  });

  it.each([
    ['another user', { identifier: bob }],
    ['another check', { userCheck: 'sign_in' as const }],
    ['another state', { state: null }],
    ['another order', { connections: [...aRequest().connections].reverse() }],
  ])('refuses %s under a key that was used', async (_, changes) => {
    await here.creation.create(acme, aRequest(), 'a-key', info);
    await expect(there.creation.create(acme, aRequest(changes), 'a-key', info)).rejects.toEqual(
      refusal('idempotency_key_reused'),
    );
    expect(await made()).toHaveLength(1);
  });

  it('keeps the keys of clients apart', async () => {
    const other = await aClient(here, { name: 'Other' });
    await here.creation.create(acme, aRequest(), 'a-key', info);
    await here.creation.create(other, aRequest({ identifier: bob }), 'a-key', info);
    expect((await made()).map(({ clientId }) => clientId).sort()).toEqual([acme.id, other.id].sort());
  });

  it('forgets a key after a day', async () => {
    const first = await here.creation.create(acme, aRequest(), 'a-key', info);
    const now = Date.now() + day;
    jest.spyOn(Date, 'now').mockImplementation(() => now);
    const again = await here.creation.create(acme, aRequest({ identifier: bob }), 'a-key', info);
    expect(again.id).not.toBe(first.id);
    await here.creation.tidy();
    expect(await database.db.selectFrom('idempotencyKeys').selectAll().execute()).toHaveLength(1);
  });

  it('keeps no key of a request that was refused', async () => {
    const wrong = aRequest({ returnUrl: 'https://acme.example.evil.example/back' });
    await expect(here.creation.create(acme, wrong, 'a-key', info)).rejects.toEqual(
      refusal('return_url_unregistered'),
    );
    await expect(here.creation.create(acme, aRequest(), 'a-key', info)).resolves.toBeDefined();
  });

  it('keeps neither the address nor the user with the key', async () => {
    const { url } = await here.creation.create(acme, aRequest(), 'a-key', info);
    const kept = JSON.stringify(await database.db.selectFrom('idempotencyKeys').selectAll().execute());
    expect(kept).not.toContain(tokenIn(url));
    expect(kept).not.toContain(ada);
  });
});
