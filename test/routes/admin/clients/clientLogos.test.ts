import { createHash, randomBytes } from 'node:crypto';
import supertest, { type Response } from 'supertest';
import { adminPaths, paths } from '../../../../server/paths.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '../../../support/jest.js';
import { Visitor } from '../../../support/visitor.js';
import { someSettings } from '../../../unit/identity/clients/clients.js';
import { logoOf, pngOf, svgOf } from '../../../unit/identity/clients/logoFiles.js';
import { ada, type JourneyApp, startJourneyApp } from '../../accounts/flow/journeys.js';
import { anotherApp, pressStart } from '../../onboarding/onboardingJourneys.js';

const katherine = 'katherine@example.com';
const grace = 'grace@example.com';
const by = { actor: 'command' };

let app: JourneyApp;
let admin: Visitor;
let id: string;

beforeAll(async () => {
  app = await startJourneyApp({ env: { ADMIN_IDENTIFIERS: katherine, VIEWER_IDENTIFIERS: grace } });
  admin = await app.signIn(katherine);
});

beforeEach(async () => {
  ({ id } = (await app.deps.apiClients.create(someSettings(), by)).client);
  await admin.get(adminPaths.client(id));
});

afterAll(() => app.close());

const hashOf = (body: Buffer) => createHash('sha256').update(body).digest('hex');
const addressOf = (body: Buffer) => paths.clientLogo(hashOf(body));

/** An SVG file that no other test has. */
const anySvg = () => svgOf(`<!-- ${randomBytes(8).toString('hex')} -->`);

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  supertest(app.url)
    .get(path)
    .set({ Accept: 'image/*', ...headers })
    .buffer(true)
    .parse((response, done) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => done(null, Buffer.concat(parts)));
    });

const keptOf = (client = id) =>
  app.deps.db.selectFrom('clientLogos').selectAll().where('clientId', '=', client).execute();

const giveLogo = (body: Buffer, client = id) => app.deps.apiClients.setLogo(client, logoOf(body), by);

describe('the logo of a client', () => {
  it.each([
    ['an SVG file', anySvg(), 'image/svg+xml; charset=utf-8'],
    ['a PNG file', pngOf(9, 7), 'image/png'],
  ])('is %s that an admin uploads, and that anybody is then given as it is', async (_, body, type) => {
    const answer = await admin.upload(adminPaths.clientLogo(id), { body, name: 'x.html', type: 'text/html' });
    expect(answer.status).toBe(303);
    const page = await admin.follow(answer);
    expect(page.text).toContain('Logo saved.');
    expect(page.text).toContain(`src="${addressOf(body)}"`);
    expect((await admin.get(adminPaths.clients)).text).toContain(`src="${addressOf(body)}"`);
    const served = await get(addressOf(body));
    expect(served.status).toBe(200);
    expect(served.body).toEqual(body);
    expect(served.headers).toMatchObject({
      'content-type': type,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    expect(served.headers['set-cookie']).toBeUndefined();
  });

  it('is told of without its content, and is not sent again to a browser that has it', async () => {
    const body = anySvg();
    await giveLogo(body);
    const head = await admin.head(addressOf(body));
    expect(head.status).toBe(200);
    expect(head.headers['content-type']).toBe('image/svg+xml; charset=utf-8');
    const again = await get(addressOf(body), { 'If-None-Match': `"${hashOf(body)}"` });
    expect(again.status).toBe(304);
  });

  it('is replaced, and removed, and is nowhere then', async () => {
    const [first, second] = [anySvg(), anySvg()];
    await admin.upload(adminPaths.clientLogo(id), { body: first });
    await admin.upload(adminPaths.clientLogo(id), { body: second });
    expect((await get(addressOf(first))).status).toBe(404);
    expect((await get(addressOf(second))).status).toBe(200);
    const removed = await admin.follow(await admin.post(adminPaths.removeClientLogo(id)));
    expect(removed.text).toContain('Logo removed.');
    expect(removed.text).not.toContain('<img');
    expect((await get(addressOf(second))).status).toBe(404);
    expect(await keptOf()).toEqual([]);
  });

  it('stays with another client that has the same one', async () => {
    const body = anySvg();
    const { client: other } = await app.deps.apiClients.create(someSettings(), by);
    await giveLogo(body);
    await giveLogo(body, other.id);
    await admin.post(adminPaths.removeClientLogo(id));
    expect((await get(addressOf(body))).status).toBe(200);
  });

  it('goes with a client that is revoked, which gets no other', async () => {
    const body = anySvg();
    await giveLogo(body);
    expect((await get(addressOf(body))).status).toBe(200);
    await admin.post(adminPaths.revokeClient(id));
    expect((await get(addressOf(body))).status).toBe(404);
    expect((await admin.upload(adminPaths.clientLogo(id), { body })).status).toBe(409);
    expect(await keptOf()).toEqual([]);
  });

  it('is written down, with who changed it', async () => {
    await admin.upload(adminPaths.clientLogo(id), { body: anySvg() });
    await admin.post(adminPaths.removeClientLogo(id));
    const events = await app.deps.db
      .selectFrom('auditEvents')
      .select(['type', 'actor'])
      .where('detail', '=', `${id} Acme Assistant`)
      .where('type', 'like', 'client.logo%')
      .execute();
    expect(events.map(({ type }) => type).sort()).toEqual(['client.logo_changed', 'client.logo_removed']);
    expect(new Set(events.map(({ actor }) => actor))).toEqual(new Set([`user:${katherine}`]));
    const shown = await admin.get(adminPaths.events());
    expect(shown.text).toContain('changed the logo of an API client.');
    expect(shown.text).toContain('removed the logo of an API client.');
  });

  it('is read from the database once, however many ask for it', async () => {
    const body = anySvg();
    await giveLogo(body);
    const select = jest.spyOn(app.deps.db, 'selectFrom');
    for (let times = 0; times < 20; times += 1) expect((await get(addressOf(body))).status).toBe(200);
    const tables = select.mock.calls
      .map(([table]) => String(table))
      .filter((table) => table === 'clientLogos');
    select.mockRestore();
    // Its content once, and which logos there are at most once a second.
    expect(tables.length).toBeLessThan(8);
  });

  it.each([
    '/client-logos/',
    `/client-logos/${'0'.repeat(64)}`,
    `/client-logos/${'A'.repeat(64)}`,
    '/client-logos/..%2f..%2f..%2fetc%2fpasswd',
    '/client-logos/../client-logos/x',
    '/client-logos/%2e%2e/%2e%2e/package.json',
    '/client-logos/%00',
    '/client-logos/%ff',
    "/client-logos/'%20or%201=1--",
    '/client-logos/__proto__',
    `/client-logos/${'x'.repeat(4000)}`,
  ])('is not at %s', async (path) => {
    await giveLogo(anySvg());
    const answer = await get(path);
    expect([400, 404]).toContain(answer.status);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('stands on the pages of an onboarding, before a letter for a client without one', async () => {
    const acme = await anotherApp(app, { name: '“acme”' });
    const body = anySvg();
    const { path: before } = await acme.create({ user_check: 'none' });
    const letter = await new Visitor(app.url).get(before);
    expect(letter.text).toContain('<span class="letter">A</span>');
    expect(letter.text).not.toContain('/client-logos/');
    await giveLogo(body, acme.client.id);
    const { id: onboarding, path } = await acme.create({ user_check: 'none' });
    const browser = new Visitor(app.url);
    const image = `<img src="${addressOf(body)}" alt="" width="32" height="32">`;
    const start = await browser.get(path);
    expect(start.text).toContain(image);
    // Only pictures of our own are shown, and this is one.
    expect(start.headers['content-security-policy']).toContain("img-src 'self'");
    await pressStart(browser, path);
    for (const page of [`/onboarding/${onboarding}`, `/onboarding/${onboarding}/leave`]) {
      expect((await browser.get(page)).text).toContain(image);
    }
  });
});

describe('a file that is no logo', () => {
  it.each([
    ['a page that calls itself a PNG file', Buffer.from('<script>alert(1)</script>'), 'Its content counts'],
    [
      'a PNG file with a page behind it',
      Buffer.concat([pngOf(), Buffer.from('<html>')]),
      'something follows',
    ],
    ['a PNG file that unfolds to gigabytes', pngOf(2049, 1), 'more than 2,048 pixels'],
    ['an SVG file with a document type', Buffer.from('<!DOCTYPE svg><svg/>'), 'begins with &lt;!DOCTYPE'],
    ['an empty file', Buffer.alloc(0), 'Choose a file'],
  ])('such as %s is refused in words, and the one before stays', async (_, body, words) => {
    const before = anySvg();
    await giveLogo(before);
    const answer = await admin.upload(adminPaths.clientLogo(id), { body });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(words);
    expect(answer.text).toContain('role="alert"');
    expect(await keptOf()).toMatchObject([{ hash: hashOf(before) }]);
  });

  it('for its size is refused in words', async () => {
    for (const body of [Buffer.alloc(65 * 1024, ' '), Buffer.alloc(70 * 1024), Buffer.alloc(3_000_000)]) {
      const answer = await admin.upload(adminPaths.clientLogo(id), { body });
      expect(answer.status).toBe(413);
      expect(answer.text).toContain('A logo may have at most 64 kB.');
      expect(answer.text).toContain(`href="${adminPaths.client(id)}"`);
    }
    expect(await keptOf()).toEqual([]);
  });

  it('may be as large as it is said', async () => {
    const body = svgOf(' '.repeat(64 * 1024 - svgOf().length));
    expect((await admin.upload(adminPaths.clientLogo(id), { body })).status).toBe(303);
  });
});

describe('a form with a logo', () => {
  const boundary = 'x'.repeat(20);
  const part = (head: string, content: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`;
  const file = (name = 'logo') => part(`name="${name}"; filename="a.svg"`, svgOf().toString());
  const token = () => part('name="_csrf"', admin.token);

  const send = (parts: readonly string[], type = `multipart/form-data; boundary=${boundary}`) =>
    admin.send(adminPaths.clientLogo(id), `${parts.join('')}--${boundary}--\r\n`, type);

  it('is taken with its token before or after the file', async () => {
    expect((await send([token(), file()])).status).toBe(303);
    expect((await send([file(), token()])).status).toBe(303);
  });

  it.each([
    ['without a token', null],
    ['with another token', 'x'.repeat(86)],
  ])('%s is refused, and nothing is kept', async (_, wrong) => {
    const answer = await admin.upload(adminPaths.clientLogo(id), { body: anySvg() }, wrong);
    expect(answer.status).toBe(403);
    expect(await keptOf()).toEqual([]);
  });

  it('with the token of another session is refused', async () => {
    const other = await app.signIn(katherine);
    await other.get(adminPaths.client(id));
    const answer = await admin.upload(adminPaths.clientLogo(id), { body: anySvg() }, other.token);
    expect(answer.status).toBe(403);
  });

  it.each([
    ['a hundred parts', () => [token(), ...Array.from({ length: 100 }, (_, n) => part(`name="f${n}"`, 'x'))]],
    ['a hundred files', () => [token(), ...Array.from({ length: 100 }, (_, n) => file(`f${n}`))]],
    ['two files', () => [token(), file(), file()]],
    ['a file in another field', () => [token(), file('photo')]],
    ['the name of a field as a path', () => [token(), part('name="a[b][c]"', 'x'), file()]],
    ['a very long name', () => [token(), part(`name="${'x'.repeat(2000)}"`, 'x'), file()]],
    ['a very long token', () => [part('name="_csrf"', 'x'.repeat(2000)), file()]],
    [
      'no end',
      () => [token(), `--${boundary}\r\nContent-Disposition: form-data; name="logo"; filename="a"\r\n`],
    ],
  ])('with %s is refused, and nothing is kept', async (_, parts) => {
    const answer = await send(parts());
    expect(answer.status).toBe(400);
    expect(await keptOf()).toEqual([]);
    expect((await admin.get(adminPaths.client(id))).status).toBe(200);
  });

  it.each([
    ['the type of another form', 'application/x-www-form-urlencoded'],
    ['no type that has parts', 'text/plain'],
  ])('with %s is refused', async (_, type) => {
    expect((await send([token(), file()], type)).status).toBe(403);
    expect(await keptOf()).toEqual([]);
  });

  it('without its border is refused', async () => {
    expect((await send([token(), file()], 'multipart/form-data')).status).toBe(400);
  });

  it('that is only a button says that a file is missing', async () => {
    expect((await admin.post(adminPaths.clientLogo(id))).status).toBe(422);
  });

  it('is taken from admins alone', async () => {
    const body = anySvg();
    await giveLogo(body);
    for (const who of [ada, grace]) {
      const visitor = await app.signIn(who);
      expect((await visitor.upload(adminPaths.clientLogo(id), { body: anySvg() })).status).toBe(403);
      expect((await visitor.post(adminPaths.removeClientLogo(id))).status).toBe(403);
    }
    const stranger = new Visitor(app.url);
    await stranger.get('/sign-in');
    const refused = await stranger.upload(adminPaths.clientLogo(id), { body: anySvg() });
    expect(refused.status).toBe(403);
    expect(await keptOf()).toMatchObject([{ hash: hashOf(body) }]);
  });

  it('for a client with an endless id is refused, also where it is too large', async () => {
    const path = adminPaths.clientLogo('x'.repeat(500));
    for (const body of [anySvg(), Buffer.alloc(66_000), Buffer.alloc(1_000_000)]) {
      expect((await admin.upload(path, { body })).status).toBe(400);
    }
  });

  it('for a client that does not exist is refused', async () => {
    for (const client of ['nobody', '../x', "' or 1=1--"]) {
      expect((await admin.upload(adminPaths.clientLogo(client), { body: anySvg() })).status).toBe(404);
    }
  });
});
