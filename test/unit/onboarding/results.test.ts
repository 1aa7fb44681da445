import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, errors, type JWK, jwtVerify } from 'jose';
import { createSealing } from '../../../server/kernel/sealed.js';
import type { OnboardingSession } from '../../../server/onboarding/onboardingSession.js';
import { createResultTokens, resultType } from '../../../server/onboarding/resultTokens.js';
import { createSigningKeyStore } from '../../../server/onboarding/signingKeyStore.js';
import { createSigningKeys } from '../../../server/onboarding/signingKeys.js';
import type { Database } from '../../../server/store/database/database.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';
import { ada, publicUrl, secret } from './onboardings.js';

const day = 24 * 3_600_000;

const session: OnboardingSession = {
  id: 'obs_1',
  clientId: 'acme',
  identifier: ada,
  displayName: null,
  connections: [{ name: 'gmail', required: true }],
  returnUrl: 'https://acme.example/back',
  confirmUrl: null,
  refreshUrl: null,
  state: 'its state',
  userCheck: 'none',
  locale: null,
  metadata: { plan: 'team' },
  status: 'complete',
  createdAt: 1,
  startedAt: 2,
  expiresAt: 3,
  confirmedAt: null,
  checkedAt: 2,
  restartUntil: null,
  skipped: [],
  outcomes: [{ name: 'gmail', required: true, outcome: { kind: 'connected', reason: null } }],
  endedAt: 2,
};

describe.each(databaseKinds)('results on %s', (kind) => {
  let database: TempDatabase;
  let now: number;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    now = Date.now();
  });

  afterEach(() => database.close());

  const keysOn = ({ db }: Database, secrets: readonly string[] = [secret]) =>
    createSigningKeys({
      store: createSigningKeyStore(db),
      sealing: createSealing(secrets, 'result signing keys'),
      now: () => now,
    });

  const sign = (keys = keysOn(database), changes: Partial<OnboardingSession> = {}) =>
    createResultTokens(keys, publicUrl).resultFor({ ...session, ...changes });

  /** As the other app does it. */
  const verify = async (
    token: string,
    { keys = keysOn(database), audience = 'acme', at = new Date() } = {},
  ) =>
    jwtVerify(token, createLocalJWKSet({ keys: await keys.publicKeys() }), {
      issuer: publicUrl,
      audience,
      typ: resultType,
      algorithms: ['ES256'],
      currentDate: at,
      clockTolerance: 60,
    });

  it('tell what became of the connections, to their client alone, for five minutes', async () => {
    const { payload, protectedHeader } = await verify(await sign());
    expect(payload).toMatchObject({
      iss: publicUrl,
      aud: 'acme',
      sub: ada,
      session_id: 'obs_1',
      status: 'complete',
      state: 'its state',
      metadata: { plan: 'team' },
      connections: [{ name: 'gmail', required: true, outcome: { kind: 'connected', reason: null } }],
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
    expect(protectedHeader.typ).toBe('onboarding-result+jwt');
    expect(payload.jti).not.toBe(decodeJwt(await sign()).jti);
  });

  it('are refused by an app that they are not for, after their time, and before it by more than clocks differ', async () => {
    attacks('return-proves-nothing');
    const token = await sign();
    await expect(verify(token, { audience: 'another' })).rejects.toBeInstanceOf(
      errors.JWTClaimValidationFailed,
    );
    const later = (ms: number) => ({ at: new Date(Date.now() + ms) });
    await expect(verify(token, later(5 * 60_000 + 30_000))).resolves.toBeDefined();
    await expect(verify(token, later(6 * 60_000 + 1_000))).rejects.toBeInstanceOf(errors.JWTExpired);
    await expect(verify(token, later(-30_000))).resolves.toBeDefined();
  });

  it('are refused when anything in them is changed', async () => {
    attacks('return-proves-nothing');
    const [header = '', payload = '', signature = ''] = (await sign()).split('.');
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = decodeJwt(`${header}.${payload}.${signature}`);
    const changed = encode({ ...claims, sub: 'bob@example.com' });
    const others = (await sign(keysOn(database), { identifier: 'bob@example.com' })).split('.')[2];
    const unsigned = encode({ alg: 'none', typ: resultType });
    for (const token of [
      `${header}.${changed}.${signature}`,
      `${header}.${payload}.${others}`,
      `${header}.${payload}.`,
      `${unsigned}.${payload}.`,
      `${encode({ ...decodeProtectedHeader(`${header}.${payload}.`), alg: 'HS256' })}.${payload}.${signature}`,
    ]) {
      await expect(verify(token)).rejects.toThrow();
    }
  });

  it('are signed with one key by two instances that make the first at the same time', async () => {
    const second = await database.openAgain();
    const instances = [database, second, database, second].map((one) => keysOn(one));
    const kids = (await Promise.all(instances.map((keys) => keys.current()))).map(({ kid }) => kid);
    expect(new Set(kids).size).toBe(1);
    expect(await keysOn(database).publicKeys()).toHaveLength(1);
    await second.close();
  });

  it('publish nothing of the private key, and keep it unreadable', async () => {
    await sign();
    const published = (await keysOn(database).publicKeys())[0] as JWK;
    expect(Object.keys(published).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    const rows = JSON.stringify(await database.db.selectFrom('signingKeys').selectAll().execute());
    expect(rows).not.toContain('"d"');
    expect(rows).not.toContain('\\"d\\"');
  });

  it('are signed with the same key after the secret was rotated, and a new one after it was lost', async () => {
    const { kid } = await keysOn(database).current();
    expect((await keysOn(database, ['the secret that comes after it', secret]).current()).kid).toBe(kid);
    const token = await sign();
    const anew = keysOn(database, ['a secret that has nothing to do with it']);
    expect((await anew.current()).kid).not.toBe(kid);
    await expect(verify(token)).resolves.toBeDefined();
    await expect(verify(await sign(anew))).resolves.toBeDefined();
  });

  it('are signed with a next key in time, which is published a day before, as the one before is for a day after', async () => {
    const keys = keysOn(database);
    await keys.rotate();
    const first = await keys.current();
    const published = async () => (await keys.publicKeys()).map(({ kid }) => kid);
    now += 88 * day;
    await keys.rotate();
    expect(await published()).toEqual([first.kid]);
    now += day;
    const second = await database.openAgain();
    await Promise.all([keys.rotate(), keysOn(second).rotate()]);
    expect(await published()).toHaveLength(2);
    expect((await keys.current()).kid).toBe(first.kid);
    now += day;
    const next = await keys.current();
    expect(next.kid).not.toBe(first.kid);
    expect((await keysOn(second).current()).kid).toBe(next.kid);
    await keys.rotate();
    expect(await published()).toEqual([next.kid, first.kid]);
    now += day;
    await keys.rotate();
    expect(await published()).toEqual([next.kid]);
    await second.close();
  });
});
