import type { ScalekitErrorKind } from '../../../../server/scalekit/scalekitError.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../../support/jest.js';
import type { Visitor } from '../../../support/visitor.js';
import { ada, bob, type JourneyApp, startJourneyApp } from './journeys.js';

const gmail = { connectionName: 'gmail', identifier: ada };

let app: JourneyApp;
let visitor: Visitor;

beforeEach(async () => {
  app = await startJourneyApp();
  visitor = await app.signIn(ada);
});

afterEach(() => app.close());

const account = () => app.gateway.scalekit.account(gmail);
const cancel = (flowId: string) => visitor.post(`/connections/gmail/flows/${flowId}/cancel`);
const disconnect = () => visitor.post('/connections/gmail/disconnect');

/** Other requests go through, so that one that was sent before them is at the point where it waits. */
async function meanwhile(): Promise<void> {
  for (let count = 0; count < 5; count += 1) await visitor.get('/connections');
}

describe('cancelling the setup from the list', () => {
  const cancelSetup = () => visitor.post('/connections/gmail/cancel-setup');

  it('ends what was begun at once, takes back the account, and says so', async () => {
    const { flowId } = await app.connect(visitor);
    const card = (await visitor.get('/connections')).text
      .split('data-connection="gmail"')[1]
      ?.split('</details>')[0];
    expect(card).toContain('action="/connections/gmail/cancel-setup"');
    const response = await cancelSetup();
    expect(response.headers.location).toBe(`/connections?flow=${flowId}`);
    const { text } = await visitor.follow(response);
    expect(text).toContain('You stopped connecting Gmail. Nothing was connected.');
    expect(text).toContain('>Connect Gmail</button>');
    expect(await app.flow(flowId)).toMatchObject({ status: 'cancelled', failure: null });
    expect(account()).toBeUndefined();
    expect(await app.auditTypes()).toContain('flow.cancelled');
  });

  it('removes an account that had been there before and waits only because of a try that failed', async () => {
    app.gateway.scalekit.addAccount({ ...gmail, status: 'pending_auth' });
    const { flowId } = await app.connect(visitor);
    await visitor.get(`/user/verify?error=server_error&state=${app.newestState()}`);
    expect(await app.flow(flowId)).toMatchObject({ status: 'failed' });
    expect((await visitor.get('/connections')).text).toContain('aria-label="Cancel setup of Gmail"');
    const { text } = await visitor.follow(await cancelSetup());
    expect(text).toContain('Gmail is disconnected.');
    expect(account()).toBeUndefined();
  });

  it.each(['active', 'expired', 'disconnected', 'unknown'] as const)(
    'leaves an account alone that is %s meanwhile, since nobody was asked about it',
    async (status) => {
      const { flowId } = await app.connect(visitor);
      app.gateway.scalekit.setStatus(gmail, status);
      const { text } = await visitor.follow(await cancelSetup());
      expect(account()?.status).toBe(status);
      expect(text).not.toContain('You stopped');
      expect(text).not.toContain('is disconnected.');
      expect((await app.flow(flowId)).status).not.toBe('cancelled');
    },
  );

  it('is told in words when Scalekit can’t be reached, and can be done again', async () => {
    const { flowId } = await app.connect(visitor);
    app.gateway.script.failNext('listConnectedAccounts', 'unreachable');
    const refused = await cancelSetup();
    expect([refused.status, refused.text.includes('We can’t reach the connection service')]).toEqual([
      503,
      true,
    ]);
    expect(await app.flow(flowId)).toMatchObject({ status: 'open' });
    await cancelSetup();
    expect(account()).toBeUndefined();
  });

  it('is nobody else’s to do', async () => {
    await app.connect(visitor);
    const other = await app.signIn(bob);
    await other.post('/connections/gmail/cancel-setup');
    expect(account()?.status).toBe('pending_auth');
  });
});

describe('cancelling', () => {
  it('ends the flow, takes back the account that it made, and says so', async () => {
    const { flowId } = await app.connect(visitor);
    const response = await cancel(flowId);
    expect(response.headers.location).toBe(`/connections?flow=${flowId}`);
    expect((await visitor.follow(response)).text).toContain('You stopped connecting Gmail.');
    expect(await app.flow(flowId)).toMatchObject({ status: 'cancelled', failure: null });
    expect(account()).toBeUndefined();
    expect(await app.auditTypes()).toContain('flow.cancelled');
  });

  it('leads back to where the user was going', async () => {
    const { flowId } = await app.connect(visitor, 'gmail', { return_to: '/connect/exa' });
    expect((await cancel(flowId)).headers.location).toBe('/connect/exa');
  });

  it('leaves an account that was there before', async () => {
    app.gateway.scalekit.addAccount({ ...gmail, status: 'expired' });
    const { flowId } = await app.connect(visitor);
    await cancel(flowId);
    expect(account()?.status).toBe('expired');
  });

  it('leaves an account that became active, and says nothing else of it', async () => {
    app.gateway.scalekit.addAccount(gmail);
    const { flowId } = await app.connect(visitor);
    const list = await visitor.follow(await cancel(flowId));
    expect(account()?.status).toBe('active');
    expect(list.text).toContain('It stays connected as it was.');
    expect(list.text).not.toContain('Nothing was connected');
  });

  it('leaves an account that another open flow needs, whose own cancelling takes it back', async () => {
    const first = await app.connect(visitor);
    const second = await app.connect(visitor);
    await cancel(first.flowId);
    expect(account()).toBeDefined();
    const returned = await visitor.get(app.consent(second.link));
    expect(returned.status).toBe(303);
    expect(account()?.status).toBe('active');
  });

  it('leaves an account in the place of the one it made', async () => {
    const { flowId } = await app.connect(visitor);
    app.gateway.scalekit.removeAccount(gmail);
    const other = app.gateway.scalekit.addAccount({ ...gmail, status: 'pending_auth' });
    await cancel(flowId);
    expect(account()).toEqual(other);
  });

  it('is done while Scalekit cannot be reached, too', async () => {
    const { flowId } = await app.connect(visitor);
    app.gateway.script.failAll('unreachable');
    expect((await cancel(flowId)).status).toBe(303);
    expect(await app.flow(flowId)).toMatchObject({ status: 'cancelled' });
  });

  it('after the end changes nothing', async () => {
    const { link, flowId } = await app.connect(visitor);
    await visitor.get(app.consent(link));
    expect((await cancel(flowId)).status).toBe(303);
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
    expect(account()?.status).toBe('active');
  });

  it('makes the link that is still open worth nothing', async () => {
    const { link, flowId } = await app.connect(visitor);
    const back = app.consent(link);
    await cancel(flowId);
    await visitor.get(back);
    expect(app.gateway.script.count('verifyConnectedAccountUser')).toBe(0);
    expect(await app.flow(flowId)).toMatchObject({ status: 'cancelled' });
  });

  it('waits for a verification that is under way, whose outcome stands', async () => {
    const { link, flowId } = await app.connect(visitor);
    const held = app.gateway.script.hold('verifyConnectedAccountUser');
    const returning = visitor.get(app.consent(link));
    await held.arrived;
    const cancelling = cancel(flowId);
    await meanwhile();
    held.release();
    await Promise.all([returning, cancelling]);
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
    expect(account()?.status).toBe('active');
  });
});

describe('disconnecting', () => {
  it('asks first, naming the account, and changes nothing by that', async () => {
    app.gateway.scalekit.addAccount(gmail);
    const page = await visitor.get('/connections/gmail/disconnect');
    expect(page.text).toContain('Disconnect Gmail?');
    expect(page.text).toContain(ada);
    expect(account()?.status).toBe('active');
  });

  it('deletes the user’s own account and nobody else’s', async () => {
    attacks('checked-on-server');
    app.gateway.scalekit.addAccount(gmail);
    app.gateway.scalekit.addAccount({ ...gmail, identifier: bob });
    const list = await visitor.follow(await disconnect());
    expect(list.text).toContain('Gmail is disconnected.');
    expect(app.gateway.scalekit.accounts.map(({ identifier }) => identifier)).toEqual([bob]);
    expect(await app.auditTypes()).toContain('account.disconnected');
  });

  it('twice is the same as once', async () => {
    app.gateway.scalekit.addAccount(gmail);
    expect([(await disconnect()).status, (await disconnect()).status]).toEqual([303, 303]);
    expect(account()).toBeUndefined();
  });

  it('that timed out and landed is done', async () => {
    app.gateway.scalekit.addAccount(gmail);
    app.gateway.script.failNext('deleteConnectedAccount', 'timeout', { carriedOut: true });
    expect((await disconnect()).status).toBe(303);
  });

  it.each([
    ['timeout', 504, 'took too long to answer'],
    ['unreachable', 503, 'does not answer right now'],
    ['rate_limited', 503, 'asks us to slow down'],
    ['credentials', 503, 'own credentials'],
    ['unexpected', 502, 'did not expect'],
    ['forbidden', 502, 'did not expect'],
  ] as [ScalekitErrorKind, number, string][])(
    'that fails (%s) is told, and can be tried again',
    async (kind, status, words) => {
      app.gateway.scalekit.addAccount(gmail);
      app.gateway.script.failNext('deleteConnectedAccount', kind);
      const page = await disconnect();
      expect(page.status).toBe(status);
      expect(page.text).toContain(words);
      expect(page.text).toContain('href="/connections/gmail/disconnect"');
      expect(account()?.status).toBe('active');
      expect(await app.auditTypes()).not.toContain('account.disconnected');
      expect((await disconnect()).status).toBe(303);
    },
  );

  it('ends the open flows of that connection and leaves the others', async () => {
    const mail = await app.connect(visitor);
    const drive = await app.connect(visitor, 'exa');
    await disconnect();
    expect(await app.flow(mail.flowId)).toMatchObject({
      status: 'cancelled',
      failure: 'disconnected_meanwhile',
    });
    expect(await app.flow(drive.flowId)).toMatchObject({ status: 'open' });
    const page = await visitor.get(`/connections/gmail/status?flow=${mail.flowId}`);
    expect(page.text).toContain('was disconnected while you were connecting it');
  });

  it('before a return from consent leaves nothing connected', async () => {
    const { link } = await app.connect(visitor);
    const back = app.consent(link);
    await disconnect();
    await visitor.get(back);
    expect(app.gateway.script.count('verifyConnectedAccountUser')).toBe(0);
    expect(account()).toBeUndefined();
  });

  it('comes after a verification that is under way, and is the last word', async () => {
    const { link, flowId } = await app.connect(visitor);
    const held = app.gateway.script.hold('verifyConnectedAccountUser');
    const returning = visitor.get(app.consent(link));
    await held.arrived;
    const disconnecting = disconnect();
    await meanwhile();
    held.release();
    expect((await disconnecting).status).toBe(303);
    await returning;
    expect(account()).toBeUndefined();
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
  });

  it('keeps a return waiting while it is under way, which then verifies nothing', async () => {
    const { link, flowId } = await app.connect(visitor);
    const back = app.consent(link);
    const held = app.gateway.script.hold('deleteConnectedAccount');
    const disconnecting = disconnect();
    await held.arrived;
    const returning = visitor.get(back);
    await meanwhile();
    held.release();
    await Promise.all([disconnecting, returning]);
    expect(app.gateway.script.count('verifyConnectedAccountUser')).toBe(0);
    expect(await app.flow(flowId)).toMatchObject({ status: 'cancelled', failure: 'disconnected_meanwhile' });
    expect(account()).toBeUndefined();
  });

  it('of a connection that does not exist is told', async () => {
    expect((await visitor.post('/connections/nothing/disconnect')).status).toBe(404);
    expect(app.gateway.script.count('deleteConnectedAccount')).toBe(0);
  });
});
