import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as tick } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import {
  type ClientWebhooks,
  createClientWebhooks,
  createDeliveries,
} from '../../../../server/api/webhooks/clientWebhooks.js';
import { createLogger } from '../../../../server/http/logging.js';
import type { ApiClient, ClientSettings } from '../../../../server/identity/clients/apiClient.js';
import { createApiClients } from '../../../../server/identity/clients/apiClients.js';
import { createAuditTrail } from '../../../../server/store/auditTrail.js';
import {
  type ClientEventType,
  erasureToTell,
  tellClients,
} from '../../../../server/store/clientEventStore.js';
import type { Job } from '../../../../server/store/job.js';
import { createLocks } from '../../../../server/store/locks.js';
import { afterEach, beforeEach, describe, expect, it, jest } from '../../../support/jest.js';
import { someSettings } from '../../identity/clients/clients.js';
import { databaseKinds, openTempDatabase, silent, type TempDatabase } from '../../tempDatabase.js';

const by = { actor: 'command' };
const sessionSecrets = ['a secret of the tests that is long enough'];
const hour = 3_600_000;
const day = 24 * hour;
const [ada, bob] = ['ada@example.com', 'bob@example.com'];

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Who it is about, and what. */
  readonly what: string;
}

describe.each(databaseKinds)('what other apps are sent, on %s', (kind) => {
  let database: TempDatabase;
  let webhooks: ClientWebhooks;
  let clients: ReturnType<typeof createApiClients>;
  let job: Job;
  let received: Received[];
  let answer: (received: Received, response: ServerResponse) => void;
  let url: string;
  let told: string[];
  let close: () => void;
  let now: number;

  const ok = (_: Received, response: ServerResponse) => void response.writeHead(204).end();

  function jobOn(secrets = sessionSecrets, withinMs = 10_000) {
    const audit = createAuditTrail(database.db, silent);
    const settings = { loopback: true, allowCidrs: [] };
    const made = createClientWebhooks({ db: database.db, audit, secrets, settings }, { withinMs });
    const options = { lookEveryMs: 5, firstRetryMs: 1000, stopWithinMs: 5, claimMs: 20_000 };
    const sender = createDeliveries(
      {
        webhooks: made,
        clients,
        audit,
        locks: createLocks({ ...database, logger: silent }),
        logger: createLogger('silent'),
        async tellSwitchedOff(_within, { name }) {
          told.push(name);
        },
      },
      options,
    );
    return { made, sender };
  }

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    received = [];
    told = [];
    answer = ok;
    now = Date.now();
    jest.spyOn(Date, 'now').mockImplementation(() => now);
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (piece) => {
        body += piece;
      });
      request.on('end', () => {
        const { type, data } = JSON.parse(body);
        const what = [type, data.identifier, data.connection].filter(Boolean).join(' ');
        const one = { path: request.url ?? '', headers: request.headers, body, what };
        received.push(one);
        answer(one, response);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    close = () => {
      server.close();
      server.closeAllConnections();
    };
    clients = createApiClients({ ...database, audit: createAuditTrail(database.db, silent) });
    const { made, sender } = jobOn();
    webhooks = made;
    job = sender;
  });

  afterEach(async () => {
    await job.stop();
    close();
    jest.restoreAllMocks();
    await database.close();
  });

  async function listener(path = '/hook', changes: Partial<ClientSettings> = {}) {
    const { client } = await clients.create(someSettings(changes), by);
    const secret = await webhooks.set(client, `${url}${path}`, by);
    return { client, secret: secret ?? '' };
  }

  const tell = (type: ClientEventType, identifier = ada, connectionName: string | null = 'gmail') =>
    database.db
      .transaction()
      .execute((within) =>
        tellClients(within, [{ type, identifier, connectionName, data: { connection: connectionName } }]),
      );

  const rows = () =>
    database.db.selectFrom('clientDeliveries').selectAll().orderBy('sequence').orderBy('id').execute();

  const webhookOf = ({ id }: ApiClient) => webhooks.find(id);

  const verify = (secret: string, { body, headers }: Received) =>
    new Webhook(secret).verify(body, headers as Record<string, string>);

  it('are signed events, each once, in their order', async () => {
    const { secret } = await listener();
    await tell('connection.active');
    await tell('connection.needs_user');
    await tell('connection.disconnected');
    await job.look();
    expect(received.map(({ what }) => what)).toEqual([
      'connection.active ada@example.com gmail',
      'connection.needs_user ada@example.com gmail',
      'connection.disconnected ada@example.com gmail',
    ]);
    for (const one of received) expect(verify(secret, one)).toMatchObject({ data: { identifier: ada } });
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(3);
    await job.look();
    expect(received).toHaveLength(3);
    expect(await rows()).toMatchObject(
      [1, 2, 3].map(() => ({ tries: 1, deliveredAt: now, lastError: null })),
    );
  });

  it('are signed by both secrets while one is replaced, and by the new one alone after that', async () => {
    const { client, secret } = await listener();
    const next = (await webhooks.rotate(client, hour, by)) ?? '';
    await tell('connection.active');
    await job.look();
    const [first] = received as [Received];
    expect(verify(secret, first)).toMatchObject({ type: 'connection.active' });
    expect(verify(next, first)).toMatchObject({ type: 'connection.active' });
    now += hour;
    await tell('connection.disconnected');
    await job.look();
    const [, second] = received as [Received, Received];
    jest.restoreAllMocks();
    now = Date.now();
    jest.spyOn(Date, 'now').mockImplementation(() => now + hour);
    expect(verify(next, second)).toMatchObject({ type: 'connection.disconnected' });
    expect(() => verify(secret, second)).toThrow();
    const stored = await database.db.selectFrom('clientWebhooks').selectAll().execute();
    for (const clear of [secret, next]) expect(JSON.stringify(stored)).not.toContain(clear.slice(6));
  });

  it('come again under the same id until they are taken, ever more rarely', async () => {
    await listener();
    answer = (_, response) => void response.writeHead(500).end();
    await tell('connection.active');
    const waits: number[] = [];
    for (let tries = 1; tries <= 4; tries += 1) {
      await job.look();
      expect(received).toHaveLength(tries);
      const [row] = await rows();
      expect(row).toMatchObject({ tries, lastError: 'refused 500', deliveredAt: null, failedAt: null });
      waits.push((row?.nextTryAt ?? 0) - now);
      await job.look();
      expect(received).toHaveLength(tries);
      now += 60_000;
    }
    expect(waits[3]).toBeGreaterThan(waits[0] ?? Infinity);
    answer = ok;
    await job.look();
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect((await rows())[0]).toMatchObject({ deliveredAt: now, lastError: null });
  });

  it('are kept in order for one user and connection, and wait for no other', async () => {
    await listener();
    answer = ({ what }, response) =>
      void response.writeHead(what.startsWith('connection.active ada') ? 503 : 204).end();
    await tell('connection.active');
    await tell('connection.needs_user');
    await tell('connection.active', ada, 'slack');
    await tell('connection.active', bob);
    await tell('onboarding.ended', ada, null);
    answer = ({ what }, response) =>
      void response.writeHead(what === 'connection.active ada@example.com gmail' ? 503 : 204).end();
    await job.look();
    expect(received.map(({ what }) => what).sort()).toEqual([
      'connection.active ada@example.com gmail',
      'connection.active ada@example.com slack',
      'connection.active bob@example.com gmail',
      'onboarding.ended ada@example.com',
    ]);
    answer = ok;
    now += 60_000;
    received = [];
    await job.look();
    expect(received.map(({ what }) => what)).toEqual([
      'connection.active ada@example.com gmail',
      'connection.needs_user ada@example.com gmail',
    ]);
  });

  it('go on with what was delivered while the next look was under way', async () => {
    await listener();
    const held: ServerResponse[] = [];
    answer = (_, response) => void held.push(response);
    await tell('connection.active');
    await tell('connection.needs_user');
    const taken = jest.spyOn(webhooks.store, 'noteTaken');
    const { clientsDue } = webhooks.store;
    jest.spyOn(webhooks.store, 'clientsDue').mockImplementation(async (...asked) => {
      const due = await clientsDue(...asked);
      if (held.length > 0) {
        answer = ok;
        for (const response of held.splice(0)) response.end();
        // Until what was under way has ended.
        while (taken.mock.calls.length === 0) await tick();
        await Promise.all(taken.mock.results.map(({ value }) => value));
        for (let ticks = 0; ticks < 5; ticks += 1) await tick();
      }
      return due;
    });
    await job.look();
    expect(received.map(({ what }) => what)).toEqual([
      'connection.active ada@example.com gmail',
      'connection.needs_user ada@example.com gmail',
    ]);
  });

  it('go to one address while another is slow, which keeps nobody waiting', async () => {
    await listener('/slow');
    await listener('/quick');
    const slow: ServerResponse[] = [];
    let told: () => void = () => undefined;
    const quickDone = new Promise<void>((resolve) => {
      told = resolve;
    });
    answer = ({ path }, response) => {
      if (path === '/slow') return void slow.push(response);
      response.end();
      if (received.filter((one) => one.path === '/quick').length === 30) told();
    };
    for (let count = 0; count < 30; count += 1) await tell('connection.active', `user ${count}`);
    const looking = job.look();
    await quickDone;
    // What comes later is not kept waiting either.
    const later = new Promise<void>((resolve) => {
      answer = ({ path }, response) => {
        if (path === '/slow') return void slow.push(response);
        response.end();
        resolve();
      };
    });
    await tell('connection.active', 'one more');
    await later;
    expect(received.filter(({ path }) => path === '/slow').length).toBeLessThanOrEqual(8);
    answer = ok;
    for (const response of slow) response.end();
    await looking;
    expect((await rows()).every(({ deliveredAt }) => deliveredAt !== null)).toBe(true);
  });

  it('leave an address alone for a while that takes nothing, however much waits for it', async () => {
    await listener();
    answer = (_, response) => void response.writeHead(500).end();
    for (let count = 0; count < 30; count += 1) await tell('connection.active', `user ${count}`);
    await job.look();
    expect(received.length).toBeLessThanOrEqual(8);
    answer = ok;
    now += 60_000;
    await job.look();
    expect((await rows()).every(({ deliveredAt }) => deliveredAt !== null)).toBe(true);
  });

  it('leave it alone also when it fails while the next look is under way', async () => {
    await listener();
    const failing: ServerResponse[] = [];
    answer = (_, response) => void failing.push(response);
    for (let count = 0; count < 30; count += 1) await tell('connection.active', `user ${count}`);
    const noted = jest.spyOn(webhooks.store, 'noteNotTaken');
    const { clientsDue } = webhooks.store;
    jest.spyOn(webhooks.store, 'clientsDue').mockImplementation(async (...asked) => {
      const due = await clientsDue(...asked);
      for (const response of failing.splice(0)) response.writeHead(500).end();
      // Until all that was under way has ended.
      while (noted.mock.calls.length < received.length) await tick();
      await Promise.all(noted.mock.results.map(({ value }) => value));
      for (let ticks = 0; ticks < 5; ticks += 1) await tick();
      return due;
    });
    await job.look();
    expect(received.length).toBeLessThanOrEqual(8);
  });

  it('are lost by no crash: what was written is sent after the start, and what was claimed once the claim is over', async () => {
    await listener();
    await tell('connection.active');
    // As a process leaves it that dies between its claim and the answer.
    const [claimed] = await webhooks.store.claim((await rows())[0]?.clientId ?? '', now, now + 20_000, 8);
    expect(claimed).toMatchObject({ tries: 1 });
    const { sender } = jobOn();
    await sender.look();
    expect(received).toEqual([]);
    now += 20_000;
    await sender.look();
    expect(received.map(({ what }) => what)).toEqual(['connection.active ada@example.com gmail']);
  });

  it('come again when the process dies after the answer, under the same id', async () => {
    await listener();
    await tell('connection.active');
    const dying = jest.spyOn(webhooks.store, 'markDelivered').mockRejectedValueOnce(new Error('it died'));
    await expect(job.look()).rejects.toThrow('it died');
    dying.mockRestore();
    now += 20_000;
    await job.look();
    const ids = received.map(({ headers }) => headers['webhook-id']);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it('are given back at a stop, as if they had not been tried', async () => {
    await listener();
    await tell('connection.active');
    const asked = new Promise<void>((resolve) => {
      answer = () => resolve();
    });
    job.start();
    await asked;
    await job.stop();
    expect(await rows()).toMatchObject([{ tries: 0, nextTryAt: now, deliveredAt: null, failedAt: null }]);
  });

  it('are sent by one instance at a time', async () => {
    await listener();
    await tell('connection.active');
    const lease = createLocks({ ...database, logger: silent }).lease('client-webhooks');
    expect(await lease.hold()).toBe(true);
    await job.look();
    expect(received).toEqual([]);
    await lease.release();
    await job.look();
    expect(received).toHaveLength(1);
  });

  it('are given up after three days, and the address is switched off, of which it is told once', async () => {
    const { client } = await listener();
    answer = (_, response) => void response.writeHead(500).end();
    await tell('connection.active');
    await job.look();
    now += day;
    await tell('connection.active', bob);
    await job.look();
    now += 2 * day - 2 * hour;
    await job.look();
    expect(await webhookOf(client)).toMatchObject({ offAt: null });
    expect(told).toEqual([]);
    now += 2 * hour;
    await job.look();
    expect(await webhookOf(client)).toMatchObject({ offAt: now });
    expect(told).toEqual([client.name]);
    const [first, second] = await rows();
    expect(first).toMatchObject({ failedAt: now, lastError: 'refused 500' });
    expect(second).toMatchObject({ failedAt: null });
    const types = await database.db.selectFrom('auditEvents').select('type').execute();
    expect(types.filter(({ type }) => type === 'client.webhook_off')).toHaveLength(1);
    const before = received.length;
    now += day / 2;
    await job.look();
    expect(received).toHaveLength(before);
    // Switched on again, what is not given up goes out, and what was can be sent again.
    answer = ok;
    await webhooks.turnOn(client, by);
    await job.look();
    expect(received.slice(before).map(({ what }) => what)).toEqual([
      'connection.active bob@example.com gmail',
    ]);
    expect(await webhooks.sendAgain(client, first?.id ?? '', by)).toBe(true);
    await job.look();
    expect((await rows())[0]).toMatchObject({ deliveredAt: now, tries: 1 });
  });

  it('are given up while the address is off, too, and forgotten after 90 days', async () => {
    const { client } = await listener();
    await database.db.updateTable('clientWebhooks').set({ offAt: now }).execute();
    await tell('connection.active');
    await webhooks.tidy();
    expect(await rows()).toMatchObject([{ failedAt: null }]);
    now += 3 * day + 1;
    await webhooks.tidy();
    expect(await rows()).toMatchObject([{ failedAt: now }]);
    expect(await webhooks.store.counts(client.id)).toEqual({ waiting: 0, failed: 1 });
    now += 87 * day;
    await webhooks.tidy();
    expect(await rows()).toEqual([]);
  });

  it('are not sent to a client that may not know of them any more', async () => {
    const { client } = await listener();
    await tell('connection.active');
    await clients.update(client.id, { ...client, scopes: ['users:write'] }, by);
    await job.look();
    expect(received).toEqual([]);
    expect(await rows()).toEqual([]);
  });

  it('say last that a user is erased, and are forgotten with them once that is delivered', async () => {
    const { client } = await listener();
    await tell('connection.active');
    await database.db.transaction().execute(async (within) => (await erasureToTell(within, ada, now))());
    await job.look();
    expect(received.map(({ what }) => what)).toEqual(['user.erased ada@example.com']);
    expect(await rows()).toMatchObject([{ type: 'user.erased', identifier: null, payload: null }]);
    expect(JSON.stringify(await rows())).not.toContain(ada);
    // There is nothing left to send again.
    expect(await webhooks.sendAgain(client, (await rows())[0]?.id ?? '', by)).toBe(false);
  });

  it('keep nobody waiting who was sent something again that fails', async () => {
    const { client } = await listener();
    await tell('connection.active');
    await job.look();
    await webhooks.sendAgain(client, (await rows())[0]?.id ?? '', by);
    await tell('connection.needs_user');
    received = [];
    answer = ({ what }, response) =>
      void response.writeHead(what.startsWith('connection.active') ? 500 : 204).end();
    await job.look();
    expect(received.map(({ what }) => what).sort()).toEqual([
      'connection.active ada@example.com gmail',
      'connection.needs_user ada@example.com gmail',
    ]);
  });

  it('stay where the secret that sealed theirs is gone, and say so', async () => {
    await listener();
    await tell('connection.active');
    const { sender } = jobOn(['another secret of the tests, that is long enough']);
    await sender.look();
    expect(received).toEqual([]);
    expect(await rows()).toMatchObject([{ lastError: 'secret_lost', deliveredAt: null }]);
  });

  it('say nothing of what a hostile receiver answers, anywhere', async () => {
    await listener();
    answer = (_, response) =>
      void response.writeHead(500, { 'x-secret': 'from inside' }).end('from inside '.repeat(10_000));
    await tell('connection.active');
    await job.look();
    expect(JSON.stringify(await rows())).not.toContain('from inside');
  });

  describe('to try an address', () => {
    it('are a test event, about nobody, that is not kept', async () => {
      const { client, secret } = await listener();
      expect(await webhooks.sendTest(client)).toEqual({ taken: true, status: 204 });
      expect(verify(secret, received[0] as Received)).toMatchObject({ type: 'webhook.test', data: {} });
      answer = (_, response) => void response.writeHead(302, { location: '/elsewhere' }).end();
      expect(await webhooks.sendTest(client)).toEqual({ taken: false, fault: 'redirected', status: 302 });
      expect(await rows()).toEqual([]);
    });

    it('are none without one', async () => {
      const { client } = await clients.create(someSettings(), by);
      expect(await webhooks.sendTest(client)).toBeNull();
    });
  });

  describe('an address', () => {
    it('keeps its secret when it is changed, and takes what waits with it when it is removed', async () => {
      const { client, secret } = await listener('/old');
      expect(await webhooks.set(client, `${url}/new`, by)).toBeNull();
      await tell('connection.active');
      await job.look();
      expect(received).toMatchObject([{ path: '/new' }]);
      expect(verify(secret, received[0] as Received)).toBeTruthy();
      expect(await webhooks.remove(client, by)).toBe(true);
      expect(await webhooks.remove(client, by)).toBe(false);
      expect(await rows()).toEqual([]);
      expect(await webhooks.rotate(client, 0, by)).toBeNull();
    });

    it.each([
      ['https://acme.example/hook', 'https://acme.example/hook'],
      ['http://127.0.0.1:9/hook', 'http://127.0.0.1:9/hook'],
    ])('can be %s', (typed, read) => expect(webhooks.readUrl(typed)).toEqual({ url: read }));

    it.each([
      ['http://acme.example/', 'not_https'],
      ['https://10.0.0.1/', 'forbidden_address'],
      ['https://sub.localhost/', 'forbidden_address'],
      ['https://0xa9fea9fe/', 'forbidden_address'],
      ['https://[::ffff:169.254.169.254]/', 'forbidden_address'],
      ['https://user@acme.example/', 'credentials'],
      ['acme.example', 'no_url'],
    ])('can not be %s', (typed, fault) => expect(webhooks.readUrl(typed)).toEqual({ fault }));
  });
});
