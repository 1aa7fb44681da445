import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Sandbox } from '../../../server/sandbox/sandbox.js';
import { createSandbox } from '../../../server/sandbox/sandbox.js';
import { freePort } from '../../support/freePort.js';
import { type InstanceProcess, startInstance } from '../../support/instanceProcess.js';
import { afterAll, attacks, beforeAll, describe, expect, it } from '../../support/jest.js';
import { createPostgresDatabase, type PostgresDatabase } from '../../support/postgresDatabase.js';
import { proxyKinds, type ShippedProxy, startProxy } from '../../support/proxies.js';

let postgres: PostgresDatabase;
let sandbox: Sandbox;
let folder: string;
let proxy: ShippedProxy;
let instances: InstanceProcess[];

const metricsToken = 'a token of the tests';

/** Between two requests of a browser: hundreds a second, of four browsers, would be load and find nothing more. */
const betweenMs = 20;

/** Two of them look every two seconds whether an instance is about to stop. nginx only sees what it answers. */
const drainSeconds = { nginx: '1', haproxy: '4', caddy: '3' };

async function start(publicUrl: string, drain: string, port?: number): Promise<InstanceProcess> {
  const env = {
    PUBLIC_URL: publicUrl,
    TRUST_PROXY: '1',
    DRAIN_SECONDS: drain,
    DATABASE_URL: postgres.url,
    SESSION_SECRET: 'a secret of the tests that is long enough',
    SCALEKIT_ENVIRONMENT_URL: sandbox.url,
    SCALEKIT_CLIENT_ID: 'sandbox',
    SCALEKIT_CLIENT_SECRET: 'sandbox',
    METRICS_TOKEN: metricsToken,
    RATE_LIMIT_CONNECT_PER_MINUTE: '100000',
  };
  return startInstance(folder, env, port);
}

beforeAll(async () => {
  postgres = await createPostgresDatabase();
  sandbox = await createSandbox({ seed: 'default' });
  folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
});

afterAll(async () => {
  await sandbox.close();
  await postgres.drop();
  await rm(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly location: string;
  readonly text: string;
}

/** A browser that keeps its connections, as browsers do. */
class Browser {
  private readonly cookies = new Map<string, string>();
  private readonly agent = new Agent({ keepAlive: true, ca: proxy.ca });

  send(method: string, address: string, fields: Record<string, string> = {}): Promise<Answer> {
    const body = method === 'POST' ? new URLSearchParams(fields).toString() : '';
    const headers = {
      Accept: 'text/html',
      Cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      ...(method === 'POST'
        ? { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': body.length }
        : {}),
    };
    return new Promise((resolve, reject) => {
      const sent = request(proxy.url + address, { method, headers, agent: this.agent }, (response) => {
        for (const cookie of response.headers['set-cookie'] ?? []) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
          this.cookies.set(name, value);
        }
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            location: response.headers.location ?? '',
            text: Buffer.concat(pieces).toString(),
          }),
        );
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  async token(address: string): Promise<string> {
    const { status, text } = await this.send('GET', address);
    expect(status).toBe(200);
    return /name="_csrf" value="([^"]+)"/.exec(text)?.[1] ?? '';
  }

  async signIn(identifier: string): Promise<this> {
    const _csrf = await this.token('/sign-in');
    const { status } = await this.send('POST', '/sign-in', { identifier, _csrf });
    expect(status).toBe(303);
    return this;
  }

  close(): void {
    this.agent.destroy();
  }
}

describe.each(proxyKinds)('behind %s as the app comes with it', (kind) => {
  beforeAll(async () => {
    const port = await freePort();
    const url = `https://127.0.0.1:${port}`;
    const [one, other] = [await start(url, drainSeconds[kind]), await start(url, drainSeconds[kind])];
    instances = [one, other];
    proxy = await startProxy(kind, { port, instances: [one.port, other.port] });
    await untilPassedOn();
  });

  afterAll(async () => {
    await proxy.close();
    await Promise.all(instances.map((instance) => instance.kill()));
  });

  it('a rolling update loses no request', async () => {
    attacks('instance-away');
    const readers = await Promise.all([1, 2, 3].map((each) => new Browser().signIn(`reader${each}@test.io`)));
    const writer = await new Browser().signIn('writer@test.io');
    const read: number[] = [];
    const written: number[] = [];
    let done = false;
    const failed = () => 0;
    const reading = readers.map(async (reader) => {
      while (!done) {
        read.push(await reader.send('GET', '/connections').then(({ status }) => status, failed));
        await pause(betweenMs);
      }
    });
    const _csrf = await writer.token('/connections');
    const writing = (async () => {
      while (!done) {
        const sent = writer.send('POST', '/connections/gmail/connect', { _csrf });
        written.push(await sent.then(({ status }) => status, failed));
        await pause(betweenMs);
      }
    })();

    for (const [index, instance] of instances.entries()) {
      const stopping = instance.stop();
      expect((await untilDraining(instance)).status).toBe('draining');
      await stopping;
      // While there is one instance only.
      const before = read.length;
      while (read.length < before + 20) await pause(20);
      instances[index] = await start(proxy.url, drainSeconds[kind], instance.port);
      await untilServing(instances[index]);
    }
    done = true;
    await Promise.all([...reading, writing]);
    for (const browser of [...readers, writer]) browser.close();

    expect(read.length).toBeGreaterThan(100);
    expect(written.length).toBeGreaterThan(20);
    expect(read.filter((status) => status !== 200)).toEqual([]);
    // One that was in flight with an instance that closed its connection can't be sent again.
    expect(written.filter((status) => status !== 303)).toEqual([]);
  });
});

/** Waits until the proxy, which has just started, has found an instance. */
async function untilPassedOn(): Promise<void> {
  const browser = new Browser();
  while ((await browser.send('GET', '/sign-in')).status !== 200) await pause(20);
  browser.close();
}

/** Waits until the proxy sends pages to an instance. */
async function untilServing({ url }: InstanceProcess): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/metrics`, { headers: { Authorization: `Bearer ${metricsToken}` } });
    const text = await answer.text();
    if (/^connect_http_request_duration_seconds_count\{.*route="\/connections"/m.test(text)) return;
    await pause(20);
  }
}

/** What an instance says of itself once it is about to stop. */
async function untilDraining({ url }: InstanceProcess): Promise<{ status: string }> {
  for (;;) {
    const answer = await fetch(`${url}/readyz`);
    const { connection } = Object.fromEntries(answer.headers);
    if (answer.status === 503 && connection === 'close') return (await answer.json()) as { status: string };
    await answer.body?.cancel();
    await pause(20);
  }
}
