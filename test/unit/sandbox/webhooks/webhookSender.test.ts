import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { createSandbox, type Sandbox } from '../../../../server/sandbox/sandbox.js';
import { type WebhookEvent, webhookTypes } from '../../../../server/sandbox/webhooks/webhookEvents.js';
import { newWebhookSecret } from '../../../../server/sandbox/webhooks/webhookSender.js';
import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly event: WebhookEvent;
}

const grace = 'grace@example.com';
const ada = 'ada@example.com';
const secret = newWebhookSecret();

let received: Received[];
let answers: number[];
let receiver: Server;
let sandbox: Sandbox;

beforeEach(async () => {
  received = [];
  answers = [];
  receiver = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    received.push({ headers: request.headers, body, event: JSON.parse(body) as WebhookEvent });
    response.writeHead(answers.shift() ?? 200).end();
    receiver.emit('webhook');
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address() as AddressInfo;
  sandbox = await createSandbox({
    webhookUrl: `http://127.0.0.1:${port}/hook`,
    webhookSecret: secret,
    webhookRetryMs: 5,
  });
});

afterEach(async () => {
  await sandbox.close();
  receiver.closeAllConnections();
  receiver.close();
});

async function untilReceived(count: number): Promise<void> {
  while (received.length < count) await once(receiver, 'webhook');
}

const typesOf = () => received.map(({ event }) => event.type.replace('connected_account.', ''));

describe('the webhooks of the sandbox', () => {
  it('are signed so that the library of Standard Webhooks accepts them', async () => {
    sandbox.control.expire('gmail', grace);
    await untilReceived(1);
    const [{ headers, body } = { headers: {}, body: '' }] = received;
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual(JSON.parse(body));
    expect(() => new Webhook(newWebhookSecret()).verify(body, headers as Record<string, string>)).toThrow();
  });

  it('have the envelope of Scalekit', async () => {
    sandbox.control.expire('gmail', grace);
    await untilReceived(1);
    const account = sandbox.control.account('gmail', grace);
    expect(received[0]?.event).toEqual({
      spec_version: '1',
      id: expect.stringMatching(/^evt_/),
      type: 'connected_account.status_updated',
      occurred_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/),
      environment_id: expect.stringMatching(/^env_/),
      object: 'ConnectedAccount',
      data: {
        id: account?.id,
        identifier: grace,
        connection_id: sandbox.control.connections().find(({ name }) => name === 'gmail')?.id,
        connection_name: 'gmail',
        provider: 'GMAIL',
        authorization_type: 'OAUTH',
        status: 'EXPIRED',
        old_status: 'ACTIVE',
        token_expires_at: expect.any(String),
        last_used_at: expect.any(String),
      },
    });
  });

  it('tell of an account from its making to its deletion, each later than the one before', async () => {
    sandbox.control.setAccount({ connectionName: 'gmail', identifier: ada, status: 'ACTIVE' });
    sandbox.control.setAccount({ connectionName: 'gmail', identifier: ada, status: 'ACTIVE' });
    sandbox.control.remove('gmail', ada);
    await untilReceived(4);
    const events = received.map(({ event }) => event);
    events.sort((a, b) => (a.occurred_at < b.occurred_at ? -1 : 1));
    expect(events.map(({ type }) => type.replace('connected_account.', ''))).toEqual([
      'created',
      'status_updated',
      'updated',
      'deleted',
    ]);
    expect(new Set(events.map(({ occurred_at }) => occurred_at)).size).toBe(4);
  });

  it('can be of every type, on request', async () => {
    for (const type of webhookTypes) sandbox.control.emit(type, 'gmail', grace);
    await untilReceived(webhookTypes.length);
    expect(received.map(({ event }) => event.type).sort()).toEqual([...webhookTypes].sort());
  });

  it('say nothing of the seed', () => {
    sandbox.reset();
    expect(sandbox.control.deliveries()).toEqual([]);
  });

  it('go nowhere while there is no address, and elsewhere when it is changed', async () => {
    const url = sandbox.control.webhookUrl() ?? '';
    sandbox.control.setWebhook(null);
    sandbox.control.expire('gmail', grace);
    expect(sandbox.control.deliveries()).toEqual([]);
    sandbox.control.setWebhook({ url: url.replace('/hook', '/other'), secret });
    sandbox.control.revoke('gmail', grace);
    await sandbox.control.waitForDelivery(({ type }) => type.endsWith('status_updated'));
    expect(received).toHaveLength(1);
  });

  it.each([
    'https://127.0.0.1/hook',
    'http://192.168.0.1/hook',
    'http://localhost.example.com/hook',
    'ftp://localhost/hook',
    'hook',
  ])('never go to %s', (url) => {
    expect(() => sandbox.control.setWebhook({ url, secret })).toThrow(/sends webhooks to/);
  });
});

describe('a delivery', () => {
  it('is tried again, signed anew under the same id, until it is accepted', async () => {
    answers = [500, 503];
    sandbox.control.expire('gmail', grace);
    const delivery = await sandbox.control.waitForDelivery(() => true);
    expect(delivery).toMatchObject({ status: 'delivered', answers: [500, 503, 200], identifier: grace });
    expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([delivery.id]));
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
  });

  it('is given up after the sixth try', async () => {
    answers = Array.from({ length: 6 }, () => 401);
    sandbox.control.expire('gmail', grace);
    await untilReceived(6);
    sandbox.control.revoke('gmail', grace);
    await sandbox.control.waitForDelivery(() => true);
    const [first] = sandbox.control.deliveries();
    expect(first).toMatchObject({ status: 'failed', answers: Array(6).fill(401) });
  });

  it('is repeated, lost or robbed of its connection name on request', async () => {
    const { control } = sandbox;
    control.webhookFault({ repeat: 2, times: 1 });
    control.emit('connected_account.updated', 'gmail', grace);
    await control.waitForDelivery(({ answers: given }) => given.length === 3);
    control.webhookFault({ drop: true, times: 1 });
    control.emit('connected_account.updated', 'gmail', grace);
    control.webhookFault({ type: 'connected_account.created', withoutConnectionName: true });
    control.setAccount({ connectionName: 'gmail', identifier: ada, status: 'PENDING_AUTH' });
    await control.waitForDelivery(({ type }) => type.endsWith('created'));
    expect(control.deliveries().map(({ status }) => status)).toContain('dropped');
    const created = received.find(({ event }) => event.type.endsWith('created'));
    expect(created?.event.data).not.toHaveProperty('connection_name');
    expect(created?.event.data.connection_id).toMatch(/^conn_/);
  });

  it('comes in reverse order on request', async () => {
    sandbox.control.webhookFault({ reverse: 3 });
    for (const type of ['created', 'updated', 'deleted'] as const) {
      sandbox.control.emit(`connected_account.${type}`, 'gmail', grace);
    }
    await untilReceived(3);
    expect(typesOf()).toEqual(['deleted', 'updated', 'created']);
  });
});
