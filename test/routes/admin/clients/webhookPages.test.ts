import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { createDeliveries } from '../../../../server/api/webhooks/clientWebhooks.js';
import { createLogger } from '../../../../server/http/logging.js';
import type { ApiClient } from '../../../../server/identity/clients/apiClient.js';
import { adminPaths } from '../../../../server/paths.js';
import { tellClients } from '../../../../server/store/clientEventStore.js';
import { createLocks } from '../../../../server/store/locks.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '../../../support/jest.js';
import type { Visitor } from '../../../support/visitor.js';
import { someSettings } from '../../../unit/identity/clients/clients.js';
import { silent } from '../../../unit/tempDatabase.js';
import { ada, type JourneyApp, startJourneyApp } from '../../accounts/flow/journeys.js';

const katherine = 'katherine@example.com';
const anySecret = /whsec_[A-Za-z0-9+/]{43}=/;

let app: JourneyApp;
let admin: Visitor;
let server: Server;
let url: string;
let client: ApiClient;
let status: number;
let received: { readonly headers: IncomingHttpHeaders; readonly body: string }[];

beforeAll(async () => {
  app = await startJourneyApp({ env: { ADMIN_IDENTIFIERS: katherine } });
  admin = await app.signIn(katherine);
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      response.writeHead(status).end('an answer that nobody shows');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});

afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await app.close();
});

beforeEach(async () => {
  received = [];
  status = 204;
  client = (await app.deps.apiClients.create(someSettings(), { actor: 'command' })).client;
  await admin.get(adminPaths.client(client.id));
});

/** Sets the address on the client's page, and gives the page that follows. */
async function set(typed = url) {
  const answer = await admin.post(adminPaths.clientWebhook(client.id), { url: typed });
  return answer.status === 303 ? admin.follow(answer) : answer;
}

/** What is read of a page, in one line. */
const wordsOf = ({ text }: { readonly text: string }) =>
  text
    .replace(/<[^>]+>/g, '')
    .replaceAll('&#39;', '’')
    .replace(/\s+/g, ' ');

const secretIn = (text: string) => anySecret.exec(text)?.[0].replaceAll('&#43;', '+') ?? '';

describe('the page of an API client', () => {
  it('sets where it is told, and shows the secret once, on a page that nobody keeps', async () => {
    const page = await set();
    expect(page.text).toContain('Webhook address saved.');
    expect(page.text).toContain(`value="${url}"`);
    expect(page.headers['cache-control']).toBe('no-store');
    const secret = secretIn(page.text);
    expect(secret).toMatch(anySecret);
    expect((await admin.get(adminPaths.client(client.id))).text).not.toMatch(anySecret);
    const stored = JSON.stringify(await app.deps.db.selectFrom('clientWebhooks').selectAll().execute());
    expect(stored).not.toContain(secret.slice(6, 30));
    const sessions = JSON.stringify(await app.deps.db.selectFrom('sessions').selectAll().execute());
    expect(sessions).not.toContain(secret.slice(6, 30));
  });

  it('keeps the secret when the address changes', async () => {
    await set();
    const page = await set('https://acme.example/other');
    expect(page.text).not.toMatch(anySecret);
    expect(page.text).toContain('value="https://acme.example/other"');
  });

  it.each([
    ['http://acme.example/hook', 'must begin with https://'],
    ['https://169.254.169.254/latest', 'inside a network that webhooks may not reach'],
    ['https://0xa9fea9fe/', 'inside a network that webhooks may not reach'],
    ['nonsense', 'is not a complete address'],
  ])('says what is wrong with %s, and keeps it in its form', async (typed, said) => {
    const page = await set(typed);
    expect(page.status).toBe(422);
    expect(page.text).toContain(said);
    expect(page.text).toContain(`value="${typed}"`);
    expect(await app.deps.clientWebhooks.find(client.id)).toBeNull();
  });

  it('sends a test event, and says what came of it and nothing of what was answered', async () => {
    const secret = secretIn((await set()).text);
    const taken = await admin.follow(await admin.post(adminPaths.testClientWebhook(client.id)));
    expect(taken.text).toContain('The test event was taken (status 204).');
    const [one] = received;
    expect(new Webhook(secret).verify(one?.body ?? '', one?.headers as Record<string, string>)).toMatchObject(
      {
        type: 'webhook.test',
      },
    );
    status = 500;
    const refused = await admin.follow(await admin.post(adminPaths.testClientWebhook(client.id)));
    expect(refused.text).toContain('The test event was not taken. It answered with status 500.');
    expect(refused.text).not.toContain('an answer that nobody shows');
  });

  it('makes a new secret, while the one before signs as well for as long as was chosen', async () => {
    const before = secretIn((await set()).text);
    expect((await admin.get(adminPaths.rotateClientWebhook(client.id))).text).toContain(
      'signs for one more day',
    );
    const rotated = await admin.post(adminPaths.rotateClientWebhook(client.id), { overlap: '24' });
    const page = await admin.follow(rotated);
    const after = secretIn(page.text);
    expect(after).toMatch(anySecret);
    expect(after).not.toBe(before);
    expect(page.text).toContain('The secret before signs as well until');
    await admin.post(adminPaths.testClientWebhook(client.id));
    for (const secret of [before, after]) {
      const [one] = received;
      expect(
        new Webhook(secret).verify(one?.body ?? '', one?.headers as Record<string, string>),
      ).toBeTruthy();
    }
  });

  it('takes the address away after asking, and knows no rest of it then', async () => {
    await set();
    expect((await admin.get(adminPaths.removeClientWebhook(client.id))).text).toContain(
      'Tell Acme Assistant nothing',
    );
    const removed = await admin.follow(await admin.post(adminPaths.removeClientWebhook(client.id)));
    expect(removed.text).toContain('Webhook address removed.');
    for (const path of [adminPaths.clientDeliveries(client.id), adminPaths.rotateClientWebhook(client.id)]) {
      expect((await admin.get(path)).status).toBe(404);
    }
    expect((await admin.post(adminPaths.testClientWebhook(client.id))).status).toBe(404);
  });

  it('switches on again what was switched off, which the overview tells', async () => {
    await set();
    const off = { offAt: Date.now() - 60_000 };
    await app.deps.db.updateTable('clientWebhooks').set(off).where('clientId', '=', client.id).execute();
    expect((await admin.get(adminPaths.client(client.id))).text).toContain(
      'since it took nothing for three days',
    );
    expect(wordsOf(await admin.get(adminPaths.overview))).toContain('Webhooks to Acme Assistant were');
    const on = await admin.follow(await admin.post(adminPaths.turnOnClientWebhook(client.id)));
    expect(on.text).toContain('Webhooks are on again.');
    expect(wordsOf(await admin.get(adminPaths.overview))).not.toContain('Webhooks to Acme Assistant were');
  });

  it('changes nothing of a client that was revoked', async () => {
    await app.deps.apiClients.revoke(client.id, { actor: 'command' });
    expect((await admin.post(adminPaths.clientWebhook(client.id), { url })).status).toBe(409);
    expect((await admin.get(adminPaths.client(client.id))).text).not.toContain('id="webhook-url"');
  });
});

it('an address that took nothing for three days is switched off, and the admin is mailed', async () => {
  await set();
  const { apiClients, audit, clientWebhooks, db, mails, presence } = app.deps;
  await app.deps.users.seen(katherine, 'Katherine', 'katherine@mail.example');
  const event = { type: 'user.erased', identifier: ada, connectionName: null, data: {} } as const;
  await db.transaction().execute((within) => tellClients(within, [event]));
  const long = Date.now() - 3 * 24 * 3_600_000;
  await db
    .updateTable('clientDeliveries')
    .set({ givenUpAt: Date.now() - 1 })
    .execute();
  await db
    .updateTable('clientWebhooks')
    .set({ failingSince: long })
    .where('clientId', '=', client.id)
    .execute();
  status = 503;
  const sender = createDeliveries({
    webhooks: clientWebhooks,
    clients: apiClients,
    audit,
    locks: createLocks({ db, presence, logger: silent }),
    logger: createLogger('silent'),
    tellSwitchedOff: mails.adminMails.webhooksOff,
  });
  await sender.look();
  expect(await clientWebhooks.find(client.id)).toMatchObject({ offAt: expect.any(Number) });
  const [mail] = (await mails.outbox.list(50)).filter(({ accountId }) => accountId === client.id);
  if (mail === undefined) throw new Error('there is no mail');
  expect(mail).toMatchObject({ kind: 'webhook_off', identifier: katherine, state: 'waiting' });
  // Reading the admin's own accounts leaves it as it is, and the pages that list mails show it.
  await app.deps.reader.read(katherine);
  expect(await mails.prepare(mail)).toMatchObject({ send: true, kind: 'webhook_off' });
  expect(wordsOf(await admin.get(adminPaths.mails()))).toContain('To an admin: webhooks were switched off');
  expect(wordsOf(await admin.get(adminPaths.user(katherine)))).toContain(
    'webhooks of an API client were switched off',
  );
});

describe('the page of deliveries', () => {
  const deliveries = (state?: string) => admin.get(adminPaths.clientDeliveries(client.id, state));

  async function told(identifier = ada) {
    const event = { type: 'connection.active', identifier, connectionName: 'gmail', data: {} } as const;
    await app.deps.db.transaction().execute((within) => tellClients(within, [event]));
    const [row] = await app.deps.clientWebhooks.list(client.id, null, null, 1);
    return row?.id ?? '';
  }

  it('shows how each stands and why, by state, and sends one again', async () => {
    await set();
    const id = await told();
    expect((await deliveries()).text).toContain('Goes out now.');
    const row = () => app.deps.db.updateTable('clientDeliveries').where('id', '=', id);
    await row()
      .set({ tries: 2, lastError: 'refused 503', nextTryAt: Date.now() + 60_000 })
      .execute();
    expect(wordsOf(await deliveries('waiting'))).toContain(
      'It answered with status 503. 2 attempts. Next attempt',
    );
    await row().set({ failedAt: Date.now(), tries: 20, lastError: 'timed_out' }).execute();
    expect((await deliveries('waiting')).text).toContain('Nothing here.');
    const failed = await deliveries('failed');
    expect(wordsOf(failed)).toContain('after 20 attempts. It did not answer in time.');
    const again = adminPaths.sendDeliveryAgain(client.id, id);
    expect(failed.text).toContain(`action="${again}"`);
    const page = await admin.follow(await admin.post(again));
    expect(page.text).toContain('It is sent again.');
    expect((await app.deps.clientWebhooks.counts(client.id)).waiting).toBe(1);
    expect((await deliveries('nonsense')).status).toBe(400);
  });

  it('sends nothing again of another client, or of somebody who is forgotten', async () => {
    await set();
    const id = await told();
    const other = (await app.deps.apiClients.create(someSettings(), { actor: 'command' })).client;
    await app.deps.clientWebhooks.set(other, url, { actor: 'command' });
    expect((await admin.post(adminPaths.sendDeliveryAgain(other.id, id))).status).toBe(404);
    await app.deps.db
      .updateTable('clientDeliveries')
      .set({ deliveredAt: 1, payload: null, identifier: null })
      .where('id', '=', id)
      .execute();
    expect((await deliveries()).text).toContain('An erased user');
    expect((await admin.post(adminPaths.sendDeliveryAgain(client.id, id))).status).toBe(404);
  });

  it('goes on to older ones, page by page', async () => {
    await set();
    for (let count = 0; count < 51; count += 1) await told(`user-${count}`);
    const first = await deliveries();
    const [, older = ''] = /href="([^"]*before=[^"]*)"/.exec(first.text) ?? [];
    const rest = await admin.get(older.replaceAll('&amp;', '&'));
    expect(rest.text.match(/connection\.active/g)?.length).toBeGreaterThanOrEqual(1);
    expect(rest.text).toContain('Back to the newest');
  });
});
