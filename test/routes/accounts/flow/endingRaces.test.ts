import { userPlace } from '../../../../server/accounts/flow/flowPlace.js';
import { deferred } from '../../../support/callScript.js';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '../../../support/jest.js';
import {
  anotherApp,
  connectGmail,
  type OtherApp,
  type UnderWay,
  underWay,
} from '../../onboarding/onboardingJourneys.js';
import { ada, type JourneyApp, startJourneyApp } from './journeys.js';

let app: JourneyApp;
let acme: OtherApp;

beforeAll(async () => {
  app = await startJourneyApp();
  acme = await anotherApp(app);
});

afterEach(async () => {
  await app.deps.db.deleteFrom('flows').execute();
  await app.deps.db.deleteFrom('tombstones').execute();
  for (const connectionName of ['gmail', 'exa']) {
    app.gateway.scalekit.removeAccount({ connectionName, identifier: ada });
  }
  await app.deps.reader.changed(ada);
});

afterAll(() => app.close());

const accounts = () => app.gateway.scalekit.accounts;

const endings: [string, (started: UnderWay) => Promise<unknown>][] = [
  ['is left', ({ browser, steps }) => browser.post(`${steps}/leave`)],
  ['is cancelled by its app', ({ id }) => acme.send('delete', `/api/v1/onboarding-sessions/${id}`)],
];

describe('several tries of one connection', () => {
  it.each(endings)(
    'take back the account that the first of them made when their onboarding %s',
    async (_, end) => {
      const started = await underWay(app, acme);
      await connectGmail(started);
      await connectGmail(started);
      expect(accounts()).toHaveLength(1);
      await end(started);
      expect(accounts()).toEqual([]);
    },
  );

  it('take it back with the last of them that the user cancels', async () => {
    const visitor = await app.signIn(ada);
    const tries = [await app.connect(visitor), await app.connect(visitor)];
    const cancel = (flowId: string) => visitor.post(`/connections/gmail/flows/${flowId}/cancel`);
    await cancel(tries[0]?.flowId ?? '');
    expect(accounts()).toHaveLength(1);
    await cancel(tries[1]?.flowId ?? '');
    expect(accounts()).toEqual([]);
  });

  it('leave an account alone that one of them connected before', async () => {
    const visitor = await app.signIn(ada);
    await visitor.get(app.consent((await app.connect(visitor)).link));
    app.gateway.scalekit.setStatus({ connectionName: 'gmail', identifier: ada }, 'pending_auth');
    const { flowId } = await app.connect(visitor);
    await visitor.post(`/connections/gmail/flows/${flowId}/cancel`);
    expect(accounts()).toHaveLength(1);
  });
});

describe('a return that waits for its turn', () => {
  it('asks again, when its turn comes, whether whoever came back may still connect', async () => {
    const visitor = await app.signIn(ada);
    const back = new URL(app.consent((await app.connect(visitor)).link), app.url).searchParams;
    const [flow] = await app.flows();
    const asking = { key: String(flow?.principal), identifier: ada, sessionHash: String(flow?.sessionHash) };
    const free = deferred();
    const asked = deferred();
    let hasGone = false;
    const holding = app.deps.ending.withPair(ada, 'gmail', () => free.promise);
    const ownerOf = async () => {
      asked.resolve();
      return { place: userPlace, asking: hasGone ? null : asking };
    };
    const returned = { state: back.get('state'), authRequestId: back.get('auth_request_id') };
    const returning = app.deps.verification.handleReturn(
      ownerOf,
      async () => [],
      { ...returned, error: null },
      { reference: 'K7F-2QD', address: null },
    );
    await asked.promise;
    hasGone = true;
    free.resolve();
    await holding;
    expect(await returning).toMatchObject({ refusal: 'session_gone' });
    expect(accounts()).toEqual([]);
  });
});

describe('an onboarding that is left while a return is being verified', () => {
  it('waits for it, and says that it got connected', async () => {
    const started = await underWay(app, acme);
    const hold = app.gateway.script.hold('verifyConnectedAccountUser');
    const returning = started.browser.get(app.consent(await connectGmail(started)));
    await hold.arrived;
    const waits = deferred();
    const { withPair } = app.deps.ending;
    const spy = jest.spyOn(app.deps.ending, 'withPair').mockImplementationOnce((...pair) => {
      waits.resolve();
      return withPair(...pair);
    });
    const leaving = started.browser.post(`${started.steps}/leave`);
    await waits.promise;
    hold.release();
    spy.mockRestore();
    await Promise.all([returning, leaving]);
    const { body } = await acme.send('get', `/api/v1/onboarding-sessions/${started.id}`);
    expect(body).toMatchObject({ status: 'complete', connections: [{ outcome: { kind: 'connected' } }, {}] });
  });
});

describe('a flow that is cancelled', () => {
  it('ends after its account is gone, so that doing it again after a crash does what is left', async () => {
    const visitor = await app.signIn(ada);
    const { flowId } = await app.connect(visitor);
    const hold = app.gateway.script.hold('deleteConnectedAccount');
    const cancelling = visitor.post(`/connections/gmail/flows/${flowId}/cancel`);
    await hold.arrived;
    expect(await app.flow(flowId)).toMatchObject({ status: 'open' });
    hold.release();
    await cancelling;
    expect(await app.flow(flowId)).toMatchObject({ status: 'cancelled' });
    expect(accounts()).toEqual([]);
  });

  it('while a link is made for it leads to its page and not to an error', async () => {
    const visitor = await app.signIn(ada);
    const { flowId } = await app.connect(visitor, 'exa');
    const hold = app.gateway.script.hold('getAuthorizationLink');
    const opening = visitor.post(`/connections/exa/flows/${flowId}/link`);
    await hold.arrived;
    await visitor.post(`/connections/exa/flows/${flowId}/cancel`);
    hold.release();
    expect((await opening).headers.location).toContain('/connections/exa/status');
  });
});

describe('a start that is under way', () => {
  it.each(endings)('is taken back when its onboarding %s meanwhile', async (_, end) => {
    const started = await underWay(app, acme);
    const hold = app.gateway.script.hold('createConnectedAccount');
    const starting = started.browser.post(`${started.steps}/connections/gmail/connect`);
    await hold.arrived;
    await end(started);
    hold.release();
    expect((await starting).status).toBe(403);
    expect(accounts()).toEqual([]);
    expect(await app.flows()).toEqual([]);
  });

  it('is taken back when its user is erased meanwhile, and leaves nothing of them', async () => {
    const visitor = await app.signIn(ada);
    const hold = app.gateway.script.hold('createConnectedAccount');
    const starting = visitor.post('/connections/gmail/connect');
    await hold.arrived;
    await app.deps.privacy.eraseUser(ada, 'command', { reference: 'K7F-2QD', address: null });
    hold.release();
    expect((await starting).status).toBe(403);
    expect(accounts()).toEqual([]);
    expect(await app.flows()).toEqual([]);
    const rows = await app.deps.db.selectFrom('auditEvents').selectAll().execute();
    expect(rows.filter((row) => JSON.stringify(row).includes(ada))).toEqual([]);
  });
});
