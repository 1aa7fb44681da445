import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Visitor } from '../support/visitor.js';
import { ada, type JourneyApp, startJourneyApp } from './journeys.js';
import {
  anotherApp,
  type OtherApp,
  pressContinue,
  pressStart,
  returnUrl,
  underWay,
} from './onboardingJourneys.js';

let app: JourneyApp;
let acme: OtherApp;

beforeAll(async () => {
  app = await startJourneyApp();
  acme = await anotherApp(app);
});

afterAll(() => app.close());

describe('an onboarding in a browser', () => {
  it('goes from the other app through the check and the steps, and back with a result', async () => {
    const { id, path } = await acme.create();
    const browser = new Visitor(app.url);
    const page = await browser.get(path);
    expect(page.status).toBe(200);
    for (const text of ['Acme Assistant', ada, 'Gmail', 'Required', 'Exa', 'Optional']) {
      expect(page.text).toContain(text);
    }
    const started = await pressStart(browser, path);
    expect(started.status).toBe(303);
    expect(started.headers.location).toMatch(/^https:\/\/acme\.example\/confirm\?/);
    const unchecked = await browser.get(`/onboarding/${id}`);
    expect(unchecked.text).toContain('has to say that it is you');
    const went = await pressContinue(browser, await acme.confirm(started.headers.location ?? ''));
    expect(went.headers.location).toBe(`/onboarding/${id}`);
    const steps = await browser.follow(went);
    expect(steps.text).toContain('Step 1 of 2: Gmail');
    const connect = await browser.post(`/onboarding/${id}/connections/gmail/connect`);
    const back = await browser.get(app.consent(connect.headers.location));
    expect(back.headers.location).toMatch(new RegExp(`^/onboarding/${id}/connections/gmail/status\\?flow=`));
    const done = await browser.follow(back);
    expect(done.text).toContain('Gmail is connected');
    expect(done.text).toContain(`href="/onboarding/${id}"`);
    const after = await browser.get(`/onboarding/${id}`);
    expect(after.text).toContain('All that Acme Assistant needs is connected. Step 2 of 2: Exa');
    await browser.post(`/onboarding/${id}/connections/exa/skip`);
    const finished = await browser.post(`/onboarding/${id}/finish`);
    expect(finished.status).toBe(303);
    const returned = new URL(finished.headers.location ?? '');
    expect(returned.origin + returned.pathname).toBe(returnUrl);
    expect(returned.searchParams.get('state')).toBe('its state');
    const read = await acme.send('get', `/api/v1/onboarding-sessions/${id}`);
    expect(read.body).toMatchObject({
      status: 'complete',
      connections: [{ outcome: 'connected' }, { outcome: 'skipped' }],
    });
  });

  it('begins at once where nobody is checked, and says whose account it will be', async () => {
    const { path } = await acme.create({ user_check: 'none' });
    const page = await new Visitor(app.url).get(path);
    expect(page.text).toContain('Nobody checks that this is you');
    const { browser, steps } = await underWay(app, acme);
    expect((await browser.get(steps)).text).toContain(ada);
  });

  it('asks for a key in a new tab, and follows from the status page', async () => {
    const { id, browser } = await underWay(app, acme);
    const started = await browser.post(`/onboarding/${id}/connections/exa/connect`);
    expect(started.headers.location).toMatch(new RegExp(`^/onboarding/${id}/connections/exa/status`));
    const page = await browser.follow(started);
    expect(page.text).toContain('target="_blank"');
    const [, action = ''] = /action="([^"]+\/link)"/.exec(page.text) ?? [];
    const tab = await browser.post(action);
    app.gateway.scalekit.consent(tab.headers.location ?? '');
    const json = await browser.getJson((started.headers.location ?? '').replace('/status?', '/status.json?'));
    expect(json.body).toMatchObject({ status: 'done', continue_url: `/onboarding/${id}` });
  });
});
