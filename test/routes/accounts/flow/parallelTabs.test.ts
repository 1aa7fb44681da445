import { afterEach, attacks, beforeEach, describe, expect, it } from '../../../support/jest.js';
import type { Visitor } from '../../../support/visitor.js';
import { ada, type JourneyApp, startJourneyApp } from './journeys.js';

const gmail = { connectionName: 'gmail', identifier: ada };

let app: JourneyApp;
let visitor: Visitor;

beforeEach(async () => {
  app = await startJourneyApp();
  visitor = await app.signIn(ada);
});

afterEach(() => app.close());

const securityEvents = async () => (await app.auditTypes()).filter((type) => type.startsWith('security.'));
const newestFlow = async () => String((await app.flows()).at(-1)?.id);
const pressConnect = (name = 'gmail') => visitor.post(`/connections/${name}/connect`);

/** The one of two flows that is not this one. */
async function otherThan(flowId: string): Promise<string> {
  return String((await app.flows()).find(({ id }) => id !== flowId)?.id);
}

describe('two tabs that connect the same', () => {
  it('raise no alarm when one finishes while the link of the other is slow', async () => {
    const first = await app.connect(visitor);
    const slow = app.gateway.script.hold('getAuthorizationLink');
    const starting = pressConnect();
    await slow.arrived;
    await visitor.get(app.consent(first.link));
    slow.release();
    await starting;
    const second = await otherThan(first.flowId);
    expect(await app.statusOf(visitor, second)).toMatchObject({ status: 'cancelled', tone: 'active' });
    expect(await app.flow(second)).toMatchObject({ failure: 'finished_elsewhere' });
    expect(await securityEvents()).toEqual([]);
  });

  it('raise no alarm when one is being verified while the other starts', async () => {
    const first = await app.connect(visitor);
    const held = app.gateway.script.hold('verifyConnectedAccountUser');
    const returning = visitor.get(app.consent(first.link));
    await held.arrived;
    // Well before the second begins.
    await app.editFlow(first.flowId, { verifyStartedAt: Date.now() - 5_000 });
    const second = await app.connect(visitor);
    held.release();
    await returning;
    expect(await app.statusOf(visitor, second.flowId)).toMatchObject({ status: 'cancelled', tone: 'active' });
    expect(await app.flow(second.flowId)).toMatchObject({ failure: 'finished_elsewhere' });
    expect(await securityEvents()).toEqual([]);
  });

  it('wait for each other’s verification before anything is called an alarm', async () => {
    const first = await app.connect(visitor);
    app.gateway.script.failNext('verifyConnectedAccountUser', 'timeout', { carriedOut: true });
    const read = app.gateway.script.hold('listConnectedAccounts');
    const returning = visitor.get(app.consent(first.link));
    await read.arrived;
    await app.editFlow(first.flowId, { verifyStartedAt: Date.now() - 5_000 });
    const starting = app.connect(visitor);
    read.release();
    await returning;
    const second = await starting;
    expect((await app.statusOf(visitor, second.flowId)).status).not.toBe('failed');
    expect(await securityEvents()).toEqual([]);
  });

  it('count one activation once when the verification of the first could not be asked for', async () => {
    const first = await app.connect(visitor);
    app.gateway.script.failNext('verifyConnectedAccountUser', 'unreachable');
    await visitor.get(app.consent(first.link));
    const second = await app.connect(visitor);
    await visitor.get(app.consent(second.link));
    expect(await app.statusOf(visitor, first.flowId)).toMatchObject({ status: 'cancelled', tone: 'active' });
    expect(await app.flow(first.flowId)).toMatchObject({ failure: 'finished_elsewhere' });
    expect((await app.auditTypes()).filter((type) => type === 'flow.done')).toHaveLength(1);
    expect(await securityEvents()).toEqual([]);
  });

  it('raise the alarm when nobody verified what the first could not ask for', async () => {
    const first = await app.connect(visitor);
    app.gateway.script.failNext('verifyConnectedAccountUser', 'unreachable');
    await visitor.get(app.consent(first.link));
    app.gateway.scalekit.setStatus(gmail, 'active');
    app.deps.reader.drop(ada);
    expect(await app.statusOf(visitor, first.flowId)).toMatchObject({ status: 'failed' });
    expect(await securityEvents()).toEqual(['security.unverified_activation']);
  });

  it('still raise the alarm about what nobody verified', async () => {
    attacks('unverified-is-seen');
    const first = await app.connect(visitor);
    await visitor.get(app.consent(first.link));
    await app.editFlow(first.flowId, {
      verifyStartedAt: Date.now() - 5_000,
      verifiedAt: Date.now() - 4_000,
      endedAt: Date.now() - 4_000,
    });
    app.gateway.scalekit.setStatus(gmail, 'disconnected');
    const second = await app.connect(visitor);
    app.gateway.scalekit.setStatus(gmail, 'active');
    app.deps.reader.drop(ada);
    expect(await app.statusOf(visitor, second.flowId)).toMatchObject({ status: 'failed' });
    expect(await securityEvents()).toEqual(['security.unverified_activation']);
  });

  it('begin both when one is cancelled while the other starts', async () => {
    const first = await app.connect(visitor);
    const slow = app.gateway.script.hold('getAuthorizationLink');
    const starting = pressConnect();
    await slow.arrived;
    await visitor.post(`/connections/gmail/flows/${first.flowId}/cancel`);
    expect(app.gateway.scalekit.account(gmail)).toBeUndefined();
    slow.release();
    const started = await starting;
    expect(started.status).toBe(303);
    const second = await otherThan(first.flowId);
    await visitor.get(app.consent(started.headers.location));
    expect(await app.flow(second)).toMatchObject({ status: 'done' });
    expect(app.gateway.scalekit.account(gmail)?.status).toBe('active');
    expect(await securityEvents()).toEqual([]);
  });
});

describe('a verification whose answer is lost', () => {
  /** Scalekit has carried it out, and can't be read just then. */
  async function lost(): Promise<{ flowId: string; state: string }> {
    const { link, flowId } = await app.connect(visitor);
    const state = app.newestState();
    app.gateway.script.failNext('verifyConnectedAccountUser', 'timeout', { carriedOut: true });
    app.gateway.script.failNext('listConnectedAccounts', 'unreachable');
    await visitor.get(app.consent(link));
    expect(await app.flow(flowId)).toMatchObject({ status: 'verifying' });
    return { flowId, state };
  }

  const types = async () => (await app.auditTypes()).filter((type) => type !== 'user.signed_in');

  it('is done, and no cancelling, when its user cancels', async () => {
    const { flowId } = await lost();
    await visitor.post(`/connections/gmail/flows/${flowId}/cancel`);
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
    expect(await types()).toEqual(['flow.started', 'flow.done']);
  });

  it('can’t be cancelled while nobody can tell, and stays as it is', async () => {
    const { flowId } = await lost();
    app.gateway.script.failNext('listConnectedAccounts', 'unreachable');
    expect((await visitor.post(`/connections/gmail/flows/${flowId}/cancel`)).status).toBe(503);
    expect(await app.flow(flowId)).toMatchObject({ status: 'verifying' });
  });

  it('is done when consent comes back once more, with an error, and raises no alarm', async () => {
    const { flowId, state } = await lost();
    await visitor.get(`/user/verify?error=access_denied&state=${state}`);
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
    expect(await types()).toEqual(['flow.started', 'flow.done']);
  });

  it('is written down before its account is disconnected', async () => {
    await lost();
    await visitor.post('/connections/gmail/disconnect');
    expect(await types()).toEqual(['flow.started', 'flow.done', 'account.disconnected']);
    expect(app.gateway.scalekit.account(gmail)).toBeUndefined();
  });
});

describe('an account that is expired or revoked the moment it was verified', () => {
  it.each(['expired', 'disconnected'] as const)('was connected all the same: %s', async (status) => {
    const { link, flowId } = await app.connect(visitor);
    const read = app.gateway.script.hold('listConnectedAccounts');
    const returning = visitor.get(app.consent(link));
    await read.arrived;
    app.gateway.scalekit.setStatus(gmail, status);
    read.release();
    await returning;
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
    expect(await app.auditTypes()).toContain('flow.done');
  });
});

describe('an account that is removed at Scalekit', () => {
  it('ends the flow that waits for it, in words, instead of having it wait for half an hour', async () => {
    const { flowId } = await app.connect(visitor);
    app.gateway.scalekit.removeAccount(gmail);
    await app.editFlow(flowId, { createdAt: Date.now() - 20_000 });
    app.deps.reader.drop(ada);
    const page = await visitor.get(`/connections/gmail/status?flow=${flowId}`);
    expect(page.text).toContain('Gmail was disconnected while you were connecting it');
    expect(page.text).toMatch(/<button class="button filled">Try again</);
    expect(await app.flow(flowId)).toMatchObject({ status: 'cancelled', failure: 'disconnected_meanwhile' });
  });

  it('ends no flow that may still be making it', async () => {
    const { flowId } = await app.connect(visitor);
    app.gateway.scalekit.removeAccount(gmail);
    app.deps.reader.drop(ada);
    expect((await app.statusOf(visitor, flowId)).status).toBe('open');
  });

  it('ends no flow while Scalekit can’t be read', async () => {
    const { flowId } = await app.connect(visitor);
    await app.editFlow(flowId, { createdAt: Date.now() - 20_000 });
    app.deps.reader.drop(ada);
    app.gateway.script.failAll('unreachable');
    expect((await app.statusOf(visitor, flowId)).status).toBe('open');
  });

  it('is said where its form was to be opened', async () => {
    const started = await pressConnect('exa');
    await visitor.follow(started);
    const flowId = await newestFlow();
    app.gateway.scalekit.removeAccount({ connectionName: 'exa', identifier: ada });
    const opened = await visitor.post(`/connections/exa/flows/${flowId}/link`);
    expect(opened.headers.location).toBe(`/connections/exa/status?flow=${flowId}`);
    expect((await visitor.follow(opened)).text).toContain('was disconnected while you were connecting it');
  });
});

describe('what was connected, and is no longer', () => {
  async function connected(): Promise<string> {
    const { link, flowId } = await app.connect(visitor);
    await visitor.get(app.consent(link));
    return flowId;
  }

  const pageOf = (query = '') => visitor.get(`/connections/gmail/status${query}`);

  it.each(['', 'with its flow'])('is not called connected by its status page %s', async (which) => {
    const flowId = await connected();
    const query = which === '' ? '' : `?flow=${flowId}`;
    expect((await pageOf(query)).text).toContain('Gmail is connected');
    await visitor.post('/connections/gmail/disconnect');
    const page = await pageOf(query);
    expect(page.text).not.toContain('Gmail is connected');
    expect(page.text).toContain('Gmail is no longer connected');
    expect(page.text).toMatch(/<button class="button filled">Connect Gmail</);
    expect(page.text).not.toContain('http-equiv="refresh"');
    const answer = await app.statusOf(visitor, flowId);
    expect(answer).toMatchObject({ status: 'done', continue_url: null, tone: 'quiet' });
  });

  it('is not called connected either when its access ended at the provider', async () => {
    await connected();
    app.gateway.scalekit.setStatus(gmail, 'disconnected');
    expect((await pageOf()).text).toContain('Gmail is no longer connected');
  });

  it('is told as it was while Scalekit can’t be read', async () => {
    await connected();
    app.gateway.script.failAll('unreachable');
    expect((await pageOf()).text).toContain('Gmail is connected');
  });
});

describe('the disconnect page of what is not connected', () => {
  it('asks about nothing, and leads back', async () => {
    const page = await visitor.get('/connections/gmail/disconnect');
    expect(page.status).toBe(200);
    expect(page.text).toContain('Gmail is not connected');
    expect(page.text).not.toContain('Disconnect Gmail?');
    expect(page.text).not.toContain('action="/connections/gmail/disconnect"');
    expect(page.text).toMatch(/class="button filled" href="\/connections"/);
  });

  it('asks all the same while Scalekit can’t be read', async () => {
    app.deps.reader.drop(ada);
    app.gateway.script.failAll('unreachable');
    expect((await visitor.get('/connections/gmail/disconnect')).text).toContain('Disconnect Gmail?');
  });

  it('sent all the same writes down no disconnecting', async () => {
    expect((await visitor.post('/connections/gmail/disconnect')).status).toBe(303);
    expect(await app.auditTypes()).not.toContain('account.disconnected');
  });
});
