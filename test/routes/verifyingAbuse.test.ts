import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Visitor } from '../support/visitor.js';
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
    const { back, flowId } = await consented();
    const other = await app.signIn(bob);
    const page = await other.get(back);
    expect(page.status).toBe(403);
    expect(page.text).toContain('This approval was started by someone else');
    expect(page.text).not.toContain(ada);
    expect(verifications()).toBe(0);
    expect(app.gateway.scalekit.accounts).toEqual([]);
    expect(await app.flow(flowId)).toMatchObject({ status: 'failed', failure: 'wrong_user' });
    expect(await securityEvents()).toEqual(['security.wrong_user']);
    const event = await app.deps.db
      .selectFrom('audit_events')
      .selectAll()
      .where('type', '=', 'security.wrong_user')
      .executeTakeFirst();
    expect(event).toMatchObject({ actor: `user:${bob}`, identifier: ada, connection_name: 'gmail' });
  });

  it('is worth nothing to its own user afterwards', async () => {
    const { back, flowId } = await consented();
    await (await app.signIn(bob)).get(back);
    const page = await visitor.follow(await visitor.get(back));
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
    expect((await (await app.signIn(bob)).get(back)).status).toBe(403);
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
    expect(app.gateway.scalekit.account(hers)?.status).toBe('active');
  });

  it('burns the flow also when the account cannot be deleted now', async () => {
    const { back, flowId } = await consented();
    const other = await app.signIn(bob);
    app.gateway.script.failAll('unreachable');
    expect((await other.get(back)).status).toBe(403);
    expect(await app.flow(flowId)).toMatchObject({ status: 'failed', failure: 'wrong_user' });
    app.gateway.script.recover();
    await visitor.get(back);
    expect(verifications()).toBe(0);
  });
});

describe('an approval that comes back to another session', () => {
  it('of the same user is not taken: the link may have been passed on', async () => {
    const { back, flowId } = await consented();
    const page = await (await app.signIn(ada)).get(back);
    expect(page.status).toBe(403);
    expect(page.text).toContain('was in another browser');
    expect(await app.flow(flowId)).toMatchObject({ status: 'failed', failure: 'session_gone' });
    expect(await securityEvents()).toEqual(['security.wrong_session']);
    expect(app.gateway.scalekit.accounts).toEqual([]);
  });

  it('that is signed out is not taken, and offers to sign in', async () => {
    const { back, flowId } = await consented();
    const page = await new Visitor(app.url).get(back);
    expect(page.status).toBe(403);
    expect(page.text).toContain('has ended, or was in another browser');
    expect(page.text).toMatch(/class="button filled" href="\/connections"/);
    expect(verifications()).toBe(0);
    expect(await app.flow(flowId)).toMatchObject({ status: 'failed' });
  });

  it('since the user signed out and in again is not taken', async () => {
    const { back, flowId } = await consented();
    await visitor.get('/connections');
    await visitor.post('/sign-out');
    await visitor.signIn(ada);
    expect((await visitor.get(back)).status).toBe(403);
    expect(await app.flow(flowId)).toMatchObject({ status: 'failed', failure: 'session_gone' });
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
    const { flowId } = await app.connect(visitor);
    const other = await app.signIn(bob);
    const response = await other.get(`/connections/gmail/${page}?flow=${flowId}`);
    expect(response.status).toBe(404);
    expect(JSON.stringify(response.body) + response.text).not.toContain(ada);
  });

  it.each(['cancel', 'link'])('is not to be changed by %s', async (action) => {
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
