import { sql } from 'kysely';
import { DomainError } from '../../../../server/kernel/errors.js';
import { told } from '../../../../server/words/words.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { Visitor } from '../../../support/visitor.js';
import { ada, bob, type JourneyApp, oddName, startJourneyApp } from './journeys.js';

const hers = { connectionName: 'gmail', identifier: ada };
const his = { connectionName: 'gmail', identifier: bob };

let app: JourneyApp;
let visitor: Visitor;

beforeEach(async () => {
  app = await startJourneyApp();
  visitor = await app.signIn(ada);
});

afterEach(() => app.close());

async function consented() {
  const { link, flowId } = await app.connect(visitor);
  return { back: app.consent(link), flowId };
}

const verifications = () => app.gateway.script.count('verifyConnectedAccountUser');
const securityEvents = async () => (await app.auditTypes()).filter((type) => type.startsWith('security.'));

describe('an approval of another connection of the same user', () => {
  it('does not say that this one is connected', async () => {
    const drive = await app.connect(visitor, oddName);
    const driveReturn = new URLSearchParams(app.consent(drive.link).split('?')[1]);
    const { flowId } = await app.connect(visitor);
    const mixed = new URLSearchParams({
      auth_request_id: driveReturn.get('auth_request_id') ?? '',
      state: app.newestState(),
    });
    await visitor.get(`/user/verify?${mixed}`);
    expect((await app.statusOf(visitor, flowId)).status).toBe('verifying');
    expect(app.gateway.scalekit.account(hers)?.status).toBe('pending_auth');
  });
});

describe('an approval that comes back to another user', () => {
  it('connects nothing, burns the flow, deletes the account, and is written down', async () => {
    attacks('consent-is-verified');
    const { back, flowId } = await consented();
    const other = await app.signIn(bob);
    const page = await other.arrive(back);
    expect(page.status).toBe(403);
    expect(page.text).toContain('This approval was started by someone else');
    expect(page.text).not.toContain(ada);
    expect(verifications()).toBe(0);
    expect(app.gateway.scalekit.accounts).toEqual([]);
    expect(await app.flow(flowId)).toMatchObject({ status: 'failed', failure: 'wrong_user' });
    expect(await securityEvents()).toEqual(['security.wrong_user']);
    const event = await app.deps.db
      .selectFrom('auditEvents')
      .selectAll()
      .where('type', '=', 'security.wrong_user')
      .executeTakeFirst();
    expect(event).toMatchObject({ actor: `user:${bob}`, identifier: ada, connectionName: 'gmail' });
  });

  it('is worth nothing to its own user afterwards', async () => {
    const { back, flowId } = await consented();
    await (await app.signIn(bob)).get(back);
    const page = await visitor.arrive(back);
    expect(page.text).toContain('Nothing was connected');
    expect(verifications()).toBe(0);
    expect((await app.statusOf(visitor, flowId)).status).toBe('failed');
  });

  it('leaves an account that was active before as it was', async () => {
    const before = app.gateway.scalekit.addAccount(hers);
    const { back, flowId } = await consented();
    await (await app.signIn(bob)).get(back);
    expect(app.gateway.scalekit.account(hers)).toEqual(before);
    expect(await app.flow(flowId)).toMatchObject({ status: 'failed' });
  });

  it('after it was finished changes nothing', async () => {
    const { back, flowId } = await consented();
    await visitor.get(back);
    expect((await (await app.signIn(bob)).arrive(back)).status).toBe(403);
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
    expect(app.gateway.scalekit.account(hers)?.status).toBe('active');
  });

  it('burns the flow also when the account cannot be deleted now', async () => {
    const { back, flowId } = await consented();
    const other = await app.signIn(bob);
    app.gateway.script.failAll('unreachable');
    expect((await other.arrive(back)).status).toBe(403);
    expect(await app.flow(flowId)).toMatchObject({ status: 'failed', failure: 'wrong_user' });
    app.gateway.script.recover();
    await visitor.get(back);
    expect(verifications()).toBe(0);
  });
});

describe('an approval that comes back to another session', () => {
  it('of the same user is not taken: the link may have been passed on', async () => {
    attacks('consent-is-verified');
    const { back, flowId } = await consented();
    const page = await (await app.signIn(ada)).arrive(back);
    expect(page.status).toBe(403);
    expect(page.text).toContain('was in another browser');
    expect(await app.flow(flowId)).toMatchObject({ status: 'failed', failure: 'session_gone' });
    expect(await securityEvents()).toEqual(['security.wrong_session']);
    expect(app.gateway.scalekit.accounts).toEqual([]);
  });

  it('that is signed out is not taken, and offers to sign in', async () => {
    attacks('consent-is-verified');
    const { back, flowId } = await consented();
    const page = await new Visitor(app.url).arrive(back);
    expect(page.status).toBe(403);
    expect(page.text).toContain('has ended, or was in another browser');
    expect(page.text).toMatch(/class="button filled" href="\/connections"/);
    expect(verifications()).toBe(0);
    expect(await app.flow(flowId)).toMatchObject({ status: 'failed' });
  });

  it('since the user signed out and in again is not taken', async () => {
    attacks('consent-is-verified');
    const { back, flowId } = await consented();
    await visitor.get('/connections');
    await visitor.post('/sign-out');
    await visitor.signIn(ada);
    expect((await visitor.arrive(back)).status).toBe(403);
    expect(await app.flow(flowId)).toMatchObject({ status: 'failed', failure: 'session_gone' });
  });
});

describe('an approval that was burned', () => {
  const requestIn = (back: string) => new URLSearchParams(back.split('?')[1]).get('auth_request_id') ?? '';
  const withState = (back: string, state: string) => back.replace(/state=[^&]+/, `state=${state}`);

  /** Ada sends Bob her link, he approves, and his return is burned; she copies it from his address bar. */
  async function burned() {
    const { link } = await app.connect(visitor);
    const back = app.consent(link);
    const refused = await (await app.signIn(bob)).get(back);
    return { back, refused };
  }

  it('is worth nothing with the state of another try of hers, while her account stays active', async () => {
    const before = app.gateway.scalekit.addAccount(hers);
    const { back } = await burned();
    const { flowId } = await app.connect(visitor);
    const page = await visitor.arrive(withState(back, app.newestState()));
    expect(page.text).toContain('no longer valid when it reached us');
    expect(verifications()).toBe(0);
    expect(await app.flow(flowId)).toMatchObject({ status: 'failed', failure: 'approval_expired' });
    expect(app.gateway.scalekit.account(hers)).toEqual(before);
    expect(await securityEvents()).toEqual(['security.wrong_user', 'security.approval_reused']);
  });

  it('stays so, however many tries she makes and whoever brings it', async () => {
    attacks('consent-is-verified');
    app.gateway.scalekit.addAccount(hers);
    const { back } = await burned();
    for (let tries = 0; tries < 3; tries += 1) {
      await app.connect(visitor);
      await visitor.get(withState(back, app.newestState()));
    }
    const other = await app.signIn(bob);
    await app.connect(other);
    await other.get(withState(back, app.newestState()));
    expect(verifications()).toBe(0);
    expect((await securityEvents()).filter((type) => type === 'security.approval_reused')).toHaveLength(4);
  });

  it('takes an account along that waits, although its try was cancelled before the approval', async () => {
    app.gateway.scalekit.addAccount({ ...hers, status: 'expired' });
    const { link, flowId } = await app.connect(visitor);
    await visitor.post(`/connections/gmail/flows/${flowId}/cancel`);
    const back = app.consent(link);
    expect(app.gateway.scalekit.account(hers)?.status).toBe('pending_verification');
    await (await app.signIn(bob)).get(back);
    expect(app.gateway.scalekit.account(hers)).toBeUndefined();
    await app.connect(visitor);
    await visitor.get(withState(back, app.newestState()));
    expect(verifications()).toBe(0);
    expect(app.gateway.scalekit.account(hers)?.status).not.toBe('active');
  });

  it.each(['with a state that nobody knows', 'without a state'])(
    'is one that first came back %s, too',
    async (how) => {
      const { link } = await app.connect(visitor);
      const back = app.consent(link);
      const strange =
        how === 'without a state'
          ? `/user/verify?auth_request_id=${requestIn(back)}`
          : withState(back, 'unknown');
      expect((await new Visitor(app.url).arrive(strange)).status).toBe(404);
      await visitor.get(back);
      expect(verifications()).toBe(0);
      expect(app.gateway.scalekit.account(hers)?.status).not.toBe('active');
    },
  );

  it('is one that first came back for a try that had ended, too', async () => {
    const first = await app.connect(visitor);
    const back = app.consent(first.link);
    await visitor.post(`/connections/gmail/flows/${first.flowId}/cancel`);
    await visitor.get(back);
    await app.connect(visitor);
    await visitor.get(withState(back, app.newestState()));
    expect(verifications()).toBe(0);
    expect(await securityEvents()).toEqual(['security.approval_reused']);
  });

  it('is burned even while the connection is held by somebody else for too long', async () => {
    app.gateway.scalekit.addAccount(hers);
    const { back, flowId } = await consented();
    const request = requestIn(back);
    const other = await app.signIn(bob);
    // Far too busy for his return to have its turn.
    const held = app.gateway.script.hold('deleteConnectedAccount');
    const disconnecting = visitor.post('/connections/gmail/disconnect');
    await held.arrived;
    const returning = other.get(back);
    const isBurned = async () =>
      (await app.deps.db.selectFrom('authRequests').selectAll().execute()).some((row) => row.flowId === null);
    while (!(await isBurned())) await new Promise((resolve) => setImmediate(resolve));
    held.release();
    await Promise.all([disconnecting, returning]);
    const again = await app.connect(visitor);
    await visitor.get(
      `/user/verify?${new URLSearchParams({ auth_request_id: request, state: app.newestState() })}`,
    );
    expect(verifications()).toBe(0);
    expect(await app.flow(again.flowId)).toMatchObject({ failure: 'approval_expired' });
    expect(await app.flow(flowId)).toMatchObject({ status: 'cancelled' });
  });

  it('of a return that has to wait too long for its turn is burned out of turn', async () => {
    const { back, flowId } = await consented();
    const other = await app.signIn(bob);
    const busy = new DomainError({
      code: 'pair_busy',
      status: 503,
      level: 'warn',
      told: told('errors.internal'),
    });
    const withPair = async () => {
      throw busy;
    };
    const { ending } = app.deps;
    const turn = ending.withPair;
    Object.assign(ending, { withPair });
    const page = await other.arrive(back);
    Object.assign(ending, { withPair: turn });
    expect(page.status).toBe(403);
    expect(await app.flow(flowId)).toMatchObject({ status: 'failed', failure: 'wrong_user' });
    expect(app.gateway.scalekit.account(hers)).toBeUndefined();
    expect(await securityEvents()).toEqual(['security.wrong_user']);
  });

  it('is kept as a hash alone', async () => {
    const { back } = await burned();
    const rows = await app.deps.db.selectFrom('authRequests').selectAll().execute();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(requestIn(back));
  });
});

describe('an answer to a return from consent', () => {
  it.each([
    ['of somebody else', async (back: string) => (await app.signIn(bob)).get(back)],
    ['of nobody who is signed in', (back: string) => new Visitor(app.url).get(back)],
    ['without a known state', (back: string) => visitor.get(back.replace(/state=[^&]+/, 'state=x'))],
    ['that is given twice', (back: string) => visitor.get(`${back}&auth_request_id=1&state=2`)],
    ['that is far too long', (back: string) => visitor.get(`${back}&auth_request_id=${'x'.repeat(3000)}`)],
    ['with an error', (back: string) => visitor.get(`${back}&error=access_denied`)],
    [
      'while sessions can’t be read',
      async (back: string) => {
        await sql`alter table sessions rename to away`.execute(app.deps.db);
        return visitor.get(back).finally(() => sql`alter table away rename to sessions`.execute(app.deps.db));
      },
    ],
    [
      'while the database is away',
      async (back: string) => {
        const broken = async () => {
          throw new Error('the database is away');
        };
        Object.assign(app.deps.flows, { findByState: broken });
        return visitor.get(back);
      },
    ],
  ])('%s leads to an address without an auth request or a state', async (_how, come) => {
    const { back } = await consented();
    const secrets = [...new URLSearchParams(back.split('?')[1]).values()];
    const answer = await come(back);
    expect(answer.status).toBe(303);
    const location = String(answer.headers.location);
    for (const secret of secrets) expect(location).not.toContain(secret);
    expect(answer.headers['referrer-policy']).toBe('no-referrer');
    const page = await visitor.get(location);
    for (const secret of secrets) expect(page.text).not.toContain(secret);
  });

  it('tells the reference of the return, so that the log has it', async () => {
    const { back } = await consented();
    const answer = await (await app.signIn(bob)).get(back);
    const page = await visitor.follow(answer);
    expect(page.status).toBe(403);
    expect(page.text).toContain(`quote <bdi>${answer.headers['x-request-id']}</bdi>.`);
  });

  it('can’t be made up: a page that we did not seal says nothing', async () => {
    for (const problem of ['', 'x', 'AAAA', Buffer.from('{"code":"wrong_user"}').toString('base64url')]) {
      expect((await visitor.get(`/user/returned?problem=${problem}`)).status).toBe(404);
    }
  });

  it('without a flow is given to one address so often and no more, and writes no more down', async () => {
    const strange = (index: number) => `/user/verify?auth_request_id=r${index}&state=s${index}`;
    for (let index = 0; index < 31; index += 1) await visitor.get(strange(index));
    const page = await visitor.arrive(strange(31));
    expect(page.status).toBe(429);
    const rows = await app.deps.db.selectFrom('authRequests').selectAll().execute();
    expect(rows).toHaveLength(30);
    const { back, flowId } = await consented();
    await visitor.get(back);
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
  });
});

describe('an address of the past', () => {
  it('tells the user how it ended, in a later session too, and raises no alarm', async () => {
    const { back, flowId } = await consented();
    await visitor.get(back);
    const later = await app.signIn(ada);
    const returned = await later.get(back);
    expect(returned.headers.location).toBe(`/connections/gmail/status?flow=${flowId}`);
    expect((await later.follow(returned)).text).toContain('Gmail is connected');
    expect(verifications()).toBe(1);
    expect(await securityEvents()).toEqual([]);
  });
});

describe('a forged auth request', () => {
  const withRequest = (back: string, id: string) =>
    back.replace(/auth_request_id=[^&]+/, `auth_request_id=${id}`);

  it.each(['forged', '00000000-0000-0000-0000-000000000000', 'x'.repeat(2048), '%20', ''])(
    'is refused, and nothing is connected: %.40s',
    async (id) => {
      const { back, flowId } = await consented();
      const page = await visitor.follow(await visitor.get(withRequest(back, id)));
      expect(page.text).toContain('Nothing was connected');
      expect(await app.flow(flowId)).toMatchObject({ status: 'failed' });
      expect(app.gateway.scalekit.account(hers)?.status).not.toBe('active');
    },
  );

  it('that is another user’s, with my own state, connects neither of us', async () => {
    attacks('consent-is-verified');
    const other = await app.signIn(bob);
    const theirs = await app.connect(other);
    const foreign = new URL(app.consent(theirs.link), app.url).searchParams.get('auth_request_id') ?? '';
    const { back, flowId } = await consented();
    const page = await visitor.follow(await visitor.get(withRequest(back, foreign)));
    expect(page.text).toContain('This approval was started by someone else');
    expect(await app.flow(flowId)).toMatchObject({ status: 'failed', failure: 'wrong_user' });
    expect(app.gateway.scalekit.account(hers)).toBeUndefined();
    expect(app.gateway.scalekit.account(his)?.status).toBe('pending_verification');
    expect(await securityEvents()).toEqual(['security.wrong_user']);
  });
});

describe('the flow of another user', () => {
  it.each(['status', 'status.json'])('is not to be seen at %s', async (page) => {
    attacks('checked-on-server');
    const { flowId } = await app.connect(visitor);
    const other = await app.signIn(bob);
    const response = await other.get(`/connections/gmail/${page}?flow=${flowId}`);
    expect(response.status).toBe(404);
    expect(JSON.stringify(response.body) + response.text).not.toContain(ada);
  });

  it.each(['cancel', 'link'])('is not to be changed by %s', async (action) => {
    attacks('checked-on-server');
    const { flowId } = await app.connect(visitor);
    const other = await app.signIn(bob);
    const before = app.gateway.script.count();
    expect((await other.post(`/connections/gmail/flows/${flowId}/${action}`)).status).toBe(404);
    expect(await app.flow(flowId)).toMatchObject({ status: 'open' });
    expect(app.gateway.script.count()).toBe(before);
  });

  it('is confirmed to nobody else on the list', async () => {
    const { back, flowId } = await consented();
    await visitor.get(back);
    const other = await app.signIn(bob);
    expect((await other.get(`/connections?flow=${flowId}`)).text).not.toContain('Gmail is connected.');
  });

  it('is not reached through another connection either', async () => {
    const { flowId } = await app.connect(visitor);
    expect((await visitor.get(`/connections/exa/status?flow=${flowId}`)).status).toBe(404);
    expect((await visitor.post(`/connections/exa/flows/${flowId}/cancel`)).status).toBe(404);
  });
});
