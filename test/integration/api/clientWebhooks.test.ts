import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Webhook } from 'standardwebhooks';
import { createSandbox, type Sandbox } from '../../../server/sandbox/sandbox.js';
import { runCommand } from '../../support/command.js';
import { type Front, startFront } from '../../support/front.js';
import { type InstanceProcess, startInstance } from '../../support/instanceProcess.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '../../support/jest.js';
import { Visitor } from '../../support/visitor.js';
import { databaseKinds, postgresOfThisFile } from '../../unit/tempDatabase.js';
import { secret as scalekitSecret } from '../../unit/webhooks/deliveries.js';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let sandbox: Sandbox;
let front: Front;
let receiver: Server;
let receiverUrl: string;
let received: Received[];
let waiting: { readonly count: number; tell(): void }[];
/** What the receiver does with what comes. */
let answer: (response: ServerResponse) => void;

beforeAll(async () => {
  sandbox = await createSandbox({ seed: 'default', webhookRetryMs: 20 });
  front = await startFront();
  receiver = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => {
      // To the client of the app before.
      if (request.url !== new URL(receiverUrl).pathname) return void response.end();
      received.push({ headers: request.headers, body });
      answer(response);
      for (const one of waiting.filter(({ count }) => count <= received.length)) one.tell();
    });
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
});

afterAll(async () => {
  receiver.close();
  receiver.closeAllConnections();
  await front.close();
  await sandbox.close();
});

const untilReceived = (count: number) =>
  new Promise<void>((resolve) => {
    if (received.length >= count) resolve();
    else waiting.push({ count, tell: resolve });
  });

describe.each(databaseKinds)('an app on %s that tells another one', (kind) => {
  const ada = 'ada@example.com';
  let folder: string;
  let env: Record<string, string>;
  let instance: InstanceProcess;
  let clientId: string;
  let webhookSecret: string;

  const start = async () => {
    instance = await startInstance(folder, env);
    front.choose(instance.port);
  };

  const command = async (...args: string[]) => {
    const { failed, told } = await runCommand(args, { ...env, PORT: '3000' });
    if (failed) throw new Error(told);
    return told.trimEnd().split('\n');
  };

  const verified = ({ body, headers }: Received) =>
    new Webhook(webhookSecret).verify(body, headers as Record<string, string>) as {
      readonly type: string;
      readonly data: Readonly<Record<string, unknown>>;
    };

  beforeAll(async () => {
    sandbox.reset();
    receiverUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/${kind}`;
    folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
    env = {
      PUBLIC_URL: front.url,
      DATA_DIR: folder,
      DATABASE_URL: kind === 'postgres' ? (await postgresOfThisFile()).url : '',
      SESSION_SECRET: 'a secret of the tests that is long enough',
      SCALEKIT_ENVIRONMENT_URL: sandbox.url,
      SCALEKIT_CLIENT_ID: 'sandbox',
      SCALEKIT_CLIENT_SECRET: 'sandbox',
      SCALEKIT_WEBHOOK_SECRETS: scalekitSecret,
    };
    sandbox.control.setWebhook({ url: `${front.url}/webhooks/scalekit`, secret: scalekitSecret });
    await start();
    const made = await command('client', 'create', '--name', 'Acme', '--scope', 'status:read');
    clientId = made[0]?.split('  ')[0] ?? '';
    webhookSecret = (await command('client', 'webhook', clientId, receiverUrl)).at(-1) ?? '';
  });

  beforeEach(() => {
    received = [];
    waiting = [];
    answer = (response) => void response.writeHead(204).end();
  });

  afterAll(async () => {
    await instance.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function connect(): Promise<void> {
    const visitor = await new Visitor(front.url).signIn(ada);
    const begun = await visitor.post('/connections/gmail/connect');
    const body = new URLSearchParams({ outcome: 'allow' });
    const consented = await fetch(begun.headers.location ?? '', { method: 'POST', body, redirect: 'manual' });
    const { pathname, search } = new URL(consented.headers.get('location') ?? '');
    await visitor.follow(await visitor.get(pathname + search));
  }

  it('says what happens, as it happens: connected, expired, erased', async () => {
    await connect();
    await untilReceived(1);
    sandbox.control.expire('gmail', ada);
    await untilReceived(2);
    await command('user', 'erase', ada, '--yes');
    // The end of the account may be told before the end of its user, or be purged with them.
    for (let count = 3; ; count += 1) {
      await untilReceived(count);
      if (verified(received[count - 1] as Received).type === 'user.erased') break;
    }
    const told = received.map(verified);
    expect(told.map(({ type }) => type).filter((type) => type !== 'connection.disconnected')).toEqual([
      'connection.active',
      'connection.needs_user',
      'user.erased',
    ]);
    for (const { data } of told) expect(data).toMatchObject({ identifier: ada });
    expect(received.map(({ body }) => body).join()).not.toContain('connected_as');
  });

  it('loses nothing when it is killed while the other one holds its answer back', async () => {
    answer = () => undefined;
    await connect();
    await untilReceived(1);
    await instance.kill();
    answer = (response) => void response.writeHead(204).end();
    await start();
    await untilReceived(2);
    const [first, second] = received as [Received, Received];
    expect(verified(second)).toEqual(verified(first));
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
    expect(verified(second)).toMatchObject({ type: 'connection.active', data: { connection: 'gmail' } });
  });
});
