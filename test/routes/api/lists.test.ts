import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';
import { someSettings } from '../../unit/identity/clients/clients.js';
import { ada, bob, type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';

const sessions = '/api/v1/onboarding-sessions';

let app: JourneyApp;
let key: string;
let otherKey: string;

beforeAll(async () => {
  app = await startJourneyApp();
  const settings = someSettings({ scopes: ['onboarding'], moreUserChecks: ['none'] });
  ({ key } = await app.deps.apiClients.create(settings, { actor: 'command' }));
  ({ key: otherKey } = await app.deps.apiClients.create(settings, { actor: 'command' }));
});

afterAll(() => app.close());

function ask(method: 'get' | 'post', path: string, body?: object, withKey = key) {
  const request = supertest(app.url)[method](path).set('Authorization', `Bearer ${withKey}`);
  return body === undefined ? request : request.send(body);
}

async function create(changes: object = {}, withKey = key): Promise<string> {
  const { body } = await ask(
    'post',
    sessions,
    {
      identifier: ada,
      connections: [{ name: 'gmail' }],
      return_url: 'https://acme.example/back',
      ...changes,
    },
    withKey,
  );
  return body.id as string;
}

const setOf = (id: string, changes: object) =>
  app.deps.db.updateTable('onboardingSessions').set(changes).where('id', '=', id).execute();

describe('the list of onboarding sessions', () => {
  it('has those of its client, the newest first, page by page', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.push(await create());
    // Some were made in the same millisecond.
    const [first = '', second = '', third = ''] = ids;
    for (const id of [first, second, third]) await setOf(id, { createdAt: 1000 });
    await create({}, otherKey);
    const found: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const page = await ask('get', `${sessions}?limit=2${next === '' ? '' : `&before=${next}`}`);
      expect(page.status).toBe(200);
      found.push(...page.body.sessions.map(({ id }: { id: string }) => id));
      next = page.body.next as string | null;
    }
    expect([...found].sort()).toEqual([...ids].sort());
    expect(found.slice(2)).toEqual([first, second, third].sort().reverse());
  });

  it('has those of a status and of a user, as they stand now', async () => {
    const ranOut = await create({ identifier: bob });
    await setOf(ranOut, { expiresAt: 1 });
    const open = await create({ identifier: bob });
    const idsFor = async (query: string) =>
      (await ask('get', `${sessions}?${query}`)).body.sessions.map(({ id }: { id: string }) => id);
    expect(await idsFor(`status=expired&identifier=${encodeURIComponent(bob)}`)).toEqual([ranOut]);
    expect(await idsFor(`status=open&identifier=${encodeURIComponent(bob)}`)).toEqual([open]);
    expect(await idsFor('status=complete')).toEqual([]);
  });

  it('asks Scalekit for nothing', async () => {
    const before = app.gateway.script.count();
    await ask('get', sessions);
    expect(app.gateway.script.count()).toBe(before);
  });

  it.each([
    ['status', 'status=begun'],
    ['limit', 'limit=0'],
    ['limit', 'limit=101'],
    ['limit', 'limit=many'],
    ['identifier', 'identifier=%20ada'],
    ['page', 'page=2'],
  ])('names a %s that can’t be used: %s', async (field, query) => {
    const { status, body } = await ask('get', `${sessions}?${query}`);
    expect([status, body.errors?.[0]?.field]).toEqual([400, field]);
  });

  it('begins at no place that is none', async () => {
    expect((await ask('get', `${sessions}?before=1'or'1`)).status).toBe(400);
  });
});

describe('metadata', () => {
  it('comes back as it was given', async () => {
    const metadata = { workspace: 'w_42', 'a.b-c': 'Größe ☃', __proto__x: '1' };
    const id = await create({ metadata });
    expect((await ask('get', `${sessions}/${id}`)).body.metadata).toEqual(metadata);
    const { body } = await ask('get', `${sessions}?limit=1`);
    expect(body.sessions[0].metadata).toEqual(metadata);
  });

  it.each([
    ['a number', { plan: 7 }],
    ['a long name', { ['x'.repeat(41)]: 'a' }],
    ['a name with a blank', { 'a b': 'a' }],
    ['a long text', { plan: 'x'.repeat(201) }],
    ['broken text', { plan: '\ud800' }],
    ['a control character', { plan: 'a\u0000' }],
    ['21 pairs', Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`n${index}`, 'a']))],
    [
      'too much together',
      Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`n${index}`, 'x'.repeat(180)])),
    ],
    ['a list', ['a']],
  ])('is refused with %s', async (_, metadata) => {
    const asked = {
      identifier: ada,
      connections: [{ name: 'gmail' }],
      return_url: 'https://acme.example/back',
      metadata,
    };
    const { status, body } = await ask('post', sessions, asked);
    expect([status, body.errors?.[0]?.field.startsWith('metadata')]).toEqual([400, true]);
  });
});

describe('the list of connections', () => {
  it('tells any client what users can connect, with what a host needs to show it', async () => {
    app.gateway.scalekit.addConnection({ name: 'hidden', enabled: false });
    const { status, body } = await ask('get', '/api/v1/connections');
    expect(status).toBe(200);
    const [gmail] = body.connections.filter(({ name }: { name: string }) => name === 'gmail');
    expect(gmail).toMatchObject({
      title: 'Gmail',
      description: 'Read and send mail for you',
      kind: 'sign_in',
      category: null,
    });
    const svg = Buffer.from(gmail.logo.split(',')[1], 'base64').toString();
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [\s\S]*<\/svg>$/);
    expect(svg).not.toContain('var(');
    expect(body.connections.map(({ name }: { name: string }) => name)).not.toContain('hidden');
    expect(body.connections.find(({ name }: { name: string }) => name === 'exa').kind).toBe('key');
  });

  it('needs a key, and refuses what nobody reads', async () => {
    expect((await supertest(app.url).get('/api/v1/connections')).status).toBe(401);
    expect((await ask('get', '/api/v1/connections?language=ja')).status).toBe(400);
    expect((await ask('get', '/api/v1/connections?locale=tlh')).status).toBe(200);
  });
});
