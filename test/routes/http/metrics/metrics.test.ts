import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createMetrics } from '../../../../server/http/metrics/metricsRegistry.js';
import { createMetricsServer } from '../../../../server/http/metrics/metricsRoutes.js';
import { liveBrowser } from '../../../support/eventStream.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { createMemoryGateway } from '../../../support/memoryGateway.js';
import { startTestApp, type TestApp } from '../../../support/testApp.js';
import { Visitor } from '../../../support/visitor.js';
import { deliver, eventBody, webhookEnv } from '../../../unit/webhooks/deliveries.js';

const token = 'a token of the tests';
const oldToken = 'an older token of the tests';

let app: TestApp;

beforeEach(async () => {
  const gateway = createMemoryGateway();
  gateway.scalekit.addConnection({ name: 'gmail', provider: 'GMAIL' });
  app = await startTestApp({
    gateway,
    metrics: createMetrics(),
    env: { METRICS_TOKEN: `${token}, ${oldToken}`, ...webhookEnv },
  });
});

afterEach(() => app.close());

const ask = (headers: Record<string, string> = {}) => fetch(`${app.url}/metrics`, { headers });

async function metrics(): Promise<string> {
  const response = await ask({ authorization: `Bearer ${token}` });
  expect(response.status).toBe(200);
  return response.text();
}

/** Reads the metrics until they have a line: a request is counted when its connection is done with it. */
async function until(line: string): Promise<void> {
  for (;;) {
    if ((await metrics()).includes(line)) return;
  }
}

describe('/metrics', () => {
  it('is for who has one of the tokens', async () => {
    attacks('metrics-away');
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: `Basic ${token}` }]) {
      const response = await ask(headers as Record<string, string>);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(await response.text()).not.toContain('connect_');
    }
    expect((await new Visitor(app.url).get('/sign-in')).status).toBe(200);
    expect((await ask({ authorization: `Bearer ${oldToken}` })).status).toBe(200);
    expect((await ask({ authorization: `Bearer ${token}` })).headers.get('content-type')).toContain(
      'text/plain; version=0.0.4',
    );
  });

  it('tells requests by their routes, and of nobody', async () => {
    const visitor = await new Visitor(app.url).signIn('ada@example.com');
    const { headers } = await visitor.post('/connections/gmail/connect');
    await visitor.get('/connections/gmail/status?flow=secret-flow');
    await visitor.get('/nothing/of/that/name');
    expect(headers.location).toMatch(/^https:/);
    await until('route="/connections/:name/connect",method="POST",status="303"} 1');
    await until('route="/connections/:name/status",method="GET",status="404"} 1');
    await until('route="none",method="GET",status="404"} 1');
    const body = await metrics();
    expect(body).toContain('connect_flows_total{outcome="started",reason="none"} 1');
    expect(body).toContain('connect_audit_events_total{type="user.signed_in"} 1');
    for (const secret of ['ada@example.com', 'secret-flow', 'gmail', 'nothing/of']) {
      expect(body).not.toContain(secret);
    }
  });

  it('tells open streams, and does not take them for slow answers', async () => {
    const browser = liveBrowser(app.url);
    await browser.signIn('ada@example.com');
    const stream = await browser.open();
    await until('connect_live_streams 1');
    stream.leave();
    await until('connect_live_streams 0');
    expect(await metrics()).not.toContain('route="/events"');
  });

  it('tells how many mails wait, and how many were given up', async () => {
    const mail = (id: string, changes: object = {}) => ({
      id,
      kind: 'account_expired',
      identifier: 'ada@example.com',
      connectionName: 'gmail',
      accountId: 'ca_1',
      toAddress: 'ada@example.com',
      incident: id,
      createdAt: 1,
      sendAfter: 1,
      tries: 0,
      nextTryAt: 1,
      addressGiven: 0,
      ...changes,
    });
    const ends = [{}, {}, { sentAt: 2 }, { withdrawnAt: 2 }, { failedAt: 2 }];
    const rows = ends.map((end, index) => mail(String(index), end));
    await app.deps.db.insertInto('outbox').values(rows).execute();
    const body = await metrics();
    expect(body).toContain('connect_outbox_mails{state="waiting"} 2');
    expect(body).toContain('connect_outbox_mails{state="failed"} 1');
  });

  it('tells webhooks by type and by what was done with them', async () => {
    const data = { id: 'ca_1', identifier: 'ada@example.com', connection_name: 'gmail', status: 'EXPIRED' };
    await deliver(app.url, eventBody('status_updated', data));
    await deliver(app.url, eventBody('made_up', data));
    await deliver(app.url, eventBody('deleted', data), { headers: { 'webhook-signature': 'v1,forged' } });
    app.deps.webhooks.worker.start();
    await until('type="connected_account.status_updated",result="done"} 1');
    await until('type="other",result="done"} 1');
    await app.deps.webhooks.worker.stop();
    const body = await metrics();
    expect(body).toContain('type="connected_account.status_updated",result="recorded"} 1');
    expect(body).toContain('type="unknown",result="refused"} 1');
    expect(body).not.toContain('made_up');
  });
});

describe('without a token', () => {
  it('there is nothing at that address', async () => {
    const plain = await startTestApp({ gateway: createMemoryGateway() });
    const visitor = await new Visitor(plain.url).signIn('ada@example.com');
    expect((await visitor.get('/metrics')).status).toBe(404);
    await plain.close();
  });
});

describe('a server for the metrics alone', () => {
  it('answers nothing else', async () => {
    const server = createMetricsServer(createMetrics(), []).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
    expect((await fetch(`${url}/connections`)).status).toBe(404);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
