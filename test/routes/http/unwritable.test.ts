import { sql } from 'kysely';
import supertest, { type Response } from 'supertest';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../support/jest.js';
import { Visitor } from '../../support/visitor.js';
import { eventBody, signedHeaders, webhookEnv } from '../../unit/webhooks/deliveries.js';
import { ada, type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';
import { anotherApp, type OtherApp, type UnderWay, underWay } from '../onboarding/onboardingJourneys.js';

let app: JourneyApp;
let visitor: Visitor;
let acme: OtherApp;
let onboarding: UnderWay;

/** As on a full or broken disk, every write fails from here on, and reads go on. */
const refuseWrites = () => sql`pragma query_only = 1`.execute(app.deps.db);
const takeWrites = () => sql`pragma query_only = 0`.execute(app.deps.db);

beforeEach(async () => {
  app = await startJourneyApp({ env: webhookEnv });
  acme = await anotherApp(app);
  onboarding = await underWay(app, acme);
  visitor = await new Visitor(app.url).signIn(ada);
  await visitor.getJson('/readyz');
  await refuseWrites();
});

afterEach(async () => {
  await takeWrites();
  await app.close();
});

function expectRefusal(response: Response): void {
  expect([response.status, response.headers['retry-after']]).toEqual([503, '5']);
  if (response.type.endsWith('json')) expect(response.body.code).toBe('database_unavailable');
  else expect(response.text).toContain('We can’t save anything right now');
  expect(response.text).not.toContain('out of date');
}

function deliverWebhook(): Promise<Response> {
  const body = JSON.stringify(eventBody('updated', { id: 'ca_1', identifier: ada }));
  return supertest(app.url).post('/webhooks/scalekit').set(signedHeaders(body)).send(body);
}

describe('while nothing can be written', () => {
  it('pages that only show something still work', async () => {
    attacks('disk-full');
    expect((await visitor.get('/connections')).status).toBe(200);
    expect((await visitor.get('/connections/gmail/disconnect')).status).toBe(200);
    expect((await onboarding.browser.get(onboarding.steps)).status).toBe(200);
  });

  it('what was to be changed says so, as a page and as JSON, and names no form', async () => {
    attacks('disk-full');
    expectRefusal(await visitor.post('/connections/gmail/connect'));
    expectRefusal(await onboarding.browser.post(`${onboarding.steps}/connections/gmail/connect`));
    const asked = {
      identifier: ada,
      return_url: 'https://acme.example/back',
      connections: [{ name: 'gmail' }],
    };
    expectRefusal(await acme.send('post', '/api/v1/onboarding-sessions', asked));
    expectRefusal(await deliverWebhook());
  });

  it('a page whose form could not be sent afterwards is not given, and sets no cookie', async () => {
    // What was found out a moment ago may answer for a few seconds more.
    while ((await visitor.getJson('/readyz')).status === 200);
    const page = await new Visitor(app.url).get('/sign-in');
    expectRefusal(page);
    expect(page.headers['set-cookie']).toBeUndefined();
    expect(page.text).not.toContain('name="_csrf"');
    expect(page.text).toContain('href="/sign-in"');
  });

  it('/readyz says so as long as it lasts, and /healthz does not mind', async () => {
    attacks('disk-full');
    let ready = await visitor.getJson('/readyz');
    // What was found out a moment ago may answer for a few seconds more.
    while (ready.status === 200) ready = await visitor.getJson('/readyz');
    expect([ready.status, ready.body.status, ready.body.database]).toEqual([
      503,
      'not ready',
      'can’t be written',
    ]);
    expect((await visitor.getJson('/healthz')).status).toBe(200);
    await takeWrites();
    while (ready.status === 503) ready = await visitor.getJson('/readyz');
    expect(ready.body.database).toBe('answers');
  });

  it('is logged in one line without a stack for each request', async () => {
    const before = app.logLines().length;
    await visitor.post('/connections/gmail/connect');
    const lines = app
      .logLines()
      .slice(before)
      .filter(({ level }) => level === 50);
    expect(lines).toMatchObject([
      { code: 'database_unavailable', err: { type: 'DatabaseFault', kind: 'unwritable' } },
    ]);
    expect(JSON.stringify(lines)).not.toContain('    at ');
  });

  it('everything works again when it is over, without a restart', async () => {
    attacks('disk-full');
    expectRefusal(await visitor.post('/connections/gmail/connect'));
    await takeWrites();
    expect((await visitor.post('/connections/gmail/connect')).status).toBe(303);
    expect((await deliverWebhook()).status).toBe(200);
  });
});
