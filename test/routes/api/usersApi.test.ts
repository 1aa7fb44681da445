import supertest, { type Response } from 'supertest';
import { createUserInvitations } from '../../../server/api/userInvitations.js';
import { createUserStatus } from '../../../server/api/userStatus.js';
import type { Scope } from '../../../server/identity/clients/apiClient.js';
import { afterAll, attacks, beforeAll, beforeEach, describe, expect, it } from '../../support/jest.js';
import { someSettings } from '../../unit/identity/clients/clients.js';
import { databaseKinds, openTempDatabase, postgresOfThisFile } from '../../unit/tempDatabase.js';
import { deliver, eventBody, untilProcessed, webhookEnv } from '../../unit/webhooks/deliveries.js';
import { ada, type JourneyApp, localPart, oddName, startJourneyApp } from '../accounts/flow/journeys.js';

const carol = 'carol@example.com';
const users = '/api/v1/users';
const of = (identifier: string) => `${users}/${encodeURIComponent(identifier)}`;
const connectionsOf = (identifier: string, names?: string) =>
  `${of(identifier)}/connections${names === undefined ? '' : `?connections=${encodeURIComponent(names)}`}`;
const invitationsOf = (identifier: string, name = 'gmail') =>
  `${of(identifier)}/connections/${encodeURIComponent(name)}/invitations`;

async function startApp(kind: (typeof databaseKinds)[number]): Promise<JourneyApp> {
  const env = { ...webhookEnv, RATE_LIMIT_API_FAILURES_PER_MINUTE: '1000' };
  if (kind === 'sqlite') return startJourneyApp({ env });
  await (await openTempDatabase('postgres')).close();
  return startJourneyApp({ env, databaseUrl: (await postgresOfThisFile()).url });
}

describe.each(databaseKinds)('on %s', (kind) => {
  let app: JourneyApp;
  let key: string;

  const keyOf = async (scopes: readonly Scope[], mayGiveAddress = false) =>
    (await app.deps.apiClients.create(someSettings({ scopes, mayGiveAddress }), { actor: 'command' })).key;

  function send(method: 'get' | 'post' | 'delete', path: string, body?: object, withKey = key) {
    const request = supertest(app.url)[method](path).set('Authorization', `Bearer ${withKey}`);
    return body === undefined ? request : request.send(body);
  }

  const mails = () =>
    app.deps.db.selectFrom('outbox').selectAll().where('kind', 'in', ['invitation', 'reminder']).execute();

  const isProblem = (response: Response, status: number, code: string) => {
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect([response.status, response.body.code]).toEqual([status, code]);
  };

  beforeAll(async () => {
    app = await startApp(kind);
    app.gateway.scalekit.addConnection({ name: 'slack', enabled: false });
    key = await keyOf(['status:read', 'users:write']);
    await app.signIn(ada);
  });

  afterAll(() => app.close());

  beforeEach(async () => {
    app.gateway.script.recover();
    for (const { connectionName, identifier } of app.gateway.scalekit.accounts) {
      app.gateway.scalekit.removeAccount({ connectionName, identifier });
    }
    await app.deps.db.deleteFrom('outbox').execute();
    await app.deps.reader.changed(ada);
  });

  describe('the status of a user', () => {
    it('tells each connection that is offered, with a link for those that are not active', async () => {
      const account = app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
      const before = Date.now();
      const { status, body, headers } = await send('get', connectionsOf(ada));
      expect(status).toBe(200);
      expect(body).toEqual({
        identifier: ada,
        ready: false,
        as_of: expect.any(String),
        stale: false,
        stale_reason: null,
        connections: expect.arrayContaining([
          {
            name: 'gmail',
            state: 'active',
            not_ready_reason: null,
            since: new Date(account.updatedAt ?? 0).toISOString(),
            connected_as: null,
            connect_url: null,
          },
          {
            name: 'exa',
            state: 'not_connected',
            not_ready_reason: null,
            since: null,
            connected_as: null,
            connect_url: expect.any(String),
          },
        ]),
      });
      expect(body.connections).toHaveLength(3);
      expect(Date.parse(body.as_of)).toBeGreaterThanOrEqual(before);
      expect(headers['cache-control']).toBe('no-store');
    });

    it('gives a link that its user alone can use', async () => {
      const { body } = await send('get', connectionsOf(ada, oddName));
      const link = localPart(body.connections[0].connect_url);
      expect((await (await app.signIn(ada)).get(link)).text).toContain('Connect');
      const other = await (await app.signIn(carol)).get(link);
      expect(other.status).toBe(403);
    });

    it('is ready when all that is named is active, and by nothing when there is nothing', async () => {
      for (const connectionName of ['gmail', 'exa']) {
        app.gateway.scalekit.addAccount({ connectionName, identifier: ada });
      }
      expect((await send('get', connectionsOf(ada, 'gmail, exa'))).body.ready).toBe(true);
      expect((await send('get', connectionsOf(ada, 'gmail,gmail'))).body.connections).toHaveLength(1);
      expect((await send('get', connectionsOf(ada))).body.ready).toBe(false);
      app.gateway.scalekit.setStatus({ connectionName: 'exa', identifier: ada }, 'expired');
      await app.deps.reader.changed(ada);
      const { body } = await send('get', connectionsOf(ada, 'exa,gmail'));
      expect(body.connections.map(({ state }: { state: string }) => state)).toEqual(['expired', 'active']);
      expect(body.ready).toBe(false);
    });

    it('takes an account that has to be connected anew for expired', async () => {
      const { reconnects } = app.deps;
      app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
      const now = Date.now();
      await reconnects.require({
        connectionName: 'gmail',
        olderThan: now + 60_000,
        requiredAt: now,
        requiredBy: 'user:x',
      });
      const { body } = await send('get', connectionsOf(ada, 'gmail'));
      await reconnects.withdraw('gmail');
      expect(body).toMatchObject({
        ready: false,
        connections: [{ state: 'expired', connect_url: expect.any(String) }],
      });
      expect((await send('get', connectionsOf(ada, 'gmail'))).body.ready).toBe(true);
    });

    it('is not ready by an account that turned active without our verification, until its user connects it here', async () => {
      const isReady = async () => (await send('get', connectionsOf(ada, 'gmail'))).body.ready;
      const account = app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
      expect(await isReady()).toBe(true);
      const data = { id: account.id, identifier: ada, connection_name: 'gmail', status: 'ACTIVE' };
      await deliver(app.url, eventBody('status_updated', { ...data, old_status: 'PENDING_AUTH' }));
      app.deps.webhooks.worker.start();
      await untilProcessed(app.deps.db);
      await app.deps.webhooks.worker.stop();
      const { body } = await send('get', connectionsOf(ada, 'gmail'));
      expect(body).toMatchObject({
        ready: false,
        connections: [{ state: 'active', not_ready_reason: 'unverified_activation' }],
      });
      expect((await send('get', connectionsOf(ada, 'exa,gmail'))).body.connections).toMatchObject([
        { state: 'not_connected', not_ready_reason: null },
        { state: 'active', not_ready_reason: 'unverified_activation' },
      ]);
      const visitor = await app.signIn(ada);
      await visitor.get(localPart(body.connections[0].connect_url));
      await visitor.get(app.consent((await app.connect(visitor)).link));
      expect(await isReady()).toBe(true);
    });

    it('tells one that is not offered without a link', async () => {
      app.gateway.scalekit.addAccount({ connectionName: 'slack', identifier: ada, status: 'expired' });
      const { body } = await send('get', connectionsOf(ada, 'slack'));
      expect(body.connections).toMatchObject([{ name: 'slack', state: 'expired', connect_url: null }]);
    });

    it('knows nobody of whom there is nothing, erased or never heard of', async () => {
      await send('delete', of('eve@example.com'));
      const [gone, unknown] = [
        await send('get', connectionsOf('eve@example.com')),
        await send('get', connectionsOf('nobody@example.com')),
      ];
      const bare = ({ status, body }: Response) => ({
        status,
        ready: body.ready,
        stale: body.stale,
        states: body.connections.map(({ name, state, since }: Record<string, string>) => [
          name,
          state,
          since,
        ]),
      });
      expect(bare(gone)).toEqual(bare(unknown));
      expect(new Set(bare(gone).states.map(([, state]: string[]) => state))).toEqual(
        new Set(['not_connected']),
      );
      const known = await app.deps.db.selectFrom('users').select('identifier').execute();
      expect(known.map(({ identifier }) => identifier)).not.toContain('nobody@example.com');
    });

    it('makes one call for all connections, and none while what was read is new', async () => {
      await app.deps.reader.changed(ada);
      const before = app.gateway.script.count('listConnectedAccounts');
      await Promise.all([1, 2, 3].map(() => send('get', connectionsOf(ada))));
      expect(app.gateway.script.count('listConnectedAccounts') - before).toBe(1);
    });

    it('is read anew after a webhook, although webhooks arrive', async () => {
      const account = app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
      app.deps.webhooks.worker.start();
      const news = { id: account.id, identifier: ada, connection_name: 'gmail' };
      const tell = async (status: string) => {
        await deliver(app.url, eventBody('updated', { ...news, status }));
        await untilProcessed(app.deps.db);
      };
      await tell('ACTIVE');
      expect((await send('get', connectionsOf(ada, 'gmail'))).body.ready).toBe(true);
      app.gateway.scalekit.setStatus({ connectionName: 'gmail', identifier: ada }, 'disconnected');
      await tell('DISCONNECTED');
      expect((await send('get', connectionsOf(ada, 'gmail'))).body.ready).toBe(false);
      await app.deps.webhooks.worker.stop();
    });

    it('says so when Scalekit cannot be reached, and since when', async () => {
      app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
      const { body: before } = await send('get', connectionsOf(ada, 'gmail'));
      await app.deps.reader.changed(ada);
      app.gateway.script.failAll('unreachable');
      expect((await send('get', connectionsOf(ada, 'gmail'))).body).toEqual({
        ...before,
        stale: true,
        stale_reason: 'scalekit_unreachable',
      });
      isProblem(await send('get', connectionsOf('new@example.com')), 503, 'scalekit_unreachable');
    });

    it.each([
      ['an unknown connection', connectionsOf(ada, 'gmail,gmial,x'), 'connection_unknown'],
      ['a blank one', connectionsOf(ada, ''), 'connection_unknown'],
      ['a list that is given twice', `${connectionsOf(ada, 'gmail')}&connections=exa`, 'bad_request'],
      ['an untrimmed identifier', connectionsOf(`${ada} `), 'identifier_untrimmed'],
      ['a blank one', connectionsOf(' '), 'identifier_blank'],
      ['a long one', connectionsOf('a'.repeat(101)), 'identifier_too_long'],
      ['an odd one', connectionsOf('ada\u202e'), 'identifier_odd_characters'],
      ['one with NUL', connectionsOf('ada\u0000'), 'bad_request'],
      ['one that is no text', `${users}/%ff/connections`, 'bad_request'],
    ])('is refused for %s', async (_, path, code) => {
      isProblem(await send('get', path), 400, code);
    });

    it('names the connections that are unknown', async () => {
      const { body } = await send('get', connectionsOf(ada, 'gmail,gmial,x'));
      expect(body.errors).toEqual([
        { field: 'connections', code: 'connection_unknown', detail: expect.stringContaining('gmial, x.') },
      ]);
    });

    it.each(['connection=gmail', 'connections[]=gmail', 'connections=gmail&conections=slack'])(
      'is refused for ?%s, rather than told for other connections than are meant',
      async (query) => {
        app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
        const answer = await send('get', `${connectionsOf(ada)}?${query}`);
        isProblem(answer, 400, 'field_unknown');
        const [unread = ''] = (query.split('&').at(-1) ?? '').split('=');
        expect(answer.body.errors).toEqual([expect.objectContaining({ field: unread })]);
      },
    );
  });

  describe('an invitation', () => {
    const invite = (body?: object, options: { word?: string; withKey?: string; name?: string } = {}) => {
      const request = send('post', invitationsOf(ada, options.name), body, options.withKey);
      return options.word === undefined ? request : request.set('Idempotency-Key', options.word);
    };

    beforeEach(async () => {
      await app.deps.users.seen(ada, null, 'ada@mail.example');
    });

    it('goes to the verified address, once an hour, and is recorded', async () => {
      const queued = await invite();
      expect([queued.status, queued.body.outcome]).toEqual([202, 'queued']);
      expect(await mails()).toMatchObject([
        { identifier: ada, connectionName: 'gmail', toAddress: 'ada@mail.example', addressGiven: 0 },
      ]);
      const again = await invite({});
      expect([again.status, again.body.outcome]).toEqual([200, 'already_queued']);
      expect(again.body.detail).toContain('less than an hour ago');
      expect(await mails()).toHaveLength(1);
      expect(await app.auditTypes()).toContain('mail.requested');
    });

    it('is made once under its key, and the key is good for nothing else', async () => {
      const answers = await Promise.all([1, 2, 3].map(() => invite(undefined, { word: 'one' })));
      for (const { status, body } of answers) expect([status, body.outcome]).toEqual([202, 'queued']);
      expect((await invite({}, { word: 'one' })).body.outcome).toBe('queued');
      expect(await mails()).toHaveLength(1);
      isProblem(await invite(undefined, { word: 'one', name: 'exa' }), 422, 'idempotency_key_reused');
      isProblem(await invite(undefined, { word: 'a b' }), 400, 'idempotency_key_invalid');
      expect(await mails()).toHaveLength(1);
    });

    it('goes to an address that a client gives that may', async () => {
      const giving = await keyOf(['users:write'], true);
      isProblem(await invite({ address: 'other@mail.example' }), 403, 'address_not_allowed');
      expect(await mails()).toHaveLength(0);
      await invite({ address: 'other@mail.example' }, { withKey: giving });
      expect(await mails()).toMatchObject([{ toAddress: 'other@mail.example', addressGiven: 1 }]);
    });

    it.each([
      ['two addresses', 'a@mail.example,b@mail.example'],
      ['another header', 'a@mail.example\r\nBcc: b@mail.example'],
      ['a name', 'A <a@mail.example>'],
      ['no host', 'a@'],
      ['nothing', ''],
      ['a direction mark', 'a\u202e@mail.example'],
      ['too much', `${'a'.repeat(250)}@mail.example`],
    ])('is refused with %s for an address', async (_, address) => {
      const giving = await keyOf(['users:write'], true);
      isProblem(await invite({ address }, { withKey: giving }), 400, 'address_invalid');
      expect(await mails()).toHaveLength(0);
    });

    it.each<[string, object, number, string]>([
      ['a list of addresses', { address: ['a@mail.example'] }, 400, 'field_invalid'],
      ['an unknown field', { to: 'a@mail.example' }, 400, 'field_unknown'],
    ])('is refused with %s', async (_, body, status, code) => {
      isProblem(await invite(body), status, code);
    });

    it('is not made when there is nothing to ask for, or no way to', async () => {
      app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
      expect((await invite()).body.outcome).toBe('already_active');
      expect((await invite(undefined, { name: 'slack' })).body.outcome).toBe('not_offered');
      expect((await send('post', invitationsOf(carol))).body.outcome).toBe('no_address');
      const unknown = await invite(undefined, { name: 'nowhere' });
      isProblem(unknown, 404, 'connection_unknown');
      expect(unknown.body).toMatchObject({
        title: 'There is no such connection',
        detail: expect.stringMatching(/^No connection here is named "nowhere"\. There are: .*gmail/),
      });
      await app.deps.reader.changed(ada);
      app.gateway.script.failAll('unreachable');
      isProblem(await invite(), 503, 'scalekit_unreachable');
      expect(await mails()).toHaveLength(0);
    });

    it('is bounded for each client', async () => {
      const eager = await keyOf(['users:write']);
      const statuses = new Map<number, number>();
      for (let count = 0; count < 62; count += 1) {
        const { status } = await invite({ odd: 1 }, { withKey: eager });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
      expect([...statuses]).toEqual([
        [400, 60],
        [429, 2],
      ]);
      expect((await invite()).status).toBe(202);
    });
  });

  describe('offboarding a user', () => {
    it('disconnects and erases them, says what was done, and has nothing left to do after that', async () => {
      const dora = 'dora@example.com';
      app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: dora });
      const visitor = await app.signIn(dora);
      await app.connect(visitor, 'exa');
      const { status, body } = await send('delete', of(dora));
      expect(status).toBe(200);
      expect(body).toEqual({
        disconnected: ['gmail', 'exa'],
        flows_cancelled: 1,
        sessions_ended: 1,
        erased: expect.objectContaining({ users: 1, flows: 1 }),
      });
      expect(app.gateway.scalekit.accounts.filter(({ identifier }) => identifier === dora)).toEqual([]);
      expect((await visitor.get('/connections')).status).toBe(303);
      const again = await send('delete', of(dora));
      expect([again.status, again.body]).toEqual([
        200,
        { disconnected: [], flows_cancelled: 0, sessions_ended: 0, erased: {} },
      ]);
      const { db } = app.deps;
      const erased = await db
        .selectFrom('auditEvents')
        .selectAll()
        .where('type', '=', 'user.erased')
        .execute();
      expect(erased.at(-1)?.actor).toMatch(/^client:/);
    });

    it('erases nothing while Scalekit cannot be reached', async () => {
      app.gateway.script.failAll('unreachable');
      isProblem(await send('delete', of(ada)), 503, 'scalekit_unreachable');
      const known = await app.deps.db.selectFrom('users').select('identifier').execute();
      expect(known.map(({ identifier }) => identifier)).toContain(ada);
    });

    it('is refused for what nobody can be', async () => {
      isProblem(await send('delete', of(' ')), 400, 'identifier_blank');
    });
  });

  describe('the guards', () => {
    const routes = [
      ['get', connectionsOf(ada), 'status:read'],
      ['post', invitationsOf(ada), 'users:write'],
      ['delete', of(ada), 'users:write'],
    ] as const;

    it.each(routes)(
      'of %s %s want the scope %s, and no session stands in for it',
      async (method, path, scope) => {
        attacks('post-with-proof');
        const others = (['onboarding', 'status:read', 'users:write'] as const).filter((one) => one !== scope);
        isProblem(await send(method, path, undefined, await keyOf(others)), 403, 'insufficient_scope');
        const browser = supertest.agent(app.url);
        await browser.get('/sign-in');
        isProblem(await browser[method](path), 401, 'api_key_required');
        const known = await app.deps.db.selectFrom('users').select('identifier').execute();
        expect(known.map(({ identifier }) => identifier)).toContain(ada);
      },
    );

    it.each(routes)('of %s %s set no cookie, and let no other site read', async (method, path, _scope) => {
      const wrong = await send(method, path, undefined, 'cak_x');
      const asked = await send('get', connectionsOf(ada)).set('Origin', 'https://evil.example');
      const preflight = await supertest(app.url)
        .options(path)
        .set({ Origin: 'https://evil.example', 'Access-Control-Request-Method': method.toUpperCase() });
      for (const { headers } of [wrong, asked, preflight]) {
        expect(headers['set-cookie']).toBeUndefined();
        const cors = Object.keys(headers).filter((name) => name.startsWith('access-control-'));
        expect(cors).toEqual([]);
      }
    });
  });
});

describe('where users do not sign in', () => {
  it('no link is given, and none is mailed', async () => {
    const app = await startJourneyApp();
    try {
      const { deps } = app;
      const status = createUserStatus({ ...deps, signInOffered: false });
      const { connections } = await status(ada, ['gmail']);
      expect(connections).toMatchObject([{ state: 'not_connected', connectUrl: null }]);
      const { client } = await deps.apiClients.create(someSettings(), { actor: 'command' });
      const invite = createUserInvitations({
        invitations: deps.mails.invitations,
        catalogue: deps.catalogue,
        answers: { find: async () => null, claim: async () => null, deleteExpired: async () => undefined },
        signInOffered: false,
      });
      const asked = { identifier: ada, connectionName: 'gmail', address: null };
      await expect(
        invite(client, asked, null, { reference: 'K7F-2QD', address: null }),
      ).rejects.toMatchObject({
        code: 'sign_in_unavailable',
        status: 409,
      });
    } finally {
      await app.close();
    }
  });
});
