import { type EventStream, type LiveBrowser, liveBrowser, openStream } from '../../../support/eventStream.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { Visitor } from '../../../support/visitor.js';
import { anotherApp, type OtherApp, pressStart } from '../../onboarding/onboardingJourneys.js';
import { ada, bob, type JourneyApp, startJourneyApp } from '../flow/journeys.js';

let app: JourneyApp;

beforeEach(async () => {
  app = await startJourneyApp();
});

afterEach(() => app.close());

async function signedIn(identifier: string): Promise<LiveBrowser> {
  const browser = liveBrowser(app.url);
  await browser.signIn(identifier);
  return browser;
}

const change = (identifier: string) => app.deps.reader.changed(identifier);

/** Every event that a stream may send. */
const readAgain = (id: number) => ({ type: 'changed', data: '{}', id: String(id) });

/** Resolves once the server has noticed that streams were left. */
async function streamsAre(count: number): Promise<void> {
  while (app.deps.liveEvents.count() !== count) await new Promise((resolve) => setTimeout(resolve, 5));
}

const signedOutOf = async (stream: EventStream) => {
  await stream.over();
  expect(stream.response.complete).toBe(true);
};

describe('the stream of events', () => {
  it('is sent at once, kept by nobody, and changed by no proxy', async () => {
    const stream = await (await signedIn(ada)).open();
    expect(stream.response.statusCode).toBe(200);
    expect(stream.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    expect(stream.response.headers['set-cookie']).toBeUndefined();
    expect(stream.response.headers['content-encoding']).toBeUndefined();
    await stream.saw('retry: ');
    expect(stream.text).toMatch(/^retry: [2-4]\d{3}\nid: 0\n\n/);
  });

  it('answers HEAD and lets go', async () => {
    const visitor = await app.signIn(ada);
    const response = await visitor.head('/events');
    expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(app.deps.liveEvents.count()).toBe(0);
  });

  it('refuses a signed-out EventSource without a redirect', async () => {
    const { response } = await openStream(`${app.url}/events`, '');
    expect(response.statusCode).toBe(401);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  it('says "read again" and nothing else, to its own user alone', async () => {
    attacks('checked-on-server');
    const [adas, bobs] = await Promise.all([signedIn(ada), signedIn(bob)]);
    const [mine, theirs] = await Promise.all([adas.open(), bobs.open()]);
    await change(bob);
    await theirs.heard(1);
    await change(ada);
    await mine.heard(1);
    expect(mine.events).toEqual([readAgain(1)]);
    expect(theirs.events).toEqual([readAgain(1)]);
    expect(mine.text).not.toContain('bob');
  });

  it('tells of what another tab did: a flow that began, one that was cancelled, a disconnect', async () => {
    const stream = await (await signedIn(ada)).open();
    const visitor = await app.signIn(ada);
    const { flowId } = await app.connect(visitor);
    await stream.heard(1);
    const before = stream.events.length;
    await visitor.post(`/connections/gmail/flows/${flowId}/cancel`);
    await stream.heard(before + 1);
    app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
    const then = stream.events.length;
    await visitor.get('/connections/gmail/disconnect');
    await visitor.post('/connections/gmail/disconnect');
    await stream.heard(then + 1);
  });

  it('tells of a flow that a poll found at its end', async () => {
    const visitor = await app.signIn(ada);
    const { flowId } = await app.connect(visitor, 'exa');
    const stream = await (await signedIn(ada)).open();
    app.gateway.scalekit.setStatus({ connectionName: 'exa', identifier: ada }, 'active');
    app.deps.reader.drop(ada);
    expect(await app.statusOf(visitor, flowId, 'exa')).toMatchObject({ status: 'done' });
    await stream.heard(1);
  });

  it('loses no event of a burst, and sends few', async () => {
    const stream = await (await signedIn(ada)).open();
    await stream.saw('id: 0');
    for (let count = 0; count < 500; count += 1) await change(ada);
    await stream.heard(2);
    const before = stream.events.length;
    await change(ada);
    await stream.heard(before + 1);
    expect(stream.events.length).toBeLessThan(500);
  });

  it('tells one that resumes to read again at once', async () => {
    const browser = await signedIn(ada);
    const stream = await browser.open({ 'last-event-id': '7' });
    await stream.heard(1);
    expect(stream.events).toEqual([readAgain(1)]);
  });

  it('gives a session three streams, then 204, and a place back when one is left', async () => {
    const browser = await signedIn(ada);
    const streams = await Promise.all([browser.open(), browser.open(), browser.open()]);
    expect((await browser.open()).response.statusCode).toBe(204);
    const other = await (await signedIn(ada)).open();
    expect(other.response.statusCode).toBe(200);
    streams[0]?.leave();
    await streamsAre(3);
    expect((await browser.open()).response.statusCode).toBe(200);
  });

  it('answers 503 where the instance is about to stop, so that the proxy asks another', async () => {
    const browser = await signedIn(ada);
    const stream = await browser.open();
    app.deps.liveEvents.close();
    await stream.over();
    expect((await browser.open()).response.statusCode).toBe(503);
  });

  it('keeps nothing of who has left', async () => {
    const browser = await signedIn(ada);
    for (let count = 0; count < 20; count += 1) {
      const stream = await browser.open();
      stream.leave();
      await streamsAre(0);
    }
  });

  it('ends, after a last word, when the user signs out in this browser', async () => {
    const browser = await signedIn(ada);
    const elsewhere = await (await signedIn(ada)).open();
    const stream = await browser.open();
    expect(await browser.post('/sign-out')).toBe(303);
    await signedOutOf(stream);
    expect(stream.events).toEqual([readAgain(1)]);
    await change(ada);
    await elsewhere.heard(1);
    expect((await browser.open()).response.statusCode).toBe(401);
  });

  it('ends in every browser when the user signs out everywhere', async () => {
    const [here, there, bobs] = await Promise.all([signedIn(ada), signedIn(ada), signedIn(bob)]);
    const streams = await Promise.all([here.open(), there.open()]);
    const theirs = await bobs.open();
    expect(await here.post('/sign-out/everywhere')).toBe(303);
    await Promise.all(streams.map(signedOutOf));
    await change(bob);
    await theirs.heard(1);
    expect(theirs.events).toEqual([readAgain(1)]);
  });

  it('ends when somebody else signs in with the same browser, and hears nothing of them', async () => {
    const browser = await signedIn(ada);
    const stream = await browser.open();
    await browser.post('/sign-in', { identifier: bob });
    await signedOutOf(stream);
    const before = stream.text;
    const theirs = await browser.open();
    await change(bob);
    await theirs.heard(1);
    await change(ada);
    expect(stream.text).toBe(before);
    expect(stream.text).not.toContain('bob');
    expect(theirs.events).toEqual([readAgain(1)]);
  });

  it.each([
    ['was deleted', () => app.deps.db.deleteFrom('sessions').where('identifier', '=', ada).execute()],
    [
      'ran out',
      () =>
        app.deps.db
          .updateTable('sessions')
          .set({ expiresAt: Date.now() - 1 })
          .where('identifier', '=', ada)
          .execute(),
    ],
  ])('ends at the heartbeat once its session %s, and does not bring it back', async (_, end) => {
    const browser = await signedIn(ada);
    const stream = await browser.open();
    await end();
    await signedOutOf(stream);
    const alive = app.deps.db.selectFrom('sessions').selectAll().where('expiresAt', '>', Date.now());
    expect((await alive.execute()).filter(({ identifier }) => identifier === ada)).toEqual([]);
    expect((await browser.open()).response.statusCode).toBe(401);
  });

  it('ends every stream at a stop, so that the server need not wait for them', async () => {
    const streams = await Promise.all([(await signedIn(ada)).open(), (await signedIn(bob)).open()]);
    app.deps.liveEvents.close();
    await Promise.all(streams.map(signedOutOf));
    expect(streams.flatMap(({ events }) => events)).toEqual([]);
  });
});

describe('polling while the page hears of changes', () => {
  const poll = async (name: string, query = '') => {
    const visitor = await app.signIn(ada);
    const { flowId } = await app.connect(visitor, name);
    const { body } = await visitor.getJson(`/connections/${name}/status.json?flow=${flowId}${query}`);
    return body as { next_poll_ms: number | null };
  };

  it('slows down where the end of the flow is our own', async () => {
    expect(await poll('gmail')).toMatchObject({ next_poll_ms: 1000 });
    expect(await poll('gmail', '&live=1')).toMatchObject({ next_poll_ms: 5000 });
  });

  it('keeps its pace where only Scalekit can tell, and no webhooks arrive', async () => {
    expect(await poll('exa', '&live=1')).toMatchObject({ next_poll_ms: 1000 });
  });

  it('slows down there too while webhooks arrive', async () => {
    const now = Date.now();
    app.deps.webhooks.health.note({ newestReceivedAt: now, oldestUntouchedAt: null });
    expect(await poll('exa', '&live=1')).toMatchObject({ next_poll_ms: 5000 });
    expect(await poll('exa')).toMatchObject({ next_poll_ms: 1000 });
  });
});

describe('the stream of an onboarding', () => {
  let acme: OtherApp;

  beforeEach(async () => {
    acme = await anotherApp(app);
  });

  /** Starts one for Ada, and gives its id and the cookie of its browser. */
  async function started(changes: Record<string, unknown> = { user_check: 'none' }) {
    const { id, path } = await acme.create(changes);
    const browser = new Visitor(app.url);
    const [set = ''] = [(await pressStart(browser, path)).headers['set-cookie'] ?? []].flat();
    await browser.get(`/onboarding/${id}`);
    return { id, browser, cookie: set.split(';')[0] ?? '' };
  }

  const open = ({ id, cookie }: { id: string; cookie: string }) =>
    openStream(`${app.url}/onboarding/${id}/events`, cookie);

  it('is told of its user’s changes and of nobody else’s, on the page of its status too', async () => {
    const onboarding = await started();
    const stream = await open(onboarding);
    await change(bob);
    await change(ada);
    await stream.heard(1);
    expect(stream.events).toEqual([readAgain(1)]);
    const connecting = await onboarding.browser.post(
      `/onboarding/${onboarding.id}/connections/gmail/connect`,
    );
    expect(connecting.status).toBe(303);
    const status = await onboarding.browser.get(`/onboarding/${onboarding.id}/connections/gmail/status`);
    expect(status.text).toContain(`data-events-url="/onboarding/${onboarding.id}/events"`);
    stream.leave();
    await streamsAre(0);
  });

  it('is one of three at most', async () => {
    const onboarding = await started();
    const streams = [await open(onboarding), await open(onboarding), await open(onboarding)];
    expect((await open(onboarding)).response.statusCode).toBe(204);
    // Another one of the same user has its own.
    streams.push(await open(await started()));
    expect(app.deps.liveEvents.count()).toBe(4);
    for (const stream of streams) stream.leave();
    await streamsAre(0);
  });

  it('is refused before its user is known, after the end, and to every other cookie', async () => {
    const [unchecked, over, other] = [await started({}), await started(), await started()];
    await over.browser.post(`/onboarding/${over.id}/leave`);
    const user = await signedIn(ada);
    const refused = [
      await open(unchecked),
      await open(over),
      await open({ id: other.id, cookie: '' }),
      await open({ id: other.id, cookie: over.cookie }),
      await open({ id: other.id, cookie: other.cookie.replace(/^[^=]+/, 'connect') }),
      // The cookie of an onboarding opens no stream of a user.
      await openStream(`${app.url}/events`, other.cookie),
      await openStream(`${app.url}/events`, other.cookie.replace(/^[^=]+/, 'connect')),
    ];
    expect(refused.map(({ response }) => response.statusCode)).toEqual([409, 409, 403, 403, 403, 401, 401]);
    expect(refused.every(({ response }) => response.headers['content-type']?.includes('problem+json'))).toBe(
      true,
    );
    expect(app.deps.liveEvents.count()).toBe(0);
    const own = await user.open();
    expect(own.response.statusCode).toBe(200);
  });

  it('ends with its onboarding, whatever goes on in the user’s own', async () => {
    const onboarding = await started();
    const user = await (await signedIn(ada)).open();
    const stream = await open(onboarding);
    await onboarding.browser.post(`/onboarding/${onboarding.id}/leave`);
    await app.deps.events.publish({ kind: 'sessions', identifier: ada });
    await signedOutOf(stream);
    await streamsAre(1);
    user.leave();
  });

  it('ends when its app is revoked, at the next look', async () => {
    const stream = await open(await started());
    await app.deps.apiClients.revoke(acme.client.id, { actor: 'command' });
    await app.deps.events.publish({ kind: 'sessions', identifier: ada });
    await signedOutOf(stream);
    await streamsAre(0);
  });
});
