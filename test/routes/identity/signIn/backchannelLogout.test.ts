import { createHmac, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { type ForgingIssuer, startForgingIssuer } from '../../../support/forgingIssuer.js';
import { afterAll, afterEach, attacks, beforeAll, describe, expect, it } from '../../../support/jest.js';
import { createMemoryGateway } from '../../../support/memoryGateway.js';
import { Surfer } from '../../../support/surfer.js';
import { startTestApp, type TestApp } from '../../../support/testApp.js';
import { databaseKinds, openTempDatabase, postgresOfThisFile } from '../../../unit/tempDatabase.js';
import { startJourneyApp } from '../../accounts/flow/journeys.js';

const event = 'http://schemas.openid.net/event/backchannel-logout';
const now = () => Math.floor(Date.now() / 1000);
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe.each(databaseKinds)('the end of sessions that the provider tells, on %s', (kind) => {
  let issuer: ForgingIssuer;
  let app: TestApp;
  let path: string;

  beforeAll(async () => {
    issuer = await startForgingIssuer();
    const env = issuer.env;
    if (kind === 'postgres') await (await openTempDatabase('postgres')).close();
    const databaseUrl = kind === 'postgres' ? { databaseUrl: (await postgresOfThisFile()).url } : {};
    app = await startTestApp({ gateway: createMemoryGateway(), env, ...databaseUrl });
    path = `${app.url}/sign-in/backchannel-logout`;
  });

  afterEach(async () => {
    issuer.forge({});
    for (const table of ['sessions', 'auditEvents', 'users', 'logoutTokens'] as const)
      await app.deps.db.deleteFrom(table).execute();
  });

  afterAll(async () => {
    await app.close();
    await issuer.close();
  });

  /** @param meanwhile happens between the exchange of the code and the end of the sign-in */
  async function signIn(
    claims: Record<string, unknown>,
    meanwhile: () => Promise<unknown> = async () => undefined,
  ): Promise<Surfer> {
    issuer.forge({ claims, userInfo: { sub: claims.sub ?? 'mallory' }, beforeUserInfo: meanwhile });
    const surfer = new Surfer();
    await surfer.submit(await surfer.go(`${app.url}/sign-in`), 'Sign in');
    return surfer;
  }

  const isSignedIn = async (surfer: Surfer) => (await surfer.ask(`${app.url}/account`)).status === 200;

  const claimsOf = (changes: Record<string, unknown> = {}): Record<string, unknown> => {
    const honest = { iss: issuer.url, aud: 'connect', iat: now(), jti: randomUUID(), sub: 'mallory' };
    const all = { ...honest, exp: now() + 120, events: { [event]: {} }, ...changes };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  };

  const signed = (claims: Record<string, unknown>, key: KeyObject = issuer.key, kid = 'own') =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'logout+jwt', kid }).sign(key);

  async function send(token: string): Promise<{ status: number; headers: Headers; text: string }> {
    const body = new URLSearchParams({ logout_token: token });
    const response = await fetch(path, { method: 'POST', body });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  const audit = async () => app.deps.db.selectFrom('auditEvents').select(['type', 'identifier']).execute();

  it('ends all sessions of a subject, and nobody else’s', async () => {
    attacks('provider-ends-sessions');
    const [phone, laptop] = [await signIn({ sid: 'one' }), await signIn({ sid: 'two' })];
    const other = await signIn({ sub: 'trudy', sid: 'three' });
    const answer = await send(await signed(claimsOf()));
    expect([answer.status, answer.headers.get('cache-control'), answer.text]).toEqual([200, 'no-store', '']);
    expect([await isSignedIn(phone), await isSignedIn(laptop), await isSignedIn(other)]).toEqual([
      false,
      false,
      true,
    ]);
    const ended = (await audit()).filter(({ type }) => type === 'user.signed_out_by_provider');
    expect(ended).toEqual([{ type: 'user.signed_out_by_provider', identifier: 'mallory' }]);
  });

  it.each([
    ['sid alone', { sub: undefined, sid: 'one' }],
    ['sid and sub', { sid: 'one' }],
  ])('ends the one session that %s means', async (_, changes) => {
    const [phone, laptop] = [await signIn({ sid: 'one' }), await signIn({ sid: 'two' })];
    expect((await send(await signed(claimsOf(changes)))).status).toBe(200);
    expect([await isSignedIn(phone), await isSignedIn(laptop)]).toEqual([false, true]);
  });

  it('ends what the provider named no session for by the subject, also when it names one', async () => {
    const surfer = await signIn({});
    expect((await send(await signed(claimsOf({ sid: 'one' })))).status).toBe(200);
    expect(await isSignedIn(surfer)).toBe(false);
  });

  it('ends nothing where the session is somebody else’s than the subject', async () => {
    const surfer = await signIn({ sid: 'one' });
    expect((await send(await signed(claimsOf({ sub: 'trudy', sid: 'one' })))).status).toBe(200);
    expect(await isSignedIn(surfer)).toBe(true);
  });

  describe('during a sign-in, after the code was exchanged,', () => {
    it.each([
      ['sub alone', { sid: 'one' }, {}],
      ['sid alone', { sid: 'one' }, { sub: undefined, sid: 'one' }],
      ['sid and sub', { sid: 'one' }, { sid: 'one' }],
      ['sid and sub, where the provider named no session', {}, { sid: 'one' }],
    ])('leaves no session that %s means', async (_, claims, ends) => {
      const surfer = await signIn(claims, async () => send(await signed(claimsOf(ends))));
      expect(await isSignedIn(surfer)).toBe(false);
      expect(await app.deps.db.selectFrom('sessions').selectAll().execute()).toEqual([]);
      const later = now() + 1;
      expect(await isSignedIn(await signIn({ ...claims, iat: later }))).toBe(true);
    });

    it.each([
      ['another session', () => ({ sid: 'two' })],
      ['another subject', () => ({ sub: 'trudy' })],
      ['an earlier time', () => ({ iat: now() - 60 })],
    ])('leaves the session that began when it means %s', async (_, ends) => {
      const surfer = await signIn({ sid: 'one' }, async () => send(await signed(claimsOf(ends()))));
      expect(await isSignedIn(surfer)).toBe(true);
    });
  });

  it('takes a token without exp and typ, with several audiences, half a minute off', async () => {
    const surfer = await signIn({ sid: 'one' });
    const claims = claimsOf({ exp: undefined, aud: ['other', 'connect'], iat: now() + 30 });
    const token = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'own' }).sign(issuer.key);
    expect((await send(token)).status).toBe(200);
    expect(await isSignedIn(surfer)).toBe(false);
  });

  const forged: readonly [string, () => Promise<string> | string][] = [
    [
      'signed with another key',
      () => signed(claimsOf(), generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
    ],
    [
      'with a key that nobody published',
      () => signed(claimsOf(), generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'unheard-of'),
    ],
    ['not signed', () => `${base64({ alg: 'none' })}.${base64(claimsOf())}.`],
    [
      'signed with the public key as if it were shared',
      async () => {
        const { keys } = (await (await fetch(`${issuer.url}/jwks`)).json()) as { keys: object[] };
        const content = `${base64({ alg: 'HS256', kid: 'own' })}.${base64(claimsOf())}`;
        const pem = JSON.stringify(keys[0]);
        return `${content}.${createHmac('sha256', pem).update(content).digest('base64url')}`;
      },
    ],
    [
      'whose claims were changed after it was signed',
      async () => {
        const [header = '', , signature = ''] = (await signed(claimsOf({ sub: 'trudy' }))).split('.');
        return `${header}.${base64(claimsOf())}.${signature}`;
      },
    ],
    ['of another issuer', () => signed(claimsOf({ iss: 'https://other.example' }))],
    ['for another client', () => signed(claimsOf({ aud: 'another' }))],
    ['without an audience', () => signed(claimsOf({ aud: undefined }))],
    ['with a nonce, as an ID token has', () => signed(claimsOf({ nonce: 'n' }))],
    ['without events', () => signed(claimsOf({ events: undefined }))],
    ['with another event', () => signed(claimsOf({ events: { 'https://other.example/event': {} } }))],
    ['whose event is no object', () => signed(claimsOf({ events: { [event]: true } }))],
    ['that is seven minutes old', () => signed(claimsOf({ iat: now() - 420 }))],
    ['of the future', () => signed(claimsOf({ iat: now() + 300 }))],
    ['without a time', () => signed(claimsOf({ iat: undefined }))],
    ['that has expired', () => signed(claimsOf({ iat: now() - 200, exp: now() - 90 }))],
    ['without an id', () => signed(claimsOf({ jti: undefined }))],
    ['about nobody', () => signed(claimsOf({ sub: undefined }))],
    ['whose subject is no text', () => signed(claimsOf({ sub: 7 }))],
    ['that is none', () => 'nothing'],
  ];

  it.each(forged)('is not taken from a token %s', async (_, make) => {
    attacks('post-with-proof');
    const surfer = await signIn({ sid: 'one' });
    const answer = await send(await make());
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([400, 'no-store']);
    expect(JSON.parse(answer.text)).toEqual({
      error: 'invalid_request',
      error_description: expect.any(String),
    });
    expect(await isSignedIn(surfer)).toBe(true);
    expect((await audit()).map(({ type }) => type)).toEqual(['user.signed_in']);
    expect(await app.deps.db.selectFrom('logoutTokens').selectAll().execute()).toEqual([]);
  });

  it('takes each token once, however often and at how many places at once it is sent', async () => {
    const token = await signed(claimsOf());
    const answers = await Promise.all([send(token), send(token), send(token)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
    // By the provider's clock, which counts in seconds, the sign-in has to come after the token.
    const surfer = await signIn({ sid: 'one', iat: now() + 1 });
    expect((await send(token)).status).toBe(400);
    expect(await isSignedIn(surfer)).toBe(true);
  });

  it('forgets a token only when nobody would take it any more', async () => {
    const token = await signed(claimsOf());
    await send(token);
    await app.deps.tidy();
    expect((await send(token)).status).toBe(400);
    await app.deps.db
      .updateTable('logoutTokens')
      .set({ expiresAt: Date.now() - 1 })
      .execute();
    await app.deps.tidy();
    expect(await app.deps.db.selectFrom('logoutTokens').selectAll().execute()).toEqual([]);
  });

  it.each([
    ['too much', () => ({ body: new URLSearchParams({ logout_token: 'x'.repeat(20_000) }) }), 413],
    ['JSON', () => ({ body: '{"logout_token":"x"}', headers: { 'content-type': 'application/json' } }), 400],
    ['nothing', () => ({}), 400],
    ['the token twice', () => ({ body: new URLSearchParams('logout_token=x&logout_token=y') }), 400],
  ] as const)('refuses %s', async (_, request, status) => {
    const response = await fetch(path, { method: 'POST', ...request() });
    expect([response.status, response.headers.get('cache-control')]).toEqual([status, 'no-store']);
    await response.arrayBuffer();
  });

  it('takes the provider’s next key at once, and does not ask for the keys again for each made-up one', async () => {
    await send(await signed(claimsOf()));
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    issuer.publish('next', publicKey);
    expect((await send(await signed(claimsOf(), privateKey, 'next'))).status).toBe(200);
    const before = issuer.keysAsked();
    for (let tries = 0; tries < 15; tries += 1) await send(await signed(claimsOf(), privateKey, 'made-up'));
    expect(issuer.keysAsked() - before).toBeLessThan(10);
    expect((await send(await signed(claimsOf(), privateKey, 'next'))).status).toBe(200);
  });

  it('names no token in the log', async () => {
    attacks('nothing-secret-in-logs');
    const token = await signed(claimsOf({ aud: 'another' }));
    await send(token);
    const lines = app.logLines();
    expect(lines).toContainEqual(
      expect.objectContaining({
        msg: 'a logout token of the OpenID provider was refused',
        reason: expect.any(String),
      }),
    );
    expect(JSON.stringify(lines)).not.toContain(token.split('.')[1]);
  });
});

describe('where users don’t sign in at a provider', () => {
  it('the address does not exist', async () => {
    const app = await startJourneyApp();
    try {
      const body = new URLSearchParams({ logout_token: 'x' });
      const response = await fetch(`${app.url}/sign-in/backchannel-logout`, { method: 'POST', body });
      expect(response.status).toBe(404);
    } finally {
      await app.close();
    }
  });
});
