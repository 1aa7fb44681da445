import type { Response } from 'supertest';
import type { SessionAnswer } from '../../../server/api/apiSchemas.js';
import { afterAll, afterEach, attacks, beforeAll, describe, expect, it } from '../../support/jest.js';
import { Visitor } from '../../support/visitor.js';
import { ada, type JourneyApp, oddName, startJourneyApp } from '../accounts/flow/journeys.js';
import {
  anotherApp,
  fieldOf,
  type OtherApp,
  pressContinue,
  pressStart,
  returnUrl,
  type UnderWay,
  underWay,
} from './onboardingJourneys.js';

let app: JourneyApp;
let acme: OtherApp;

beforeAll(async () => {
  app = await startJourneyApp();
  acme = await anotherApp(app);
});

afterEach(async () => {
  for (const connectionName of ['gmail', 'exa', oddName]) {
    app.gateway.scalekit.removeAccount({ connectionName, identifier: ada });
  }
  await app.deps.reader.changed(ada);
});

afterAll(() => app.close());

/** What a page says came of the last action, where it is said aloud and has the focus, and whether its title says so. */
function outcomeOf({ text }: Response) {
  const [, said] =
    /role="status" tabindex="-1" autofocus>(?:(?!<\/div>)[\s\S])*<p>([^<]*)<\/p>/.exec(text) ?? [];
  return { inTitle: said !== undefined && text.includes(`<title>${said} `), said };
}

describe('an onboarding in a browser', () => {
  it('goes from the other app through the check and the steps, and back with a result', async () => {
    const { id, path } = await acme.create();
    const browser = new Visitor(app.url);
    const page = await browser.get(path);
    expect(page.status).toBe(200);
    for (const text of [
      'Set up connections for Acme Assistant',
      `For <strong><bdi>${ada}</bdi></strong>`,
      'Connect Gmail<',
      'Enter your key or password for Exa<',
      'It is optional.',
      'Go on only if you came here from Acme Assistant yourself.',
    ]) {
      expect(page.text).toContain(text);
    }
    expect(page.text.match(/class="notice /g)).toHaveLength(1);
    expect(page.text).not.toContain('Signed in as');
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
    expect(done.text).toContain(`href="/onboarding/${id}?after=gmail"`);
    const after = await browser.get(`/onboarding/${id}?after=gmail`);
    expect(outcomeOf(after)).toEqual({ inTitle: true, said: 'Gmail is connected.' });
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
      connections: [
        { outcome: { kind: 'connected', reason: null } },
        { outcome: { kind: 'skipped', reason: null } },
      ],
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
    expect(json.body).toMatchObject({ status: 'done', continue_url: `/onboarding/${id}?after=exa` });
  });
});

describe('the steps', () => {
  const threeSteps = {
    connections: [{ name: 'gmail' }, { name: oddName }, { name: 'exa', required: false }],
  };
  const pathOf = (steps: string, name: string, action: string) =>
    `${steps}/connections/${encodeURIComponent(name)}/${action}`;

  async function connect({ browser, steps }: UnderWay, name: string) {
    const started = await browser.post(pathOf(steps, name, 'connect'));
    return browser.get(app.consent(started.headers.location));
  }

  /** What each step says of itself. */
  const statesOf = (page: Response) => [...page.text.matchAll(/data-step="([^"]+)"/g)].map(([, one]) => one);

  it('tick what is done, take a denied one again, and tell the other app when the user leaves', async () => {
    const onboarding = await underWay(app, acme, threeSteps);
    const { id, browser, steps } = onboarding;
    await connect(onboarding, 'gmail');
    const denying = await browser.post(pathOf(steps, oddName, 'connect'));
    const state = app.newestState();
    expect(denying.status).toBe(303);
    const denied = await browser.follow(await browser.get(`/user/verify?error=access_denied&state=${state}`));
    expect(denied.text).toContain('You didn’t give access');
    expect(denied.text).toContain(`href="${steps}"`);
    expect(denied.text).toContain(`action="${pathOf(steps, oddName, 'connect')}"`);
    const reopened = await browser.get(steps);
    expect(statesOf(reopened)).toEqual(['connected', 'failed', 'not_done']);
    expect(reopened.text).toContain('Step 2 of 3');
    expect(reopened.text).not.toContain('Continue to Acme Assistant');
    // Whoever presses it anyway is not taken back as if all were done.
    const stuck = await browser.post(`${steps}/finish`);
    expect(stuck.headers.location).toBe(`${steps}?unfinished=1`);
    expect(outcomeOf(await browser.follow(stuck)).said).toMatch(
      / is not connected yet, and Acme Assistant needs it\.$/,
    );
    const leaving = await browser.get(`${steps}/leave`);
    expect(leaving.text).toContain('is not connected yet');
    const left = await browser.post(`${steps}/leave`);
    expect(left.headers.location).toMatch(/^https:\/\/acme\.example\/back\?/);
    expect(await outcomesOf(id)).toEqual(['incomplete', 'connected', 'consent_denied', 'not_done']);
    const again = await underWay(app, acme, threeSteps);
    expect(statesOf(await again.browser.get(again.steps))).toEqual([
      'already_connected',
      'not_done',
      'not_done',
    ]);
  });

  const outcomesOf = async (id: string) => {
    const { body } = await acme.send('get', `/api/v1/onboarding-sessions/${id}`);
    const { status, connections } = body as Pick<SessionAnswer, 'status' | 'connections'>;
    return [status, ...connections.map(({ outcome }) => outcome?.reason ?? outcome?.kind)];
  };

  it('are read anew before the other app is told that all is done', async () => {
    attacks('return-proves-nothing');
    const gmail = { connectionName: 'gmail', identifier: ada };
    app.gateway.scalekit.addAccount(gmail);
    const { id, browser, steps } = await underWay(app, acme);
    expect((await browser.get(steps)).text).toContain('Continue to Acme Assistant');
    app.gateway.scalekit.setStatus(gmail, 'disconnected');
    const kept = await browser.post(`${steps}/finish`);
    expect([kept.headers.location, await acme.statusOf(id)]).toEqual([`${steps}?unfinished=1`, 'started']);
    app.gateway.scalekit.setStatus(gmail, 'active');
    expect((await browser.post(`${steps}/finish`)).headers.location).toContain('signed_result=');
    // The same end, with a new result, for whoever presses "back".
    expect((await browser.get(steps)).text).toContain('You are done here');
    expect((await browser.post(`${steps}/finish`)).headers.location).toContain('signed_result=');
  });

  it('let optional ones be skipped, and required ones not', async () => {
    const { browser, steps } = await underWay(app, acme);
    expect((await browser.get(steps)).text).not.toContain(pathOf(steps, 'gmail', 'skip'));
    const kept = await browser.follow(await browser.post(pathOf(steps, 'gmail', 'skip')));
    expect(outcomeOf(kept).said).toBe('Gmail is not connected.');
    const page = await browser.follow(await browser.post(pathOf(steps, 'exa', 'skip')));
    expect(outcomeOf(page)).toEqual({ inTitle: true, said: 'You skipped Exa.' });
    expect(statesOf(page)).toEqual(['not_done', 'skipped']);
  });

  it('have the way on before the way round it, for whoever goes from one to the next with a key', async () => {
    const { browser, steps } = await underWay(app, acme);
    const { text } = await browser.get(steps);
    const places = ['connect', 'skip'].map((action) =>
      text.indexOf(`action="${pathOf(steps, 'exa', action)}"`),
    );
    expect(places[0]).toBeGreaterThan(0);
    expect(places[1]).toBeGreaterThan(places[0] ?? 0);
  });

  it('say nothing of what came of a connection that they do not have, or while nothing was done', async () => {
    const { browser, steps } = await underWay(app, acme);
    for (const path of [steps, `${steps}?after=slack`, `${steps}?after=%3Cb%3E`]) {
      const page = await browser.get(path);
      expect([path, page.status, outcomeOf(page).said]).toEqual([path, 200, undefined]);
    }
  });

  it('are those that were asked for, and no others', async () => {
    const { browser, steps } = await underWay(app, acme, { connections: [{ name: 'gmail' }] });
    for (const path of ['connect', 'status', 'status.json', 'logo', 'flows/abc/cancel', 'flows/abc/link']) {
      const post = path === 'connect' || path.startsWith('flows');
      const address = pathOf(steps, 'exa', path);
      const response = post ? await browser.post(address) : await browser.get(address);
      expect([path, response.status]).toEqual([path, 404]);
    }
    expect((await browser.get(steps)).text).toContain('<use href="#logo-gmail"/>');
    const page = await browser.post(pathOf(steps, 'exa', 'connect'));
    expect(page.text).toContain('Choose one of the steps');
    expect(page.text).toContain(`href="${steps}"`);
  });

  it('say when Scalekit can’t be reached, lose nothing, and let the user leave', async () => {
    const { id, browser, steps } = await underWay(app, acme);
    app.gateway.script.failNext('listConnectedAccounts', 'unreachable');
    const connect = await browser.post(pathOf(steps, 'gmail', 'connect'));
    expect([connect.status, connect.text.includes('We can’t reach the connection service')]).toEqual([
      503,
      true,
    ]);
    expect(connect.text).toContain(`action="${pathOf(steps, 'gmail', 'connect')}"`);
    expect(connect.text).toContain(`href="${steps}"`);
    app.gateway.script.failNext('listConnectedAccounts', 'unreachable');
    const finish = await browser.post(`${steps}/finish`);
    expect([finish.status, await acme.statusOf(id)]).toEqual([503, 'started']);
    app.gateway.script.failNext('listConnectedAccounts', 'unreachable');
    expect((await browser.post(`${steps}/leave`)).headers.location).toContain('signed_result=');
    expect((await outcomesOf(id))[1]).toBe('scalekit_unreachable');
  });

  it('stop a flow at the user’s wish, and ask again', async () => {
    const { browser, steps } = await underWay(app, acme);
    await browser.post(pathOf(steps, 'exa', 'connect'));
    const page = await browser.get(pathOf(steps, 'exa', 'status'));
    const [, cancel = ''] = /action="([^"]+\/cancel)"/.exec(page.text) ?? [];
    const stopped = await browser.post(cancel);
    expect(stopped.headers.location).toBe(`${steps}?after=exa`);
    expect(outcomeOf(await browser.follow(stopped)).said).toBe('Exa is not connected.');
    expect(statesOf(await browser.get(steps))).toEqual(['not_done', 'not_done']);
  });

  it('go on after the tab was closed, in the browser that has the cookie', async () => {
    const { id, path } = await acme.create({ user_check: 'none' });
    const browser = new Visitor(app.url);
    const started = await pressStart(browser, path);
    const [cookie = ''] = (started.headers['set-cookie'] as unknown as string[]).filter((one) =>
      one.startsWith('onboarding-obs_'),
    );
    const [, name, attributes] = /^([^=]+)=[\w-]{43}; (.*)$/.exec(cookie) ?? [];
    expect(name).toBe(`onboarding-${id}`);
    expect(attributes).toMatch(/^Max-Age=86400; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/);
    expect((await browser.get(path)).headers.location).toBe(`/onboarding/${id}`);
  });
});

describe('an onboarding where Scalekit verifies nobody', () => {
  it('opens the link in a new tab, and follows the account', async () => {
    const other = await startJourneyApp({ env: { USER_VERIFICATION: 'scalekit' } });
    try {
      other.gateway.scalekit.verification = 'scalekit';
      const { browser, steps } = await underWay(other, await anotherApp(other));
      const started = await browser.post(`${steps}/connections/gmail/connect`);
      const page = await browser.follow(started);
      const [, action = ''] = /action="([^"]+\/link)"/.exec(page.text) ?? [];
      const tab = await browser.post(action);
      other.gateway.scalekit.consent(tab.headers.location ?? '');
      const status = await browser.get(started.headers.location ?? '');
      expect(status.text).toContain('Gmail is connected');
    } finally {
      await other.close();
    }
  });
});

describe('an address that is over', () => {
  it('leads to the refresh address of its app, if there is one, also from the button', async () => {
    const refreshUrl = 'https://acme.example/again';
    const other = await anotherApp(app, { refreshUrls: [refreshUrl] });
    const { id, path } = await other.create({ user_check: 'none' });
    const [first, late] = [new Visitor(app.url), new Visitor(app.url)];
    const page = await late.get(path);
    await pressStart(first, path);
    const pressed = await late.post('/onboarding/start', { token: fieldOf(page, 'token') });
    expect([pressed.status, pressed.headers.location]).toEqual([303, refreshUrl]);
    expect((await late.get(path)).headers.location).toBe(refreshUrl);
    await other.send('delete', `/api/v1/onboarding-sessions/${id}`);
    expect((await first.get(`/onboarding/${id}`)).text).toContain(`href="${refreshUrl}"`);
  });
});

describe('the forms of an onboarding', () => {
  it('may lead to the addresses on this machine that it has, and pages of others’ may not', async () => {
    attacks('forms-reach-providers');
    const local = 'http://127.0.0.1:4999';
    const other = await anotherApp(app, { returnUrls: [`${local}/back`], confirmUrls: [`${local}/confirm`] });
    const { path } = await other.create({ return_url: `${local}/back` });
    const browser = new Visitor(app.url);
    const allowed = (page: Response) =>
      /form-action ([^;]+)/.exec(page.headers['content-security-policy'] ?? '')?.[1];
    expect(allowed(await browser.get(path))).toBe(`'self' https: ${local}`);
    expect(allowed(await browser.get('/sign-in'))).toBe("'self' https:");
    const { id } = await other.create({ return_url: `${local}/back` });
    expect(allowed(await browser.get(`/onboarding/${id}`))).toBe("'self' https:");
  });
});
