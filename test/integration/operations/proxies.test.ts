import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openDatabase } from '../../../server/store/database/openDatabase.js';
import { freePort } from '../../support/freePort.js';
import { type InstanceProcess, startInstance } from '../../support/instanceProcess.js';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';
import { createPostgresDatabase, type PostgresDatabase } from '../../support/postgresDatabase.js';
import { proxyKinds, type ShippedProxy, startProxy } from '../../support/proxies.js';
import { silent } from '../../unit/tempDatabase.js';

let postgres: PostgresDatabase;
let folder: string;

beforeAll(async () => {
  postgres = await createPostgresDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
});

afterAll(async () => {
  await postgres.drop();
  await rm(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

describe.each(proxyKinds)('%s as the app comes with it', (kind) => {
  let instances: InstanceProcess[];
  let proxy: ShippedProxy;
  let agent: Agent;
  const cookies = new Map<string, string>();

  beforeAll(async () => {
    const port = await freePort();
    const sandboxPort = String(await freePort());
    const env = {
      PUBLIC_URL: `https://127.0.0.1:${port}`,
      TRUST_PROXY: '1',
      DATABASE_URL: postgres.url,
      SESSION_SECRET: 'a secret of the tests that is long enough',
      METRICS_TOKEN: 'a token of the tests',
      SANDBOX_PORT: sandboxPort,
    };
    const one = await startInstance(folder, env);
    const other = await startInstance(folder, { ...env, SANDBOX_PORT: String(await freePort()) });
    instances = [one, other];
    proxy = await startProxy(kind, { port, instances: [one.port, other.port] });
    agent = new Agent({ ca: proxy.ca, keepAlive: true });
  });

  afterAll(async () => {
    agent.destroy();
    await proxy.close();
    await Promise.all(instances.map((instance) => instance.kill()));
  });

  /** @param read how much of the answer is waited for */
  function send(
    method: string,
    address: string,
    { body = '', headers = {}, read = 'all' as 'all' | 'first' } = {},
  ): Promise<Answer> {
    const sent = {
      Accept: 'text/html',
      Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      ...(body === ''
        ? {}
        : { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': String(body.length) }),
      ...headers,
    };
    return new Promise((resolve, reject) => {
      const asking = request(proxy.url + address, { method, headers: sent, agent }, (response) => {
        for (const cookie of response.headers['set-cookie'] ?? []) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
          cookies.set(name, value);
        }
        let text = '';
        const answer = () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        response.on('data', (piece: Buffer) => {
          text += piece.toString();
          if (read === 'first') {
            answer();
            response.destroy();
          }
        });
        response.on('error', reject);
        response.on('end', answer);
      });
      asking.on('error', reject);
      asking.end(body);
    });
  }

  async function untilLogged(words: string): Promise<void> {
    while (!proxy.log().includes(words)) await pause(20);
  }

  it('leads a user through, tells the app who asks, and believes nothing that the browser says of that', async () => {
    const page = await send('GET', '/sign-in');
    const _csrf = /name="_csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const body = new URLSearchParams({ identifier: 'grace@example.com', _csrf }).toString();
    const headers = { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'http' };
    expect((await send('POST', '/sign-in', { body, headers })).status).toBe(303);
    expect([...cookies.keys()].every((name) => name.startsWith('__Host-'))).toBe(true);
    const list = await send('GET', '/connections');
    expect(list.text).toContain('Connections');
    const database = await openDatabase({ dataDir: folder, databaseUrl: postgres.url }, silent);
    const [event] = await database.db
      .selectFrom('auditEvents')
      .select('address')
      .where('type', '=', 'user.signed_in')
      .orderBy('at', 'desc')
      .execute();
    await database.close();
    expect(event?.address).toBe('127.0.0.1');
  });

  it('passes events on at once', async () => {
    const { status, headers, text } = await send('GET', '/events', { read: 'first' });
    expect(status).toBe(200);
    expect(headers['content-type']).toContain('text/event-stream');
    expect(text).toContain('retry:');
  });

  it.each(['/metrics', '/readyz', '/Readyz/', '/metrics/'])('keeps %s from the outside', async (address) => {
    expect((await send('GET', address)).status).toBe(404);
  });

  it('refuses a body that is too large', async () => {
    expect((await send('POST', '/sign-in', { body: 'x'.repeat(200_000) })).status).toBe(413);
  });

  it('writes neither a secret nor a person into its logs, not even while an instance is away', async () => {
    const secret = 's3cretState';
    const headers = { Referer: `https://app.example/?from=${secret}`, 'User-Agent': `agent-${secret}` };
    const addresses = [
      `/user/verify?state=${secret}&auth_request_id=${secret}`,
      `/admin/users/ada.${secret}`,
      `/Admin/Users/ada.${secret}/connections/gmail`,
      `/api/v1/users/${secret}@example.com/connections?x=${secret}`,
      `/elsewhere/${secret}@example.com`,
      `/elsewhere/${secret}%40example.com`,
    ];
    for (const address of addresses) await send('GET', address, { headers });
    const [one] = instances;
    await one?.kill();
    for (const address of addresses) expect((await send('GET', address, { headers })).status).not.toBe(502);
    await Promise.all(instances.map((instance) => instance.kill()));
    const [first = ''] = addresses;
    const nobody = await send('GET', first, { headers }).catch(() => ({ status: 503 }));
    expect(nobody.status).toBeGreaterThanOrEqual(502);
    await send('GET', '/the-last');
    await untilLogged('the-last');
    expect(proxy.log()).toContain('/user');
    const telling = proxy
      .log()
      .split('\n')
      .filter((line) => line.includes(secret));
    expect(telling).toEqual([]);
  });
});
