import { gzipSync } from 'node:zlib';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, attacks, beforeAll, describe, expect, it } from '../../support/jest.js';
import { createMemoryGateway } from '../../support/memoryGateway.js';
import { startTestApp, type TestApp } from '../../support/testApp.js';
import {
  deliver,
  eventBody,
  otherSecret,
  post,
  recordedEvents,
  secret,
  signedHeaders,
} from '../../unit/webhooks/deliveries.js';

const env = { SCALEKIT_WEBHOOK_SECRETS: `${otherSecret}, ${secret}` };
const ada = { id: 'ca_1', identifier: 'ada-in-the-payload@example.com', connection_name: 'gmail' };
const minutes = 60_000;
const ago = (ms: number) => new Date(Date.now() - ms);

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ gateway: createMemoryGateway(), env });
});

afterAll(() => app.close());

afterEach(async () => {
  await app.deps.db.deleteFrom('webhookEvents').execute();
});

const recorded = () => recordedEvents(app.deps.db);
const anEvent = () => JSON.stringify(eventBody('updated', { ...ada, status: 'ACTIVE' }));

async function expectRefused(response: Response, status: number, code: string): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  expect(await response.json()).toMatchObject({ status, code });
  expect(await recorded()).toEqual([]);
}

describe('a webhook', () => {
  it('is recorded and answered without a word, a cookie or a session', async () => {
    const body = anEvent();
    const response = await deliver(app.url, body, { webhookId: 'msg_1' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
    expect(response.headers.get('set-cookie')).toBeNull();
    const [event] = await recorded();
    expect(event).toMatchObject({
      id: JSON.parse(body).id,
      webhookId: 'msg_1',
      type: 'connected_account.updated',
      accountId: 'ca_1',
      identifier: ada.identifier,
      reference: response.headers.get('x-request-id'),
    });
  });

  it.each([
    ['the newer', otherSecret],
    ['the older', secret],
  ])('may be signed with %s of two secrets', async (_, key) => {
    expect((await deliver(app.url, anEvent(), { secret: key })).status).toBe(200);
  });

  it('may carry one signature for each of two secrets', async () => {
    const body = anEvent();
    const at = new Date();
    const foreign = new Webhook('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA').sign('msg_1', at, body);
    const ours = new Webhook(secret).sign('msg_1', at, body);
    const headers = { 'webhook-signature': `${foreign} ${ours}` };
    const response = await post(app.url, body, signedHeaders(body, { at, webhookId: 'msg_1', headers }));
    expect(response.status).toBe(200);
  });

  it.each([['text/plain'], ['application/x-www-form-urlencoded'], ['application/json; charset=utf-16']])(
    'is verified by its bytes, whatever it says it is: %s',
    async (type) => {
      const body = JSON.stringify(eventBody('updated', { ...ada, note: 'ünïcode 🙂' }));
      expect((await deliver(app.url, body, { headers: { 'content-type': type } })).status).toBe(200);
    },
  );

  it('that is replayed, or repeated under another id, is accepted and recorded once', async () => {
    const body = anEvent();
    const headers = signedHeaders(body);
    for (let count = 0; count < 3; count += 1) {
      expect((await post(app.url, body, headers)).status).toBe(200);
    }
    expect((await deliver(app.url, body)).status).toBe(200);
    expect(await recorded()).toHaveLength(1);
  });

  it('may be almost 64 kB', async () => {
    const body = JSON.stringify(eventBody('updated', { ...ada, padding: 'x'.repeat(63_000) }));
    expect((await deliver(app.url, body)).status).toBe(200);
  });
});

describe('what is no webhook of Scalekit', () => {
  it('is refused without a signature', async () => {
    attacks('post-with-proof');
    await expectRefused(await post(app.url, anEvent(), {}), 401, 'webhook_refused');
  });

  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('is refused without %s', async (name) => {
    const body = anEvent();
    const { [name]: _, ...headers } = signedHeaders(body);
    await expectRefused(await post(app.url, body, headers), 401, 'webhook_refused');
  });

  it.each([
    ['another secret', { secret: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    ['a time of six minutes ago', { at: ago(6 * minutes) }],
    ['a time in six minutes', { at: ago(-6 * minutes) }],
    ['another id', { headers: { 'webhook-id': 'msg_2' } }],
    [
      'a later time than was signed',
      { headers: { 'webhook-timestamp': String(Math.ceil(Date.now() / 1000) + 9) } },
    ],
    ['no time', { headers: { 'webhook-timestamp': 'now' } }],
    ['another version', { headers: { 'webhook-signature': 'v2,AAAA' } }],
    ['a broken signature', { headers: { 'webhook-signature': 'v1' } }],
    ['an empty signature', { headers: { 'webhook-signature': 'v1,' } }],
  ])('is refused with %s', async (_, options) => {
    await expectRefused(await deliver(app.url, anEvent(), options), 401, 'webhook_refused');
  });

  it('is refused when its body was altered, if only by a blank', async () => {
    const body = anEvent();
    await expectRefused(await post(app.url, `${body} `, signedHeaders(body)), 401, 'webhook_refused');
  });

  it('is refused with an empty body that nobody signed', async () => {
    await expectRefused(await post(app.url, '', {}), 401, 'webhook_refused');
  });

  it.each([
    ['empty', ''],
    ['no JSON', 'not JSON'],
    ['no object', '["a list"]'],
  ])('is refused as unreadable when it is signed and %s', async (_, body) => {
    await expectRefused(await deliver(app.url, body), 400, 'webhook_unreadable');
  });

  it('is refused when it is over 64 kB, or compressed', async () => {
    const large = JSON.stringify(eventBody('updated', { ...ada, padding: 'x'.repeat(66_000) }));
    await expectRefused(await deliver(app.url, large), 413, 'too_large');
    const packed = await fetch(`${app.url}/webhooks/scalekit`, {
      method: 'POST',
      body: gzipSync(anEvent()),
      headers: { 'content-encoding': 'gzip' },
    });
    expect(packed.status).toBe(400);
  });

  it('is told to programs, also when it says that it is a browser', async () => {
    const response = await post(app.url, anEvent(), { accept: 'text/html' });
    await expectRefused(response, 401, 'webhook_refused');
  });

  it('is not read at all', async () => {
    expect((await fetch(`${app.url}/webhooks/scalekit`)).status).toBe(404);
  });
});

describe('the log', () => {
  it('names why a webhook was refused, and neither its content nor a secret', async () => {
    attacks('nothing-secret-in-logs');
    const body = anEvent();
    await deliver(app.url, body, { at: ago(6 * minutes) });
    await deliver(app.url, body);
    const lines = app.logLines();
    expect(JSON.stringify(lines)).toContain('Message timestamp too old');
    const headers = signedHeaders(body);
    const signature = headers['webhook-signature']?.slice(3, 20) ?? '';
    for (const part of [ada.identifier, secret.slice(6), otherSecret.slice(6), signature]) {
      expect(JSON.stringify(lines)).not.toContain(part);
    }
    const refusals = lines.filter(({ code }) => code === 'webhook_refused');
    expect(refusals.every(({ level }) => level === 30)).toBe(true);
  });
});

describe('an app without a webhook secret', () => {
  it('has nothing at the address', async () => {
    const closed = await startTestApp({ gateway: createMemoryGateway() });
    try {
      const response = await deliver(closed.url, anEvent());
      expect(response.status).toBe(404);
      expect(await recordedEvents(closed.deps.db)).toEqual([]);
    } finally {
      await closed.close();
    }
  });
});
