import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createApiClients } from '../../../server/identity/clients/apiClients.js';
import { createAuditTrail } from '../../../server/store/auditTrail.js';
import { openDatabase } from '../../../server/store/database/openDatabase.js';
import { anotherApp } from '../../routes/onboarding/onboardingJourneys.js';
import { freePort } from '../../support/freePort.js';
import { type InstanceProcess, startInstance } from '../../support/instanceProcess.js';
import { afterAll, attacks, beforeAll, describe, expect, it } from '../../support/jest.js';
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

const underPaths = proxyKinds.flatMap((kind) =>
  (['', '/apps/connect'] as const).map((basePath) => ({ kind, basePath, where: basePath || 'the root' })),
);

describe.each(underPaths)('$kind as the app comes with it, before an app at $where', ({ kind, basePath }) => {
  let instances: InstanceProcess[];
  let proxy: ShippedProxy;
  let agent: Agent;
  const cookies = new Map<string, string>();

  beforeAll(async () => {
    const port = await freePort();
    const sandboxPort = String(await freePort());
    const env = {
      PUBLIC_URL: `https://127.0.0.1:${port}${basePath}`,
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
      // The path as it is: a URL would lose its dots, double slashes and fragment.
      const asking = request(proxy.url, { path: address, method, headers: sent, agent }, (response) => {
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

  /** Sends the form of a page with these fields. */
  async function submit(
    page: string,
    address: string,
    fields: Record<string, string>,
    headers = {},
  ): Promise<Answer> {
    const { text } = await send('GET', page);
    const hidden = [...text.matchAll(/type="hidden" name="([^"]+)" value="([^"]+)"/g)].map(
      ([, name = '', value = '']) => [name, value] as const,
    );
    const body = new URLSearchParams({ ...Object.fromEntries(hidden), ...fields }).toString();
    return send('POST', address, { body, headers });
  }

  async function untilLogged(words: string): Promise<void> {
    while (!proxy.log().includes(words)) await pause(20);
  }

  it('leads a user through, tells the app who asks, and believes nothing that the browser says of that', async () => {
    const headers = { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'http' };
    const signIn = `${basePath}/sign-in`;
    const signedIn = await submit(signIn, signIn, { identifier: 'grace@example.com' }, headers);
    expect(signedIn).toMatchObject({ status: 303, headers: { location: `${basePath}/connections` } });
    expect([...cookies.keys()].every((name) => name.startsWith('__Host-'))).toBe(true);
    const list = await send('GET', `${basePath}/connections`);
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

  it('passes events on at once, to a user and in an onboarding', async () => {
    const database = await openDatabase({ dataDir: folder, databaseUrl: postgres.url }, silent);
    const audit = createAuditTrail(database.db, silent);
    const apiClients = createApiClients({ ...database, audit });
    const [one] = instances;
    const acme = await anotherApp({ url: one?.url + basePath, deps: { apiClients } });
    await database.close();
    const { id, path: start } = await acme.create({ user_check: 'none' });
    const begun = await submit(start, `${basePath}/onboarding/start`, {});
    expect(begun.headers.location).toBe(`${basePath}/onboarding/${id}`);
    for (const address of [`${basePath}/events`, `${basePath}/onboarding/${id}/events`]) {
      const { status, headers, text } = await send('GET', address, { read: 'first' });
      expect([address, status]).toEqual([address, 200]);
      expect(headers['content-type']).toContain('text/event-stream');
      expect(text).toContain('retry:');
    }
  });

  it('shows the page whose path ends as that of events does', async () => {
    const { status, text } = await send('GET', `${basePath}/admin/events`);
    expect([status, text.includes('</html>')]).toEqual([403, true]);
  });

  it('keeps the metrics and the readiness from the outside, in every spelling', async () => {
    const names = ['metrics', 'readyz'];
    const parts = names.flatMap((name) => [name, `${name}/`, `${name}//`, name.toUpperCase(), `%${name}`]);
    const encoded = (part: string) =>
      part.replace(/%(.)/, (_, letter: string) => `%${letter.charCodeAt(0).toString(16)}`);
    const spellings = [
      ...parts.map(encoded),
      ...names.flatMap((name) => [`/${name}`, `x/../${name}`, `${name}#x`, `${name}\\#`]),
    ];
    const before = [...new Set([basePath, '', basePath.toUpperCase()])];
    for (const address of before.flatMap((path) => spellings.map((spelling) => `${path}/${spelling}`))) {
      const { status, text } = await send('GET', address);
      expect([address, status >= 400 && status < 500]).toEqual([address, true]);
      expect(text).not.toMatch(/"database"|connect_|token/);
    }
    const [one] = instances;
    expect((await fetch(`${one?.url}/readyz`)).status).toBe(200);
    expect((await fetch(`${one?.url}/metrics`)).status).toBe(401);
  });

  it('refuses a body that is too large', async () => {
    expect((await send('POST', `${basePath}/sign-in`, { body: 'x'.repeat(200_000) })).status).toBe(413);
  });

  it('writes neither a secret nor a person into its logs, not even while an instance is away', async () => {
    attacks('nothing-secret-in-logs', 'instance-away');
    const secret = 's3cretState';
    const headers = { Referer: `https://app.example/?from=${secret}`, 'User-Agent': `agent-${secret}` };
    const addresses = [
      `/user/verify?state=${secret}&auth_request_id=${secret}`,
      `/admin/users/ada.${secret}`,
      `/Admin/Users/ada.${secret}/connections/gmail`,
      `/api/v1/users/${secret}@example.com/connections?x=${secret}`,
      `/api/v1/users/%0A${secret}`,
      `//admin//users//${secret}`,
      `/another/path/API/v1/users/${secret}`,
      `/another%0Apath/admin/users/${secret}`,
      `/elsewhere/${secret}@example.com`,
      `/elsewhere/${secret}%40example.com`,
    ].map((address) => basePath + address);
    for (const address of addresses) await send('GET', address, { headers });
    const [one] = instances;
    await one?.kill();
    for (const address of addresses) expect((await send('GET', address, { headers })).status).not.toBe(502);
    await Promise.all(instances.map((instance) => instance.kill()));
    const [first = ''] = addresses;
    const nobody = await send('GET', first, { headers }).catch(() => ({ status: 503 }));
    expect(nobody.status).toBeGreaterThanOrEqual(502);
    // The proxy answers this by itself, and logs it after the others.
    await send('GET', '/mEtRiCs');
    await untilLogged('mEtRiCs');
    expect(proxy.log()).toContain(basePath === '' ? '/user' : '/connect');
    const telling = proxy
      .log()
      .split('\n')
      .filter((line) => line.includes(secret));
    expect(telling).toEqual([]);
  });
});
