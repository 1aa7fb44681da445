import { afterEach, attacks, beforeEach, describe, expect, it } from '../../../support/jest.js';
import type { Visitor } from '../../../support/visitor.js';
import { ada, type JourneyApp, startJourneyApp } from './journeys.js';

const gmail = { connectionName: 'gmail', identifier: ada };
const second = 1000;
const minute = 60 * second;

let app: JourneyApp;
let visitor: Visitor;
let flowId: string;
let link: string;

beforeEach(async () => {
  app = await startJourneyApp();
  visitor = await app.signIn(ada);
  ({ flowId, link } = await app.connect(visitor));
});

afterEach(() => app.close());

const status = () => app.statusOf(visitor, flowId);
const ask = (headers: Record<string, string> = {}) =>
  visitor.getJson(`/connections/gmail/status.json?flow=${flowId}`, headers);

/** Makes the flow as old as this, its deadlines included. */
async function age(ms: number): Promise<void> {
  const row = await app.flow(flowId);
  const times = (['createdAt', 'expiresAt', 'linkExpiresAt'] as const)
    .filter((name) => row[name] !== null)
    .map((name) => [name, Number(row[name]) - ms]);
  await app.editFlow(flowId, Object.fromEntries(times));
}

describe('an answer about a flow', () => {
  it('has these members and no others, and no account or state in it', async () => {
    expect(Object.keys(await status()).sort()).toEqual([
      'as_of',
      'continue_url',
      'expires_at',
      'heading',
      'next_poll_ms',
      'sentence',
      'status',
      'tone',
    ]);
    expect((await ask()).text).not.toContain(app.newestState());
  });

  it('is one of a closed set', async () => {
    for (const word of ['open', 'verifying', 'failed', 'cancelled', 'timed_out', 'done']) {
      if (word === 'done') app.gateway.scalekit.setStatus(gmail, 'active');
      app.deps.reader.drop(ada);
      await app.editFlow(flowId, { status: word, verifyStartedAt: Date.now() });
      const answer = await status();
      expect(answer.status).toBe(word);
      expect(answer.sentence).toMatch(/^[A-Z].*[.…]$/);
      expect(answer.next_poll_ms === null).toBe(!['open', 'verifying'].includes(word));
      expect(answer.continue_url === null).toBe(word !== 'done');
    }
  });

  it('is for the newest flow of the connection when none is named', async () => {
    await age(minute);
    const newer = await app.connect(visitor);
    await visitor.post(`/connections/gmail/flows/${newer.flowId}/cancel`);
    const response = await visitor.getJson('/connections/gmail/status.json');
    expect(response.body).toMatchObject({ status: 'cancelled' });
  });

  it.each([
    ['of a connection never started', '/connections/exa/status'],
    ['of a flow that is not there', '/connections/gmail/status?flow=nothing'],
    ['of a connection that is not there', '/connections/nothing/status'],
  ])('is 404 in words: %s', async (_, path) => {
    expect((await visitor.get(path)).status).toBe(404);
    const json = await visitor.getJson(path.replace('/status', '/status.json'));
    expect(json.status).toBe(404);
    expect(json.headers['content-type']).toMatch(/^application\/problem\+json/);
  });
});

describe('asking again', () => {
  it('is answered with 304 while nothing changed', async () => {
    const first = await ask();
    expect(first.headers['cache-control']).toContain('no-cache');
    expect(first.headers['cache-control']).toContain('private');
    const again = await ask({ 'If-None-Match': first.headers.etag ?? '' });
    expect(again.status).toBe(304);
    expect(again.text).toBe('');
    await visitor.get(app.consent(link));
    expect((await ask({ 'If-None-Match': first.headers.etag ?? '' })).body).toMatchObject({ status: 'done' });
  });

  it.each([
    [0, 1000],
    [40 * second, 2000],
    [2 * minute, 3000],
    [5 * minute, 5000],
    [9 * minute, 5000],
  ])('slows down with the age of the flow: at %d ms to %d ms', async (ms, expected) => {
    await age(ms);
    expect((await status()).next_poll_ms).toBe(expected);
  });

  it('often costs one call a second at most', async () => {
    const before = app.gateway.script.count('listConnectedAccounts');
    const start = Date.now();
    await Promise.all(Array.from({ length: 10 }, () => status()));
    const seconds = Math.ceil((Date.now() - start + 1) / second);
    expect(app.gateway.script.count('listConnectedAccounts') - before).toBeLessThanOrEqual(seconds);
  });

  it('after an end without a connection makes no call', async () => {
    await visitor.post(`/connections/gmail/flows/${flowId}/cancel`);
    const before = app.gateway.script.count();
    await status();
    await visitor.get(`/connections/gmail/status?flow=${flowId}`);
    expect(app.gateway.script.count()).toBe(before);
  });

  it('after the end reads nothing but what became of the connection', async () => {
    await visitor.get(app.consent(link));
    const before = app.gateway.script.count();
    const listings = app.gateway.script.count('listConnectedAccounts');
    await status();
    await visitor.get(`/connections/gmail/status?flow=${flowId}`);
    const made = app.gateway.script.count() - before;
    expect(made).toBe(app.gateway.script.count('listConnectedAccounts') - listings);
    expect(made).toBeLessThanOrEqual(2);
  });
});

describe('the deadline', () => {
  it.each([
    ['the link’s expiry before the browser has left for the provider', { leftAt: null }, 'linkExpiresAt'],
    ['the end of the 30 minutes after that', { leftAt: 1 }, 'expiresAt'],
  ] as const)('stands at %s, and a reload does not move it', async (_, changes, end) => {
    await app.editFlow(flowId, changes);
    const expected = new Date(Number((await app.flow(flowId))[end])).toISOString();
    for (let count = 0; count < 3; count += 1) {
      expect((await status()).expires_at).toBe(expected);
      expect((await visitor.get(`/connections/gmail/status?flow=${flowId}`)).text).toContain(expected);
    }
  });

  it('at the link’s expiry ends a flow whose browser has not left for the provider', async () => {
    await app.editFlow(flowId, { linkExpiresAt: Date.now() - 1, leftAt: null });
    expect(await status()).toMatchObject({ status: 'timed_out', next_poll_ms: null });
    expect(await app.flow(flowId)).toMatchObject({ failure: 'link_expired' });
  });

  it('after 30 minutes ends a flow whose link has no expiry', async () => {
    await app.editFlow(flowId, { linkExpiresAt: null });
    await age(29 * minute);
    expect((await status()).status).toBe('open');
    await age(minute);
    expect(await status()).toMatchObject({ status: 'timed_out' });
    const page = await visitor.get(`/connections/gmail/status?flow=${flowId}`);
    expect(page.text).toContain('within 30 minutes');
    expect(page.text).toMatch(/quote <bdi>\w{3}-\w{3}<\/bdi>\./);
    expect(page.text).toContain('>Try again</button>');
  });

  it('of a link says nothing once the browser has left, so that a late consent is still good', async () => {
    await app.editFlow(flowId, { linkExpiresAt: Date.now() - 1 });
    expect(await status()).toMatchObject({ status: 'open' });
    await visitor.get(app.consent(link));
    expect(await status()).toMatchObject({ status: 'done' });
  });

  it('and is still good while an active account is replaced', async () => {
    await visitor.get(app.consent(link));
    const again = await app.connect(visitor);
    await app.editFlow(again.flowId, { linkExpiresAt: Date.now() - 1 });
    expect(await app.statusOf(visitor, again.flowId)).toMatchObject({ status: 'open' });
    await visitor.get(app.consent(again.link));
    expect(await app.statusOf(visitor, again.flowId)).toMatchObject({ status: 'done' });
  });

  it('of a link says nothing once consent was given, or while nothing can be read', async () => {
    await app.editFlow(flowId, { linkExpiresAt: Date.now() - 1, leftAt: null });
    app.gateway.script.failAll('unreachable');
    expect(await status()).toMatchObject({ status: 'open' });
    app.gateway.script.recover();
    const back = app.consent(link);
    app.deps.reader.drop(ada);
    expect(await status()).toMatchObject({ status: 'open' });
    await visitor.get(back);
    expect(await status()).toMatchObject({ status: 'done' });
  });

  it('ends it also while Scalekit is down, once', async () => {
    app.gateway.script.failAll('unreachable');
    await app.editFlow(flowId, { expiresAt: Date.now() - 1 });
    await Promise.all([status(), status(), status()]);
    expect((await app.auditTypes()).filter((type) => type === 'flow.timed_out')).toHaveLength(1);
  });
});

describe('while Scalekit cannot answer', () => {
  it('the flow stays as it was, and the answer says so, as of the last reading', async () => {
    const before = await status();
    app.gateway.script.failAll('timeout');
    app.deps.reader.drop(ada);
    const answer = await status();
    expect(answer).toMatchObject({ status: 'open', as_of: before.as_of });
    expect(answer.sentence).toContain('We can’t reach the connection service right now.');
    app.gateway.script.recover();
    expect((await status()).sentence).toContain('Waiting for you to finish');
  });
});

describe('an account that turns active without our verification', () => {
  it('is a failure of the flow and a security event, once', async () => {
    attacks('unverified-is-seen');
    app.gateway.scalekit.setStatus(gmail, 'active');
    app.deps.reader.drop(ada);
    const held = app.gateway.script.hold('listConnectedAccounts');
    const asking = Promise.all([status(), status(), status()]);
    await held.arrived;
    // All three wait for the one reading by the time that other requests went through.
    for (let count = 0; count < 5; count += 1) await visitor.get('/account');
    held.release();
    for (const answer of await asking) expect(answer.status).toBe('failed');
    expect(await app.flow(flowId)).toMatchObject({ failure: 'unverified_activation' });
    const events = (await app.auditTypes()).filter((type) => type === 'security.unverified_activation');
    expect(events).toHaveLength(1);
    expect(app.logLines().some((line) => line.type === 'security.unverified_activation')).toBe(true);
  });
});

describe('two tabs at once', () => {
  it.each(['new', 'active'])(
    'the one is told that the other finished, with an account that was %s',
    async (kind) => {
      if (kind === 'active') {
        await visitor.get(app.consent(link));
        ({ flowId, link } = await app.connect(visitor));
      }
      const other = await app.connect(visitor);
      await visitor.get(app.consent(other.link));
      expect(await app.flow(other.flowId)).toMatchObject({ status: 'done' });
      expect(await status()).toMatchObject({
        status: 'cancelled',
        heading: 'Gmail is connected',
        tone: 'active',
      });
      expect(await app.flow(flowId)).toMatchObject({ failure: 'finished_elsewhere' });
      expect(await app.auditTypes()).not.toContain('security.unverified_activation');
    },
  );

  it('of an account that was active before, a refreshed token says nothing', async () => {
    await visitor.get(app.consent(link));
    ({ flowId, link } = await app.connect(visitor));
    app.gateway.scalekit.setStatus(gmail, 'active');
    app.deps.reader.drop(ada);
    expect((await status()).status).toBe('open');
  });
});
