import type { ScalekitErrorKind } from '../../../../server/scalekit/scalekitError.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../../support/jest.js';
import type { Visitor } from '../../../support/visitor.js';
import { ada, bob, type JourneyApp, startJourneyApp } from './journeys.js';

const gmail = { connectionName: 'gmail', identifier: ada };
const minute = 60_000;

let app: JourneyApp;
let visitor: Visitor;

beforeEach(async () => {
  app = await startJourneyApp();
  visitor = await app.signIn(ada);
});

afterEach(() => app.close());

const verifications = () => app.gateway.script.count('verifyConnectedAccountUser');
const accountStatus = () => app.gateway.scalekit.account(gmail)?.status;

/** A flow whose consent was given: where the browser comes back to, and the flow's id. */
async function consented() {
  const { link, flowId } = await app.connect(visitor);
  return { back: app.consent(link), flowId };
}

describe('coming back from consent', () => {
  it('verifies once, and leads to a clean address', async () => {
    const { back, flowId } = await consented();
    const returned = await visitor.get(back);
    expect(returned.status).toBe(303);
    expect(returned.headers.location).toBe(`/connections/gmail/status?flow=${flowId}`);
    expect(await app.flow(flowId)).toMatchObject({ status: 'done', failure: null });
    expect(accountStatus()).toBe('active');
    expect(await app.auditTypes()).toEqual(['user.signed_in', 'flow.started', 'flow.done']);
  });

  it('again, by a reload, gives the answer that is written down', async () => {
    const { back, flowId } = await consented();
    await visitor.get(back);
    const again = await visitor.get(back);
    expect(again.headers.location).toBe(`/connections/gmail/status?flow=${flowId}`);
    expect(verifications()).toBe(1);
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
  });

  it('twice at once verifies once', async () => {
    const { back, flowId } = await consented();
    const both = await Promise.all([visitor.get(back), visitor.get(back)]);
    expect(both.map(({ status }) => status)).toEqual([303, 303]);
    expect(verifications()).toBe(1);
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
  });

  it('goes on to the return address', async () => {
    const { link, flowId } = await app.connect(visitor, 'gmail', { return_to: '/connect/exa?x=1' });
    await visitor.get(app.consent(link));
    expect(await app.statusOf(visitor, flowId)).toMatchObject({ continue_url: '/connect/exa?x=1' });
    expect((await visitor.get(`/connections/gmail/status?flow=${flowId}`)).text).toContain(
      'href="/connect/exa?x=1"',
    );
  });

  it('by HEAD, as a scanner of mail does, uses nothing up', async () => {
    attacks('get-changes-nothing');
    const { back, flowId } = await consented();
    expect((await visitor.head(back)).status).toBe(405);
    expect(verifications()).toBe(0);
    expect(await app.flow(flowId)).toMatchObject({ status: 'open' });
    await visitor.get(back);
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
  });

  it('without an auth request leaves the flow open', async () => {
    const { back, flowId } = await consented();
    const state = new URLSearchParams(back.split('?')[1]).get('state');
    expect((await visitor.get(`/user/verify?state=${state}`)).status).toBe(303);
    expect(await app.flow(flowId)).toMatchObject({ status: 'open' });
    expect(verifications()).toBe(0);
  });

  it('with a state that nobody knows is told, and changes nothing', async () => {
    const { back, flowId } = await consented();
    for (const state of ['', 'x', 'x'.repeat(512), 'null', flowId]) {
      const page = await visitor.arrive(back.replace(/state=[^&]+/, `state=${state}`));
      expect(page.status).toBe(404);
      expect(page.text).toContain('We don’t know this approval, or it was used already.');
    }
    expect(verifications()).toBe(0);
    expect(await app.flow(flowId)).toMatchObject({ status: 'open' });
  });

  it('after the flow expired does not verify', async () => {
    const { back, flowId } = await consented();
    await app.editFlow(flowId, { expiresAt: Date.now() - 1 });
    const page = await visitor.arrive(back);
    expect(page.text).toContain('within 30 minutes');
    expect(verifications()).toBe(0);
    expect(accountStatus()).toBe('pending_verification');
  });

  it('with a link that expired while the browser was on its way does', async () => {
    const { back, flowId } = await consented();
    await app.editFlow(flowId, { linkExpiresAt: Date.now() - 1 });
    await visitor.get(back);
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
  });
});

describe('while Scalekit is not reached', () => {
  it.each(['unreachable', 'rate_limited', 'credentials', 'busy'] as ScalekitErrorKind[])(
    '%s: the approval is kept, and "Finish connecting" then succeeds',
    async (kind) => {
      const { back, flowId } = await consented();
      app.gateway.script.failNext('verifyConnectedAccountUser', kind);
      const page = await visitor.arrive(back);
      expect(page.text).toContain('Your approval is kept');
      expect(await app.flow(flowId)).toMatchObject({ status: 'open' });
      const finish = /action="([^"]+)">[^/]*>\s*<button class="button filled">Finish connecting</.exec(
        page.text,
      );
      const finished = await visitor.post(finish?.[1] ?? '');
      expect(finished.headers.location).toBe(`/connections/gmail/status?flow=${flowId}`);
      expect(await app.flow(flowId)).toMatchObject({ status: 'done', approval: null });
      expect(accountStatus()).toBe('active');
    },
  );

  it('the same address, by a reload of what a browser remembers, succeeds as well', async () => {
    const { back, flowId } = await consented();
    app.gateway.script.failNext('verifyConnectedAccountUser', 'unreachable');
    await visitor.get(back);
    await visitor.get(back);
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
  });

  it('an approval is kept so that a copy of the database does not tell it', async () => {
    const { back, flowId } = await consented();
    app.gateway.script.failNext('verifyConnectedAccountUser', 'unreachable');
    await visitor.get(back);
    const request = new URLSearchParams(back.split('?')[1]).get('auth_request_id') ?? '';
    expect((await app.flow(flowId)).approval).toEqual(expect.any(String));
    expect(JSON.stringify(await app.flow(flowId))).not.toContain(request);
  });

  it('"Finish connecting" is for the browser that came back', async () => {
    const { back, flowId } = await consented();
    app.gateway.script.failNext('verifyConnectedAccountUser', 'unreachable');
    await visitor.get(back);
    const [again, other] = [await app.signIn(ada), await app.signIn(bob)];
    expect((await again.post(`/connections/gmail/flows/${flowId}/finish`)).status).toBe(403);
    expect((await other.post(`/connections/gmail/flows/${flowId}/finish`)).status).toBe(404);
    expect(verifications()).toBe(1);
    expect(await app.flow(flowId)).toMatchObject({ status: 'open' });
  });

  it('"Finish connecting" without an approval asks for nothing', async () => {
    const { flowId } = await consented();
    expect((await visitor.post(`/connections/gmail/flows/${flowId}/finish`)).status).toBe(303);
    expect(verifications()).toBe(0);
    expect(await app.flow(flowId)).toMatchObject({ status: 'open' });
  });
});

describe('a verification whose answer is lost', () => {
  it('but that landed is done, by reading the account', async () => {
    const { back, flowId } = await consented();
    app.gateway.script.failNext('verifyConnectedAccountUser', 'timeout', { carriedOut: true });
    await visitor.get(back);
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
    expect(verifications()).toBe(1);
  });

  it('and that lands later is done when it shows', async () => {
    const { back, flowId } = await consented();
    app.gateway.script.failNext('verifyConnectedAccountUser', 'timeout');
    const page = await visitor.arrive(back);
    expect(page.text).toContain('Checking that it was you.');
    expect((await app.statusOf(visitor, flowId)).status).toBe('verifying');
    app.gateway.scalekit.setStatus(gmail, 'active');
    app.deps.reader.drop(ada);
    expect((await app.statusOf(visitor, flowId)).status).toBe('done');
    expect(await app.auditTypes()).not.toContain('security.unverified_activation');
  });

  it('and that did not land is not told as a link that was not used', async () => {
    const { back, flowId } = await consented();
    await app.editFlow(flowId, { linkExpiresAt: Date.now() - 1 });
    app.gateway.script.failNext('verifyConnectedAccountUser', 'timeout');
    await visitor.get(back);
    expect((await app.statusOf(visitor, flowId)).status).toBe('verifying');
  });

  it('opens again after a while, and the same address finishes it', async () => {
    const { back, flowId } = await consented();
    app.gateway.script.failNext('verifyConnectedAccountUser', 'timeout');
    await visitor.get(back);
    await app.editFlow(flowId, { verifyStartedAt: Date.now() - minute });
    expect((await app.statusOf(visitor, flowId)).status).toBe('open');
    await visitor.get(back);
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
  });

  it('because the process died is taken up by the same address', async () => {
    const { back, flowId } = await consented();
    await app.editFlow(flowId, { status: 'verifying', verifyStartedAt: Date.now() - minute });
    await visitor.get(back);
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
  });

  it('is not repeated while it is under way', async () => {
    const { back, flowId } = await consented();
    await app.editFlow(flowId, { status: 'verifying', verifyStartedAt: Date.now() });
    await visitor.get(back);
    expect(verifications()).toBe(0);
    expect((await app.statusOf(visitor, flowId)).status).toBe('verifying');
  });

  it('does not time out while it is under way', async () => {
    const { back, flowId } = await consented();
    const held = app.gateway.script.hold('verifyConnectedAccountUser');
    const returning = visitor.get(back);
    await held.arrived;
    await app.editFlow(flowId, { expiresAt: Date.now() - 1 });
    expect((await app.statusOf(visitor, flowId)).status).toBe('verifying');
    held.release();
    await returning;
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
  });
});

describe('an auth request that Scalekit does not know', () => {
  it('any more, since it was used before, is done when the account is active', async () => {
    const { back, flowId } = await consented();
    app.gateway.scalekit.setStatus(gmail, 'active');
    app.gateway.script.failNext('verifyConnectedAccountUser', 'not_found');
    await visitor.get(back);
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
  });

  it.each(['not_found', 'invalid'] as const)(
    '(%s) ends the flow, and takes back the account it made',
    async (kind) => {
      const { back, flowId } = await consented();
      app.gateway.script.failNext('verifyConnectedAccountUser', kind);
      const page = await visitor.arrive(back);
      expect(page.text).toContain('no longer valid when it reached us');
      expect(await app.flow(flowId)).toMatchObject({ status: 'failed', failure: 'approval_expired' });
      expect(accountStatus()).toBeUndefined();
    },
  );
});
