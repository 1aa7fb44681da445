import type { ApiClient } from '../../../server/identity/clients/apiClient.js';
import type { OnboardingRequest } from '../../../server/onboarding/onboardingRequest.js';
import { asOf, type OnboardingSession } from '../../../server/onboarding/onboardingSession.js';
import type { Database } from '../../../server/store/database/database.js';
import {
  afterAll,
  afterEach,
  attacks,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '../../support/jest.js';
import { aFlow } from '../accounts/flow/flows.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';
import {
  aClient,
  ada,
  anInstance,
  aRequest,
  bob,
  codeIn,
  type Instance,
  info,
  publicUrl,
  tokenIn,
} from './onboardings.js';

const minute = 60_000;
const hour = 60 * minute;

describe.each(databaseKinds)('onboardings on %s', (kind) => {
  let database: TempDatabase;
  let second: Database;
  let here: Instance;
  let there: Instance;
  let acme: ApiClient;

  beforeAll(async () => {
    database = await openTempDatabase(kind);
    // One instance at a time has the embedded database, on one connection.
    second = kind === 'sqlite' ? { ...database, close: async () => undefined } : await database.openAgain();
  });

  beforeEach(async () => {
    const filled = ['onboardingSessions', 'auditEvents', 'flows', 'reconnectRequirements'] as const;
    for (const table of filled) await database.db.deleteFrom(table).execute();
    here = anInstance(database);
    there = anInstance(second, { gateway: here.gateway });
    acme = await aClient(here);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  afterAll(async () => {
    await second.close();
    await database.close();
  });

  function laterBy(ms: number): void {
    const now = Date.now() + ms;
    jest.spyOn(Date, 'now').mockImplementation(() => now);
  }

  const create = async (changes: Partial<OnboardingRequest> = {}, client = acme) => {
    const { id, url } = await here.creation.create(client, aRequest(changes), null, info);
    return { id, token: tokenIn(url) };
  };

  async function start(changes: Partial<OnboardingRequest> = {}) {
    const started = await here.sessions.start((await create(changes)).token, info);
    if (started === null) throw new Error('it did not start');
    return started;
  }

  const underWay = (changes: Partial<OnboardingRequest> = {}) => start({ userCheck: 'none', ...changes });

  const nonceOf = async (started: { session: { id: string }; cookie: string }) => {
    const session = await here.sessions.find(acme, started.session.id);
    const url = await here.sessions.confirmUrlOf(session, started.cookie);
    return new URL(url ?? '').searchParams.get('nonce') ?? '';
  };

  const audited = async () => {
    const rows = await database.db
      .selectFrom('auditEvents')
      .select('type')
      .where('type', 'not like', 'client.%')
      .execute();
    return rows.map(({ type }) => type).sort();
  };

  const refusal = (code: string) => expect.objectContaining({ code });

  describe('the look at its address', () => {
    it('tells whose it is and who asks, and changes nothing however often', async () => {
      const { id, token } = await create();
      for (let count = 0; count < 3; count += 1) {
        expect(await there.sessions.lookAt(token)).toMatchObject({
          startable: true,
          refreshUrl: null,
          client: { name: 'Acme Assistant' },
          session: { id, identifier: ada, displayName: 'Ada', status: 'open', startedAt: null },
        });
      }
      expect(await audited()).toEqual(['onboarding.created']);
    });

    it('knows no guessed token, nor an id in the place of one', async () => {
      const { id } = await create();
      for (const guess of ['', id, 'x', `${id}\0`, '0'.repeat(43)]) {
        expect(await here.sessions.lookAt(guess)).toBeNull();
        expect(await here.sessions.start(guess, info)).toBeNull();
      }
    });

    it('leads on to the refresh address when it is used or too old, while that is registered', async () => {
      const refreshUrl = 'https://acme.example/again';
      const client = await aClient(here, { refreshUrls: [refreshUrl] });
      const { token } = await create({}, client);
      await here.sessions.start(token, info);
      expect(await here.sessions.lookAt(token)).toMatchObject({ startable: false, refreshUrl });
      await here.apiClients.update(client.id, { ...client, refreshUrls: [] }, { actor: 'command' });
      expect(await here.sessions.lookAt(token)).toMatchObject({ startable: false, refreshUrl: null });
    });
  });

  describe('the start', () => {
    it('is had by one of many at the same time, on two instances', async () => {
      const { token } = await create();
      const tries = [here, there, here, there, here, there].map(({ sessions }) =>
        sessions.start(token, info),
      );
      const started = (await Promise.all(tries)).filter((one) => one !== null);
      expect(started).toHaveLength(1);
      expect(await there.sessions.ofCookie(started[0]?.cookie ?? '')).toMatchObject({ status: 'started' });
      expect(await here.sessions.start(token, info)).toBeNull();
    });

    it('is no longer to be had after the time that was asked for', async () => {
      const { id, token } = await create({ openMinutes: 2 });
      laterBy(2 * minute);
      expect(await here.sessions.start(token, info)).toBeNull();
      expect(await here.sessions.find(acme, id)).toMatchObject({ status: 'expired' });
    });

    it('lasts for 24 hours from then on', async () => {
      const { cookie } = await underWay();
      laterBy(24 * hour - minute);
      expect(await here.sessions.ofCookie(cookie)).toMatchObject({ status: 'started' });
      jest.restoreAllMocks();
      laterBy(24 * hour);
      expect(await here.sessions.ofCookie(cookie)).toMatchObject({ status: 'expired' });
    });

    it('is not to be had once its client is revoked', async () => {
      const { token } = await create();
      await here.apiClients.revoke(acme.id, { actor: 'command' });
      expect(await here.sessions.start(token, info)).toBeNull();
    });

    it('is not to be had once its client may no longer ask for it', async () => {
      const { token } = await create({ userCheck: 'none' });
      const by = { actor: 'command' };
      await here.apiClients.update(acme.id, { ...acme, moreUserChecks: [] }, by);
      expect(await here.sessions.start(token, info)).toBeNull();
      await here.apiClients.update(acme.id, { ...acme, scopes: ['status:read'] }, by);
      expect(await here.sessions.start(token, info)).toBeNull();
      await here.apiClients.update(acme.id, acme, by);
      expect(await here.sessions.start(token, info)).not.toBeNull();
    });

    it('leaves none of its secrets in the database', async () => {
      const { token } = await create();
      const started = await here.sessions.start(token, info);
      if (started === null) throw new Error('it did not start');
      const nonce = await nonceOf(started);
      const url = await here.sessions.confirm(acme, started.session.id, { nonce, identifier: ada }, info);
      const kept = JSON.stringify([
        await database.db.selectFrom('onboardingSessions').selectAll().execute(),
        await database.db.selectFrom('auditEvents').selectAll().execute(),
      ]);
      for (const told of [token, started.cookie, nonce, codeIn(url)]) {
        expect(told).toMatch(/^[\w-]{43}$/);
        expect(kept).not.toContain(told);
      }
    });
  });

  describe('the check by the other app', () => {
    it('takes the nonce and the right user, and gives a URL that works once, in the browser that started', async () => {
      const started = await start();
      const { id } = started.session;
      const nonce = await nonceOf(started);
      const url = await there.sessions.confirm(acme, id, { nonce, identifier: ada }, info);
      expect(url.startsWith(`${publicUrl}/onboarding/${id}/continue?code=`)).toBe(true);
      expect((await here.sessions.find(acme, id)).checkedAt).toBeNull();
      const tries = [here, there].map(({ sessions }) =>
        sessions.continueWith(id, codeIn(url), started.cookie, info),
      );
      expect((await Promise.all(tries)).filter((one) => one !== null)).toHaveLength(1);
      expect((await here.sessions.find(acme, id)).checkedAt).not.toBeNull();
      expect(await audited()).toEqual([
        'onboarding.confirmed',
        'onboarding.continued',
        'onboarding.created',
        'onboarding.started',
      ]);
    });

    it('ends the onboarding at once when it is another user, as a security event', async () => {
      const started = await start();
      const { id } = started.session;
      const said = { nonce: await nonceOf(started), identifier: bob };
      await expect(here.sessions.confirm(acme, id, said, info)).rejects.toEqual(refusal('other_user'));
      expect(await there.sessions.find(acme, id)).toMatchObject({ status: 'cancelled' });
      const right = { ...said, identifier: ada };
      await expect(here.sessions.confirm(acme, id, right, info)).rejects.toEqual(refusal('onboarding_ended'));
      const event = await database.db
        .selectFrom('auditEvents')
        .select(['actor', 'identifier'])
        .where('type', '=', 'security.onboarding_other_user')
        .executeTakeFirst();
      expect(event).toEqual({ actor: `user:${bob}`, identifier: ada });
    });

    it.each([['Ada@example.com'], [`${ada} `], ['ada@example.co']])(
      'takes %p for another user than the one it was made for, to the letter',
      async (identifier) => {
        const started = await start();
        const said = { nonce: await nonceOf(started), identifier };
        const { id } = started.session;
        await expect(here.sessions.confirm(acme, id, said, info)).rejects.toEqual(refusal('other_user'));
      },
    );

    it('refuses a wrong nonce, whoever the user is, and ends nothing', async () => {
      const started = await start();
      const { id } = started.session;
      const other = await start();
      for (const nonce of ['', 'guessed', started.cookie, await nonceOf(other)]) {
        for (const identifier of [ada, bob]) {
          const said = { nonce, identifier };
          await expect(here.sessions.confirm(acme, id, said, info)).rejects.toEqual(refusal('nonce_unknown'));
        }
      }
      expect(await here.sessions.find(acme, id)).toMatchObject({ status: 'started', confirmedAt: null });
    });

    it('refuses before the start, after the browser went on, and where no check is expected', async () => {
      const { id } = await create();
      const said = { nonce: 'x', identifier: ada };
      await expect(here.sessions.confirm(acme, id, said, info)).rejects.toEqual(
        refusal('onboarding_not_started'),
      );
      const started = await start();
      const right = { nonce: await nonceOf(started), identifier: ada };
      const url = await here.sessions.confirm(acme, started.session.id, right, info);
      await here.sessions.continueWith(started.session.id, codeIn(url), started.cookie, info);
      await expect(here.sessions.confirm(acme, started.session.id, right, info)).rejects.toEqual(
        refusal('onboarding_confirmed'),
      );
      const unchecked = await underWay();
      await expect(here.sessions.confirm(acme, unchecked.session.id, said, info)).rejects.toEqual(
        refusal('confirm_not_expected'),
      );
    });

    it('may be repeated until the browser went on; the newest URL works', async () => {
      const started = await start();
      const { id } = started.session;
      const said = { nonce: await nonceOf(started), identifier: ada };
      const first = codeIn(await here.sessions.confirm(acme, id, said, info));
      const newest = codeIn(await here.sessions.confirm(acme, id, said, info));
      expect(await here.sessions.continueWith(id, first, started.cookie, info)).toBeNull();
      expect(await here.sessions.continueWith(id, newest, started.cookie, info)).toMatchObject({ id });
    });

    it('gives a URL that is good for five minutes', async () => {
      const started = await start();
      const { id } = started.session;
      const said = { nonce: await nonceOf(started), identifier: ada };
      const code = codeIn(await here.sessions.confirm(acme, id, said, info));
      laterBy(5 * minute);
      expect(await here.sessions.continueWith(id, code, started.cookie, info)).toBeNull();
    });

    it.each([
      ['without a cookie', () => null],
      ['with a made-up cookie', () => 'made-up'],
    ])('gives a URL that opens nothing %s, and nothing after that', async (_, cookie) => {
      const started = await start();
      const { id } = started.session;
      const said = { nonce: await nonceOf(started), identifier: ada };
      const code = codeIn(await here.sessions.confirm(acme, id, said, info));
      expect(await here.sessions.continueWith(id, code, cookie(), info)).toBeNull();
      expect(await here.sessions.continueWith(id, code, started.cookie, info)).toBeNull();
      expect((await audited()).filter((type) => type.startsWith('security.'))).toEqual([
        'security.onboarding_other_browser',
      ]);
    });

    it('gives a URL that opens nothing in the browser of another onboarding', async () => {
      const started = await start();
      const other = await start({ identifier: bob });
      const { id } = started.session;
      const said = { nonce: await nonceOf(started), identifier: ada };
      const code = codeIn(await here.sessions.confirm(acme, id, said, info));
      expect(await here.sessions.continueWith(id, code, other.cookie, info)).toBeNull();
      expect(await here.sessions.continueWith(other.session.id, code, other.cookie, info)).toBeNull();
      expect((await here.sessions.find(acme, other.session.id)).checkedAt).toBeNull();
    });

    it('sends no browser to an address that is no longer registered', async () => {
      const { session, cookie } = await start();
      await here.apiClients.update(acme.id, { ...acme, confirmUrls: [] }, { actor: 'command' });
      expect(await here.sessions.confirmUrlOf(session, cookie)).toBeNull();
    });
  });

  describe('the check by our own sign-in', () => {
    it('is passed by the user that it was made for, and by nobody else', async () => {
      const started = await start({ userCheck: 'sign_in' });
      const { session } = started;
      expect(await here.sessions.signedInAs(started, bob, info)).toBeNull();
      expect((await here.sessions.find(acme, session.id)).checkedAt).toBeNull();
      expect(await audited()).toContain('security.onboarding_other_user');
      const elsewhere = { session, cookie: 'of another browser' };
      expect(await here.sessions.signedInAs(elsewhere, ada, info)).toBeNull();
      expect(await here.sessions.signedInAs(started, ada, info)).toMatchObject({ id: session.id });
      expect((await here.sessions.find(acme, session.id)).checkedAt).not.toBeNull();
    });

    it('does not stand in for the check by the other app', async () => {
      const started = await start({ userCheck: 'confirm' });
      expect(await here.sessions.signedInAs(started, ada, info)).toBeNull();
    });
  });

  describe('a client', () => {
    it('finds, cancels and confirms its own onboardings only', async () => {
      attacks('checked-on-server');
      const other = await aClient(here, { name: 'Other' });
      const { session } = await start();
      const unknown = refusal('onboarding_unknown');
      const said = { nonce: 'x', identifier: bob };
      await expect(here.sessions.find(other, session.id)).rejects.toEqual(unknown);
      await expect(here.sessions.cancel(other, session.id, info)).rejects.toEqual(unknown);
      await expect(here.sessions.confirm(other, session.id, said, info)).rejects.toEqual(unknown);
      await expect(here.sessions.find(acme, 'obs_guessed')).rejects.toEqual(unknown);
      expect(await here.sessions.find(acme, session.id)).toMatchObject({ status: 'started' });
    });

    it('cancels an open or started one, once', async () => {
      const { id, token } = await create();
      expect(await here.sessions.cancel(acme, id, info)).toMatchObject({ status: 'cancelled' });
      expect(await here.sessions.start(token, info)).toBeNull();
      const { session } = await underWay();
      await Promise.all([here, there].map(({ sessions }) => sessions.cancel(acme, session.id, info)));
      expect((await audited()).filter((type) => type === 'onboarding.cancelled')).toHaveLength(2);
      expect(await here.sessions.finish(session, { leaving: false }, info)).toMatchObject({
        status: 'cancelled',
        outcomes: [
          { outcome: { kind: 'not_done', reason: null } },
          { outcome: { kind: 'not_done', reason: null } },
        ],
      });
      expect(await here.sessions.skip(session, 'exa')).toBeNull();
    });

    it('is told nothing of the accounts before the check is passed', async () => {
      here.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
      const { session } = await start();
      const calls = here.gateway.script.count();
      const { outcomes, asOf: readAt } = await here.sessions.progress(session);
      expect(outcomes?.map(({ outcome }) => outcome.kind)).toEqual(['not_done', 'not_done']);
      expect([readAt, here.gateway.script.count()]).toEqual([null, calls]);
    });
  });

  describe('the end', () => {
    const outcomesOf = ({ outcomes }: Pick<OnboardingSession, 'outcomes'>) =>
      outcomes?.map(({ outcome: { kind, reason } }) => (reason === null ? kind : `${kind}:${reason}`));

    it('is complete when everything required is active at Scalekit at that moment', async () => {
      const { session } = await underWay();
      const pair = { connectionName: 'gmail', identifier: ada };
      here.gateway.scalekit.addAccount({ ...pair, status: 'pending_auth' });
      expect(outcomesOf(await here.sessions.progress(session))).toEqual(['not_done', 'not_done']);
      here.gateway.scalekit.setStatus(pair, 'active');
      const principal = `onboarding:${session.id}`;
      await here.flows.create(aFlow({ principal, identifier: ada, status: 'done' }), 'a state');
      const ended = await there.sessions.finish(session, { leaving: false }, info);
      expect([ended.status, outcomesOf(ended)]).toEqual(['complete', ['connected', 'not_done']]);
    });

    it('tells accounts from before from those that were connected, and takes no flow of others for one of its own', async () => {
      for (const connectionName of ['gmail', 'exa']) {
        here.gateway.scalekit.addAccount({ connectionName, identifier: ada });
      }
      const { session } = await underWay();
      await here.flows.create(
        aFlow({ principal: `user:${ada}`, identifier: ada, status: 'done' }),
        'a state',
      );
      const ended = await here.sessions.finish(session, { leaving: false }, info);
      expect(outcomesOf(ended)).toEqual(['already_connected', 'already_connected']);
    });

    it('is incomplete without a required one, and says why', async () => {
      const { session } = await underWay();
      const flow = {
        principal: `onboarding:${session.id}`,
        identifier: ada,
        failure: 'consent_denied',
      } as const;
      await here.flows.create(aFlow({ ...flow, status: 'failed' }), 'a state');
      await here.sessions.skip(session, 'exa');
      const now = await here.sessions.find(acme, session.id);
      const ended = await here.sessions.finish(now, { leaving: true }, info);
      expect([ended.status, outcomesOf(ended)]).toEqual(['incomplete', ['failed:consent_denied', 'skipped']]);
    });

    it('counts an account that turned active without a verification as failed, until it is connected anew', async () => {
      here.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
      const { session } = await underWay();
      const flow = { principal: `onboarding:${session.id}`, identifier: ada };
      const failed = { status: 'failed', failure: 'unverified_activation' } as const;
      await here.flows.create(aFlow({ ...flow, ...failed, id: 'one', createdAt: Date.now() - 1 }), 'a state');
      const goesOn = await here.sessions.finish(session, { leaving: false }, info);
      expect(goesOn.status).toBe('started');
      expect(outcomesOf(await here.sessions.progress(session))?.[0]).toBe('failed:unverified_activation');
      await here.flows.create(
        aFlow({ ...flow, status: 'done', id: 'two', createdAt: Date.now() }),
        'another',
      );
      const ended = await here.sessions.finish(session, { leaving: false }, info);
      expect([ended.status, outcomesOf(ended)]).toEqual(['complete', ['connected', 'not_done']]);
    });

    it('counts one that raised the alarm before as failed, too', async () => {
      here.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
      const { session } = await underWay();
      const alarm = { type: 'security.unverified_activation', connectionName: 'gmail' } as const;
      await here.audit.record({ ...alarm, actor: null, identifier: ada });
      await here.reader.changed(ada);
      expect((await here.sessions.finish(session, { leaving: false }, info)).status).toBe('started');
      const left = await here.sessions.finish(session, { leaving: true }, info);
      expect([left.status, outcomesOf(left)]).toEqual([
        'incomplete',
        ['failed:unverified_activation', 'not_done'],
      ]);
    });

    it('counts an account that has to be connected anew as not connected', async () => {
      here.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
      const { session } = await underWay();
      const at = { olderThan: Date.now(), requiredAt: Date.now(), requiredBy: 'user:admin' };
      await here.reconnects.require({ connectionName: 'gmail', ...at });
      const goesOn = await here.sessions.finish(session, { leaving: false }, info);
      expect(goesOn.status).toBe('started');
      const left = await here.sessions.finish(session, { leaving: true }, info);
      expect([left.status, outcomesOf(left)]).toEqual(['incomplete', ['not_done', 'not_done']]);
    });

    it('waits for Scalekit where the user goes on, and does not where they leave', async () => {
      const { session } = await underWay();
      here.gateway.script.failNext('listConnectedAccounts', 'unreachable');
      await expect(here.sessions.finish(session, { leaving: false }, info)).rejects.toEqual(
        refusal('scalekit_unreachable'),
      );
      here.gateway.script.failNext('listConnectedAccounts', 'unreachable');
      const ended = await here.sessions.finish(session, { leaving: true }, info);
      expect([ended.status, outcomesOf(ended)]).toEqual([
        'incomplete',
        ['failed:scalekit_unreachable', 'failed:scalekit_unreachable'],
      ]);
    });

    it('is read as it is told now when a version before wrote it in one word', async () => {
      const { session } = await underWay();
      await here.sessions.finish(session, { leaving: true }, info);
      const outcomes = JSON.stringify([
        { name: 'gmail', required: true, outcome: 'failed:consent_denied' },
        { name: 'exa', required: false, outcome: 'skipped' },
      ]);
      await database.db
        .updateTable('onboardingSessions')
        .set({ outcomes })
        .where('id', '=', session.id)
        .execute();
      expect(outcomesOf(await here.sessions.find(acme, session.id))).toEqual([
        'failed:consent_denied',
        'skipped',
      ]);
    });

    it('comes once, whoever asks at the same time, and stays as it was', async () => {
      const { session } = await underWay();
      const ends = [here, there, here].map(({ sessions }) =>
        sessions.finish(session, { leaving: true }, info),
      );
      const ended = await Promise.all(ends);
      expect(new Set(ended.map(({ endedAt }) => endedAt)).size).toBe(1);
      here.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
      const again = await here.sessions.finish(session, { leaving: false }, info);
      expect(again).toEqual(ended[0]);
      expect((await audited()).filter((type) => type === 'onboarding.finished')).toHaveLength(1);
    });

    it('reads nothing where the check was never passed', async () => {
      here.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
      const { session } = await start();
      const ended = await here.sessions.finish(session, { leaving: true }, info);
      expect([ended.status, outcomesOf(ended)]).toEqual(['incomplete', ['not_done', 'not_done']]);
    });

    it('leads back to a registered address only', async () => {
      attacks('redirects-stay');
      const { session } = await underWay();
      expect(await here.sessions.returnUrlOf(session)).toBeNull();
      const ended = await here.sessions.finish(session, { leaving: true }, info);
      const url = new URL((await there.sessions.returnUrlOf(ended)) ?? '');
      expect(url.origin + url.pathname).toBe('https://acme.example/back');
      expect(url.searchParams.get('unverified_session_id')).toBe(session.id);
      expect(url.searchParams.get('state')).toBe('its state');
      await here.apiClients.update(acme.id, { ...acme, returnUrls: [] }, { actor: 'command' });
      expect(await here.sessions.returnUrlOf(ended)).toBeNull();
    });
  });

  describe('the end of one with flows under way', () => {
    const pair = { connectionName: 'gmail', identifier: ada };

    async function confirmed() {
      const started = await start();
      const { id } = started.session;
      const said = { nonce: await nonceOf(started), identifier: ada };
      const code = codeIn(await here.sessions.confirm(acme, id, said, info));
      const session = await here.sessions.continueWith(id, code, started.cookie, info);
      if (session === null) throw new Error('it was not continued');
      return { session, cookie: started.cookie };
    }

    const ends: [string, (session: OnboardingSession, cookie: string) => Promise<unknown>][] = [
      ['left', (session) => here.sessions.finish(session, { leaving: true }, info)],
      ['cancelled by its app', (session) => here.sessions.cancel(acme, session.id, info)],
      [
        'confirmed for another user',
        async (session, cookie) => {
          const said = { nonce: await nonceOf({ session, cookie }), identifier: bob };
          await expect(here.sessions.confirm(acme, session.id, said, info)).rejects.toEqual(
            refusal('other_user'),
          );
        },
      ],
      [
        'tidied away after it ran out',
        async (session) => {
          await database.db
            .updateTable('onboardingSessions')
            .set({ expiresAt: Date.now() - 1 })
            .where('id', '=', session.id)
            .execute();
          await here.sessions.tidy(0);
        },
      ],
    ];

    it.each(ends)(
      'closes them, and takes back the account that one made, when it is %s',
      async (_name, end) => {
        const { session, cookie } = await confirmed();
        const { id: accountIdBefore } = here.gateway.scalekit.addAccount({ ...pair, status: 'pending_auth' });
        const own = { principal: `onboarding:${session.id}`, accountIdBefore };
        await here.flows.create(aFlow({ ...own, id: 'own', accountCreated: true }), 'a state');
        await end(session, cookie);
        expect(await here.flows.find('own')).toMatchObject({ status: 'cancelled', failure: null });
        expect(here.gateway.scalekit.accounts).toEqual([]);
        expect((await audited()).filter((type) => type === 'flow.cancelled')).toHaveLength(1);
      },
    );

    async function told({ id }: OnboardingSession) {
      const { outcomes, asOf: at } = await there.sessions.progress(await there.sessions.find(acme, id));
      return { outcomes: outcomes?.map(({ outcome }) => outcome.kind), asOf: at };
    }

    it.each(ends)('tells nothing of what comes after the end, when it is %s', async (_name, end) => {
      const { session, cookie } = await confirmed();
      here.gateway.scalekit.addAccount(pair);
      await here.flows.create(aFlow({ id: 'own', principal: `onboarding:${session.id}` }), 'a state');
      await here.flows.end('own', 'done', null, info.reference);
      await database.db.updateTable('flows').set({ endedAt: session.createdAt }).execute();
      await end(session, cookie);
      const { endedAt } = await here.sessions.find(acme, session.id);
      const then = { outcomes: ['connected', 'not_done'], asOf: endedAt };
      expect(await told(session)).toEqual(then);
      const calls = here.gateway.script.count();
      here.gateway.scalekit.removeAccount(pair);
      here.gateway.scalekit.addAccount({ ...pair, connectionName: 'exa' });
      await database.db.deleteFrom('flows').execute();
      expect(await told(session)).toEqual(then);
      expect(here.gateway.script.count()).toBe(calls);
    });

    it('tells of one that ran out what was connected in it by then, also before anybody writes that down', async () => {
      const { session } = await underWay();
      const own = { principal: `onboarding:${session.id}` };
      for (const connectionName of ['gmail', 'exa']) {
        here.gateway.scalekit.addAccount({ connectionName, identifier: ada });
        await here.flows.create(aFlow({ ...own, id: connectionName, connectionName }), connectionName);
      }
      await here.flows.end('gmail', 'done', null, info.reference);
      laterBy(25 * hour);
      await here.flows.end('exa', 'done', null, info.reference);
      const then = { outcomes: ['connected', 'not_done'], asOf: session.expiresAt };
      expect(await told(session)).toEqual(then);
      await here.sessions.tidy(0);
      expect(await told(session)).toEqual(then);
      expect(here.gateway.script.count('listConnectedAccounts')).toBe(0);
    });

    it('counts for one that ran out what was being verified then', async () => {
      const { session } = await underWay();
      const own = { id: 'own', principal: `onboarding:${session.id}`, status: 'verifying' } as const;
      await here.flows.create(aFlow({ ...own, verifyStartedAt: Date.now() }), 'a state');
      laterBy(25 * hour);
      await here.flows.end('own', 'done', null, info.reference);
      expect((await told(session)).outcomes).toEqual(['connected', 'not_done']);
    });

    it('closes those of optional connections when it is complete', async () => {
      here.gateway.scalekit.addAccount(pair);
      const { session } = await underWay();
      const own = { principal: `onboarding:${session.id}`, connectionName: 'exa' };
      await here.flows.create(aFlow({ ...own, id: 'exa' }), 'a state');
      expect((await here.sessions.finish(session, { leaving: false }, info)).status).toBe('complete');
      expect(await here.flows.find('exa')).toMatchObject({ status: 'cancelled' });
    });

    it('leaves those of the user and of other onboardings alone, with the account that they wait for', async () => {
      const [{ session }, other] = [await underWay(), await underWay()];
      const { id } = here.gateway.scalekit.addAccount({ ...pair, status: 'pending_auth' });
      const principals = [`user:${ada}`, `onboarding:${other.session.id}`, `onboarding:${session.id}`];
      for (const principal of principals) {
        const flow = { id: principal, principal, accountIdBefore: id, accountCreated: true };
        await here.flows.create(aFlow(flow), `state of ${principal}`);
      }
      await here.sessions.finish(session, { leaving: true }, info);
      const found = await Promise.all(principals.map((principal) => here.flows.find(principal)));
      expect(found.map((flow) => flow?.status)).toEqual(['open', 'open', 'cancelled']);
      expect(here.gateway.scalekit.accounts).toHaveLength(1);
    });

    it('goes on with what could not be closed when it is asked for again', async () => {
      const { session } = await underWay();
      await here.sessions.finish(session, { leaving: true }, info);
      await here.flows.create(aFlow({ id: 'late', principal: `onboarding:${session.id}` }), 'a state');
      await here.sessions.finish(session, { leaving: true }, info);
      expect(await here.flows.find('late')).toMatchObject({ status: 'cancelled' });
    });

    it('closes nothing of one that goes on', async () => {
      const { session } = await underWay();
      await here.flows.create(aFlow({ id: 'own', principal: `onboarding:${session.id}` }), 'a state');
      expect((await here.sessions.finish(session, { leaving: false }, info)).status).toBe('started');
      expect(await here.flows.find('own')).toMatchObject({ status: 'open' });
    });
  });

  it('skips optional connections only, and forgets none that are skipped at the same time', async () => {
    const { session } = await underWay({
      connections: [
        { name: 'gmail', required: false },
        { name: 'exa', required: false },
      ],
    });
    const skips = ['gmail', 'exa', 'gmail', 'exa'].map((name, index) =>
      (index % 2 === 0 ? here : there).sessions.skip(session, name),
    );
    await Promise.all(skips);
    expect((await here.sessions.find(acme, session.id)).skipped.toSorted()).toEqual(['exa', 'gmail']);
    const other = await underWay();
    expect(await here.sessions.skip(other.session, 'gmail')).toBeNull();
    expect(await here.sessions.skip(other.session, 'slack')).toBeNull();
    expect(await here.sessions.skip((await start()).session, 'exa')).toBeNull();
  });

  it('are told as expired before anybody writes that down, are written down once, and are forgotten later', async () => {
    const { id } = await create();
    const { session } = await underWay();
    laterBy(10 * minute);
    await Promise.all([here.sessions.tidy(0), there.sessions.tidy(0)]);
    expect((await audited()).filter((type) => type === 'onboarding.expired')).toHaveLength(1);
    const expired = await here.sessions.find(acme, id);
    expect(expired).toMatchObject({ status: 'expired', endedAt: expired.expiresAt });
    expect(await here.sessions.find(acme, session.id)).toMatchObject({ status: 'started' });
    await here.sessions.tidy(Date.now());
    await expect(here.sessions.find(acme, id)).rejects.toEqual(refusal('onboarding_unknown'));
    expect(await here.sessions.find(acme, session.id)).toMatchObject({ status: 'started' });
  });

  it('are kept as long as it is set once they ended, or for ever', async () => {
    const { session } = await underWay();
    await here.sessions.cancel(acme, session.id, info);
    const brief = anInstance(database, { gateway: here.gateway, keptMs: hour });
    laterBy(hour - minute);
    await brief.tidy();
    expect(await here.sessions.find(acme, session.id)).toMatchObject({ status: 'cancelled' });
    laterBy(2 * minute);
    await here.tidy();
    expect(await here.sessions.find(acme, session.id)).toMatchObject({ status: 'cancelled' });
    await brief.tidy();
    await expect(here.sessions.find(acme, session.id)).rejects.toEqual(refusal('onboarding_unknown'));
  });

  it('stay as they ended, whatever the time', async () => {
    const { session } = await underWay();
    const ended = await here.sessions.finish(session, { leaving: true }, info);
    expect(asOf(ended, Date.now() + 48 * hour)).toEqual(ended);
  });
});
