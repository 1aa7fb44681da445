import { adminPaths } from '../../../../server/paths.js';
import { afterAll, attacks, beforeAll, describe, expect, it } from '../../../support/jest.js';
import type { Visitor } from '../../../support/visitor.js';
import { ada, type JourneyApp, startJourneyApp } from '../../accounts/flow/journeys.js';

const katherine = 'katherine@example.com';
const grace = 'grace@example.com';
const anyKey = /cak_[0-9a-f]{16}_[0-9a-f]{72}/;

let app: JourneyApp;
let admin: Visitor;

beforeAll(async () => {
  app = await startJourneyApp({ env: { ADMIN_IDENTIFIERS: katherine, VIEWER_IDENTIFIERS: grace } });
  admin = await app.signIn(katherine);
});

afterAll(() => app.close());

const fields = {
  name: 'Acme Assistant',
  scopes: 'status:read',
  returnUrls: 'https://acme.example/back\r\n\r\n http://localhost:4000/back ',
};

/** Makes a client on its page, and gives its page's path and its key. */
async function make(changes: Record<string, string> = {}) {
  await admin.get(adminPaths.clients);
  const made = await admin.post(adminPaths.clients, { ...fields, ...changes });
  expect(made.status).toBe(303);
  const page = await admin.follow(made);
  return { url: made.headers.location ?? '', page, key: anyKey.exec(page.text)?.[0] ?? '' };
}

const knows = async (key: string) => (await app.deps.apiClients.verify(key)) !== null;

describe('the pages of API clients', () => {
  it('make a client and show its key once, on a page that nobody keeps', async () => {
    const { url, page, key } = await make();
    expect(url).not.toContain(key);
    expect(page.headers['cache-control']).toBe('no-store');
    expect(await knows(key)).toBe(true);
    const again = await admin.get(url);
    expect(again.status).toBe(200);
    expect(again.text).not.toMatch(anyKey);
    expect(again.text).toContain('https://acme.example/back\nhttp://localhost:4000/back</textarea>');
    expect((await admin.get(adminPaths.clients)).text).toContain('Acme Assistant');
  });

  it('keep the key out of the database and the log while it waits to be shown', async () => {
    attacks('nothing-secret-in-logs');
    await admin.get(adminPaths.clients);
    const made = await admin.post(adminPaths.clients, fields);
    const stored = JSON.stringify(await app.deps.db.selectFrom('sessions').selectAll().execute());
    const key = anyKey.exec((await admin.follow(made)).text)?.[0] ?? '';
    expect(stored).toContain('newKey');
    expect(stored).not.toContain(key.slice(0, 20));
    expect(JSON.stringify(app.logLines())).not.toContain(key.slice(21));
  });

  it('show a new key to nobody else, and on no other client’s page', async () => {
    const { url: other } = await make();
    const made = await admin.post(adminPaths.clients, fields);
    const url = made.headers.location ?? '';
    const second = await app.signIn(katherine);
    expect((await second.get(url)).text).not.toMatch(anyKey);
    expect((await admin.get(other)).text).not.toMatch(anyKey);
    expect((await admin.get(url)).text).toMatch(anyKey);
  });

  it('say everything that is wrong with what was typed, and keep it', async () => {
    await admin.get(adminPaths.clients);
    const before = await app.deps.apiClients.list();
    const refused = await admin.post(adminPaths.clients, {
      name: '<://>',
      returnUrls: 'http://acme.example/\nhttps://*.acme.example/"><script>',
    });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('Enter a name');
    expect(refused.text).toContain('Choose what the client may do.');
    expect(refused.text).toContain('http://acme.example/ must begin with https://');
    expect(refused.text).not.toContain('<script>');
    expect(await app.deps.apiClients.list()).toEqual(before);
  });

  it('change a client, say so, and refuse what is wrong', async () => {
    const { url, key } = await make();
    const saved = await admin.post(url, {
      ...fields,
      name: 'Acme 2',
      scopes: 'onboarding',
      allowNone: 'yes',
    });
    expect((await admin.follow(saved)).text).toContain('Changes saved.');
    expect(await app.deps.apiClients.verify(key)).toMatchObject({
      name: 'Acme 2',
      scopes: ['onboarding'],
      moreUserChecks: ['none'],
    });
    expect((await admin.post(url, { name: '' })).status).toBe(422);
    expect(await app.deps.apiClients.verify(key)).toMatchObject({ name: 'Acme 2' });
  });

  it('make a new key after asking, and end the one before as it was chosen', async () => {
    const { url, key } = await make();
    expect((await admin.get(`${url}/rotate`)).text).toContain('Create a new key for Acme Assistant?');
    expect(await knows(key)).toBe(true);
    const page = await admin.follow(await admin.post(`${url}/rotate`, { overlap: '24' }));
    const second = anyKey.exec(page.text)?.[0] ?? '';
    expect([await knows(key), await knows(second)]).toEqual([true, true]);
    for (const overlap of ['-1', '9999', 'abc', '']) {
      expect((await admin.post(`${url}/rotate`, { overlap })).status).toBe(400);
    }
    await admin.follow(await admin.post(`${url}/rotate`, { overlap: '0' }));
    expect([await knows(key), await knows(second)]).toEqual([false, false]);
  });

  it('revoke a client after asking, and leave nothing to do with it', async () => {
    const { url, key } = await make();
    expect((await admin.get(`${url}/revoke`)).text).toContain('Revoke Acme Assistant?');
    expect(await knows(key)).toBe(true);
    const page = await admin.follow(await admin.post(`${url}/revoke`));
    expect(page.text).toContain('Revoked ');
    expect(await knows(key)).toBe(false);
    expect((await admin.post(`${url}/rotate`, { overlap: '24' })).status).toBe(409);
    expect((await admin.post(url, fields)).status).toBe(409);
    expect((await admin.get(`${url}/rotate`)).status).toBe(409);
  });

  it('write down who did what', async () => {
    const { url } = await make();
    await admin.post(url, fields);
    await admin.post(`${url}/rotate`, { overlap: '0' });
    await admin.post(`${url}/revoke`);
    const id = url.split('/').at(-1);
    const events = await app.deps.db
      .selectFrom('auditEvents')
      .select(['type', 'actor', 'reference'])
      .where('detail', '=', `${id} Acme Assistant`)
      .execute();
    expect(events.map(({ type }) => type).sort()).toEqual([
      'client.changed',
      'client.created',
      'client.key_rotated',
      'client.revoked',
    ]);
    for (const event of events) {
      expect(event).toMatchObject({
        actor: `user:${katherine}`,
        reference: expect.stringMatching(/^\w{3}-\w{3}$/),
      });
    }
  });

  it('answer neither users nor viewers, who are told so', async () => {
    const { url } = await make();
    const before = await app.deps.apiClients.list();
    for (const who of [ada, grace]) {
      const visitor = await app.signIn(who);
      for (const path of [adminPaths.clients, url, `${url}/rotate`, `${url}/revoke`]) {
        expect((await visitor.get(path)).status).toBe(403);
        expect((await visitor.post(path, fields)).status).toBe(403);
      }
    }
    expect(await app.deps.apiClients.list()).toEqual(before);
  });

  it('answer 404 where there is no such client', async () => {
    expect((await admin.get(adminPaths.client('nobody'))).status).toBe(404);
  });
});
