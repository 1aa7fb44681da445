import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import supertest from 'supertest';
import type { ApiClient, ClientSettings } from '../../../server/identity/clients/apiClient.js';
import { afterAll, attacks, beforeAll, describe, expect, it } from '../../support/jest.js';
import { someSettings } from '../../unit/identity/clients/clients.js';
import { info, tokenIn } from '../../unit/onboarding/onboardings.js';
import { ada, bob, type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';

const sessionsPath = '/api/v1/onboarding-sessions';
const returnUrl = 'https://acme.example/back?own=%20x&a=1';

let app: JourneyApp;
let acme: ApiClient;
let key: string;

const client = (changes: Partial<ClientSettings> = {}) =>
  app.deps.apiClients.create(
    someSettings({ scopes: ['onboarding'], returnUrls: [returnUrl], moreUserChecks: ['none'], ...changes }),
    { actor: 'command' },
  );

beforeAll(async () => {
  app = await startJourneyApp();
  app.gateway.scalekit.addConnection({ name: 'slack', enabled: false });
  ({ client: acme, key } = await client());
});

afterAll(() => app.close());

const aBody = (changes: Record<string, unknown> = {}) => ({
  identifier: ada,
  connections: [{ name: 'gmail' }, { name: 'exa', required: false }],
  return_url: returnUrl,
  ...changes,
});

function send(method: 'get' | 'post' | 'delete', path: string, body?: unknown, withKey = key) {
  const request = supertest(app.url)[method](path).set('Authorization', `Bearer ${withKey}`);
  return body === undefined ? request : request.send(body as object);
}

const create = (changes: Record<string, unknown> = {}, withKey = key) =>
  send('post', sessionsPath, aBody(changes), withKey);

const sent = (body: string, type = 'application/json') =>
  supertest(app.url)
    .post(sessionsPath)
    .set('Authorization', `Bearer ${key}`)
    .set('Content-Type', type)
    .send(body);

const made = async () => (await app.deps.db.selectFrom('onboardingSessions').select('id').execute()).length;

describe('an onboarding session', () => {
  it('is made, read and cancelled by its client', async () => {
    const created = await create({ display_name: 'Ada', state: 'x' });
    expect(created.status).toBe(201);
    expect(Object.keys(created.body)).toEqual(['id', 'url', 'expires_at']);
    const { id, url, expires_at } = created.body as Record<'id' | 'url' | 'expires_at', string>;
    expect(id).toMatch(/^obs_[\w-]{22}$/);
    expect(url).toMatch(new RegExp(`^${app.url}/onboarding/start\\?token=[\\w-]{43}$`));
    const left = Date.parse(expires_at) - Date.now();
    expect(left > 0 && left <= 300_000).toBe(true);
    const read = await send('get', `${sessionsPath}/${id}`);
    expect(read.body).toEqual({
      id,
      status: 'open',
      identifier: ada,
      connections: [
        { name: 'gmail', required: true, outcome: { kind: 'not_done', reason: null } },
        { name: 'exa', required: false, outcome: { kind: 'not_done', reason: null } },
      ],
      as_of: null,
      user_check: 'confirm',
      state: 'x',
      metadata: {},
      return_url: returnUrl,
      created_at: expect.any(String),
      started_at: null,
      expires_at,
      ended_at: null,
    });
    expect(read.headers['cache-control']).toBe('no-store');
    expect(read.headers.ratelimit).toBeDefined();
    const cancelled = await send('delete', `${sessionsPath}/${id}`);
    expect([cancelled.status, cancelled.body.status]).toEqual([200, 'cancelled']);
    expect((await send('delete', `${sessionsPath}/${id}`)).body).toEqual(cancelled.body);
  });

  it('can be opened for as long as its client asks, from one minute to 14 days', async () => {
    for (const [open_minutes, user_check] of [
      [60, 'none'],
      [61, 'confirm'],
      [14 * 24 * 60, 'sign_in'],
    ] as const) {
      const { body } = await create({ open_minutes, user_check });
      const left = Date.parse(body.expires_at) - Date.now();
      expect(Math.round(left / 600_000)).toBe(Math.round(open_minutes / 10));
    }
    for (const open_minutes of [0, 20_161, 1.5, '5', null]) {
      const { status, body } = await create({ open_minutes });
      expect([status, body.errors?.[0]?.field]).toEqual([400, 'open_minutes']);
    }
    const day = await create({ open_minutes: 15 * 24 * 60 });
    expect(day.body.errors).toEqual([
      {
        field: 'open_minutes',
        code: 'field_invalid',
        detail: 'can’t be used: must be at most 20160, which is 14 days.',
      },
    ]);
  });

  it('can’t be opened for more than an hour where nobody checks who does it', async () => {
    const { status, body } = await create({ open_minutes: 61, user_check: 'none' });
    expect(status).toBe(400);
    expect(body.errors).toEqual([
      {
        field: 'open_minutes',
        code: 'open_minutes_unchecked',
        detail:
          'is more than 60, which is too long for a url whose user nobody checks. Ask for 60 at most, or for the user_check "confirm" or "sign_in".',
      },
    ]);
  });

  it('is unknown to every other client, and so is a guessed id', async () => {
    attacks('checked-on-server');
    const { key: others } = await client({ name: 'Other' });
    const { body } = await create();
    const path = `${sessionsPath}/${body.id}`;
    const said = { nonce: 'x', identifier: ada };
    for (const response of [
      await send('get', path, undefined, others),
      await send('delete', path, undefined, others),
      await send('post', `${path}/confirm`, said, others),
      await send('get', `${sessionsPath}/obs_AAAAAAAAAAAAAAAAAAAAAA`),
      await send('get', `${sessionsPath}/${'x'.repeat(300)}`),
      await send('get', `${sessionsPath}/${encodeURIComponent("' or 1=1 --")}`),
    ]) {
      expect(response.status).toBe(404);
      expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(response.body).toMatchObject({ code: 'onboarding_unknown', status: 404 });
    }
    expect((await send('get', path)).body.status).toBe('open');
  });

  it('takes a key with the scope for it', async () => {
    const { key: without } = await client({ scopes: ['status:read', 'users:write'] });
    const { body } = await create();
    for (const response of [
      await create({}, without),
      await send('get', `${sessionsPath}/${body.id}`, undefined, without),
      await send('delete', `${sessionsPath}/${body.id}`, undefined, without),
      await send('post', `${sessionsPath}/${body.id}/confirm`, { nonce: 'x', identifier: ada }, without),
    ]) {
      expect([response.status, response.body.code]).toEqual([403, 'insufficient_scope']);
    }
    const nobody = await supertest(app.url).post(sessionsPath).send(aBody());
    expect([nobody.status, nobody.body.code]).toEqual([401, 'api_key_required']);
  });

  it('shows a name without what could turn or link it', async () => {
    attacks('clean-names');
    const display_name = 'Ada\u202e <b>evil.example</b> https://evil.example/?x=1\u0000';
    const { body } = await create({ display_name });
    const session = await app.deps.onboarding.sessions.find(acme, body.id);
    expect(session.displayName).toBe('Ada b evil example b https evil example x 1');
  });
});

describe('a repeated request', () => {
  const repeat = (body: unknown, word: string) =>
    supertest(app.url)
      .post(sessionsPath)
      .set('Authorization', `Bearer ${key}`)
      .set('Idempotency-Key', word)
      .send(body as object);

  it('gets the same answer under its key, and is refused with another body', async () => {
    const before = await made();
    const answers = await Promise.all([1, 2, 3, 4].map(() => repeat(aBody(), 'word-1')));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    // The order of the fields and what stands for a default make no other request.
    const reordered = Object.fromEntries(Object.entries(aBody({ user_check: 'confirm' })).reverse());
    expect((await repeat(reordered, 'word-1')).text).toBe(answers[0]?.text);
    const other = await repeat(aBody({ identifier: bob }), 'word-1');
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
    expect(await made()).toBe(before + 1);
  });

  it.each([['x'.repeat(256)], ['with blank'], ['']])('is refused with the key %p', async (word) => {
    const response = await repeat(aBody(), word);
    expect([response.status, response.body.code]).toEqual([400, 'idempotency_key_invalid']);
  });
});

describe('a refusal', () => {
  it.each<[string, Record<string, unknown>, string, string]>([
    ['a missing identifier', { identifier: undefined }, 'identifier', 'field_missing'],
    ['an identifier that is no text', { identifier: 7 }, 'identifier', 'field_invalid'],
    ['a blank identifier', { identifier: '  ' }, 'identifier', 'identifier_blank'],
    ['an untrimmed identifier', { identifier: `${ada} ` }, 'identifier', 'identifier_untrimmed'],
    ['a long identifier', { identifier: 'a'.repeat(101) }, 'identifier', 'identifier_too_long'],
    ['an odd identifier', { identifier: 'ada\u202e' }, 'identifier', 'identifier_odd_characters'],
    ['an identifier with NUL', { identifier: 'ada\u0000' }, 'identifier', 'identifier_odd_characters'],
    ['no connections', { connections: [] }, 'connections', 'field_invalid'],
    ['too many', { connections: Array(21).fill({ name: 'gmail' }) }, 'connections', 'field_invalid'],
    ['a connection as text', { connections: ['gmail'] }, 'connections[0]', 'field_invalid'],
    ['an unknown one', { connections: [{ name: 'gmial' }] }, 'connections[0].name', 'connection_unknown'],
    ['one turned off', { connections: [{ name: 'slack' }] }, 'connections[0].name', 'connection_not_offered'],
    [
      'one twice',
      { connections: [{ name: 'gmail' }, { name: 'gmail', required: false }] },
      'connections[1].name',
      'connection_duplicate',
    ],
    [
      'an unknown part of one',
      { connections: [{ name: 'gmail', optional: true }] },
      'connections[0].optional',
      'field_unknown',
    ],
    ['an unknown field', { user_chek: 'none' }, 'user_chek', 'field_unknown'],
    ['an unknown check', { user_check: 'never' }, 'user_check', 'field_invalid'],
    ['a long state', { state: 'x'.repeat(513) }, 'state', 'field_invalid'],
    ['a state with NUL', { state: 'x\u0000' }, 'state', 'field_invalid'],
    ['a broken state', { state: '\ud800' }, 'state', 'field_invalid'],
    ['a confirm address of nobody', { confirm_url: returnUrl }, 'confirm_url', 'confirm_url_unregistered'],
    ['a refresh address of nobody', { refresh_url: returnUrl }, 'refresh_url', 'refresh_url_unregistered'],
  ])('of %s names the field and what to do', async (_, changes, field, code) => {
    const before = await made();
    const response = await create(changes);
    expect(response.status).toBe(400);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    const { errors, detail } = response.body as { errors: { detail: string }[]; detail: string };
    expect(response.body).toMatchObject({ code, reference: expect.any(String) });
    expect(errors).toContainEqual({ field, code, detail: expect.any(String) });
    expect(detail).toContain(errors[0]?.detail ?? '');
    expect(await made()).toBe(before);
  });

  it.each([
    ['https://acme.example/back'],
    ['https://acme.example/back?own=%20x&a=1#x'],
    ['https://acme.example/back?own=+x&a=1'],
    ['https://ACME.example/back?own=%20x&a=1'],
    ['https://acme.example.evil.example/back?own=%20x&a=1'],
    ['https://acme.example@evil.example/back?own=%20x&a=1'],
    ['https://acme.example:8443/back?own=%20x&a=1'],
    ['https://acme.example/back/../x?own=%20x&a=1'],
    ['//acme.example/back?own=%20x&a=1'],
    ['http://acme.example/back?own=%20x&a=1'],
    ['javascript:alert(1)'],
    [''],
  ])('of the return address %p, which only looks like the registered one', async (return_url) => {
    attacks('redirects-stay');
    const response = await create({ return_url });
    expect([response.status, response.body.code]).toEqual([400, 'return_url_unregistered']);
  });

  it('of addresses that have our parameters already', async () => {
    const own = ['https://acme.example/back?state=1', 'https://acme.example/back?signed_result=x'];
    const { key: theirs } = await client({ returnUrls: own });
    for (const return_url of own) {
      expect((await create({ return_url }, theirs)).body.code).toBe('return_url_reserved');
    }
  });

  it('of a check that the client has no address for, or may not ask for', async () => {
    const { key: bare } = await client({ confirmUrls: [], moreUserChecks: [] });
    const missing = await create({}, bare);
    expect(missing.body).toMatchObject({ status: 400, code: 'confirm_url_missing' });
    expect(missing.body.detail).toContain('Have one registered');
    expect((await create({ user_check: 'none' }, bare)).body.code).toBe('user_check_not_allowed');
    expect((await create({ user_check: 'sign_in' }, bare)).status).toBe(201);
    expect((await create({ user_check: 'none' })).status).toBe(201);
  });

  it('of connections in another shape shows the right one', async () => {
    const response = await create({ connections: ['gmail'] });
    expect(response.body.errors).toEqual([
      {
        field: 'connections[0]',
        code: 'field_invalid',
        detail: 'can’t be used: Expected an object such as {"name": "gmail", "required": true}.',
      },
    ]);
  });

  it('of everything at fault at once', async () => {
    const response = await create({ identifier: '', connections: [{ name: 'a' }], return_url: 'x' });
    expect(response.body.errors.map(({ field }: { field: string }) => field)).toEqual([
      'identifier',
      'connections[0].name',
      'return_url',
    ]);
  });

  it.each<[string, () => Promise<{ status: number; body: { code?: string } }>, number, string]>([
    ['a body that is no JSON', () => sent('{'), 400, 'body_unreadable'],
    ['no body', () => send('post', sessionsPath), 415, 'content_type_unsupported'],
    ['an empty body', () => sent(''), 400, 'field_missing'],
    ['a list', () => sent('[]'), 400, 'body_unreadable'],
    ['a text', () => sent('"x"'), 400, 'body_unreadable'],
    ['null', () => sent('null'), 400, 'body_unreadable'],
    [
      'a form',
      () => sent('identifier=a', 'application/x-www-form-urlencoded'),
      415,
      'content_type_unsupported',
    ],
    ['plain text', () => sent(JSON.stringify(aBody()), 'text/plain'), 415, 'content_type_unsupported'],
    [
      'another charset',
      () => sent(JSON.stringify(aBody()), 'application/json; charset=latin1'),
      415,
      'content_type_unsupported',
    ],
    ['more than 64 kB', () => sent(JSON.stringify(aBody({ state: 'x'.repeat(66_000) }))), 413, 'too_large'],
    [
      'what could change prototypes',
      () => sent(`{"__proto__": {"identifier": "x"}, ${JSON.stringify(aBody()).slice(1)}`),
      400,
      'field_unknown',
    ],
  ])('of %s', async (_, ask, status, code) => {
    const response = await ask();
    expect([response.status, response.body.code]).toEqual([status, code]);
  });

  it('of a compressed body', async () => {
    const response = await sent(JSON.stringify(aBody())).set('Content-Encoding', 'gzip');
    expect([response.status, response.body.code]).toEqual([415, 'content_type_unsupported']);
  });
});

describe('the confirmation', () => {
  async function started() {
    const { body } = await create({ state: 'x y&z' });
    const { sessions } = app.deps.onboarding;
    const start = await sessions.start(tokenIn(body.url), info);
    if (start === null) throw new Error('it did not start');
    const address = new URL((await sessions.confirmUrlOf(start.session, start.cookie)) ?? '');
    return { ...start, address, confirmPath: `${sessionsPath}/${body.id}/confirm` };
  }

  it('of the right user gives a continue URL, and the result of the onboarding verifies', async () => {
    const { sessions } = app.deps.onboarding;
    const { session, cookie, address, confirmPath } = await started();
    expect(address.href).toMatch(/^https:\/\/acme\.example\/confirm\?/);
    expect(address.searchParams.get('unverified_session_id')).toBe(session.id);
    const nonce = address.searchParams.get('nonce');
    const confirmed = await send('post', confirmPath, { nonce, identifier: ada });
    expect(confirmed.status).toBe(200);
    const { pathname, searchParams } = new URL(confirmed.body.continue_url);
    expect(pathname).toBe(`/onboarding/${session.id}/continue`);
    const went = await sessions.continueWith(session.id, searchParams.get('code') ?? '', cookie, info);
    app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
    if (went === null) throw new Error('it did not go on');
    const ended = await sessions.finish(went, { leaving: false }, info);
    const back = (await sessions.returnUrlOf(ended)) ?? '';
    expect(back.startsWith(`${returnUrl}&unverified_session_id=${session.id}&state=x+y%26z&`)).toBe(true);
    const keys = await supertest(app.url).get('/.well-known/jwks.json');
    expect(keys.headers['cache-control']).toBe('public, max-age=600');
    const result = new URL(back).searchParams.get('signed_result') ?? '';
    const { payload } = await jwtVerify(result, createLocalJWKSet(keys.body as JSONWebKeySet), {
      issuer: app.url,
      audience: acme.id,
      subject: ada,
    });
    expect(payload).toMatchObject({
      session_id: session.id,
      status: 'complete',
      connections: [
        { name: 'gmail', outcome: { kind: 'already_connected', reason: null } },
        { name: 'exa', outcome: { kind: 'not_done', reason: null } },
      ],
    });
    const read = await send('get', `${sessionsPath}/${session.id}`);
    expect(read.body).toMatchObject({
      status: 'complete',
      connections: payload.connections,
      as_of: expect.any(String),
    });
  });

  it('of another user is refused, and ends the onboarding', async () => {
    const { session, address, confirmPath } = await started();
    const nonce = address.searchParams.get('nonce');
    const refused = await send('post', confirmPath, { nonce, identifier: bob });
    expect([refused.status, refused.body.code]).toEqual([403, 'other_user']);
    expect((await send('get', `${sessionsPath}/${session.id}`)).body.status).toBe('cancelled');
    const later = await send('post', confirmPath, { nonce, identifier: ada });
    expect([later.status, later.body.code]).toEqual([409, 'onboarding_ended']);
    expect(await app.auditTypes()).toContain('security.onboarding_other_user');
  });

  it('is refused with a wrong nonce, with fields at fault, and too early', async () => {
    const { confirmPath } = await started();
    const wrong = await send('post', confirmPath, { nonce: 'guessed', identifier: ada });
    expect([wrong.status, wrong.body.code]).toEqual([403, 'nonce_unknown']);
    for (const [body, code] of [
      [{ nonce: 'x' }, 'field_missing'],
      [{ nonce: 'x', identifier: ada, more: 1 }, 'field_unknown'],
      [{ nonce: 'x', identifier: 'ada\u0000' }, 'identifier_odd_characters'],
      [{ nonce: ['x'], identifier: ada }, 'field_invalid'],
    ] as const) {
      const response = await send('post', confirmPath, body);
      expect([response.status, response.body.code]).toEqual([400, code]);
    }
    const { body } = await create();
    const early = await send('post', `${sessionsPath}/${body.id}/confirm`, { nonce: 'x', identifier: ada });
    expect([early.status, early.body.code]).toEqual([409, 'onboarding_not_started']);
  });
});

describe('the log', () => {
  it('has neither start tokens nor keys', async () => {
    attacks('nothing-secret-in-logs');
    const { body } = await create();
    await supertest(app.url).get(new URL(body.url).pathname + new URL(body.url).search);
    const log = JSON.stringify(app.logLines());
    expect(log).not.toContain(tokenIn(body.url));
    expect(log).not.toContain(key);
  });
});
