import { afterAll, afterEach, attacks, beforeAll, describe, expect, it } from '../../support/jest.js';
import { Visitor } from '../../support/visitor.js';
import { ada, bob, type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';
import {
  anotherApp,
  connectGmail,
  fieldOf,
  type OtherApp,
  pressContinue,
  pressStart,
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
  await app.deps.db.deleteFrom('auditEvents').execute();
  for (const identifier of [ada, bob]) {
    app.gateway.scalekit.removeAccount({ connectionName: 'gmail', identifier });
    await app.deps.reader.changed(identifier);
  }
});

afterAll(() => app.close());

const aBrowser = () => new Visitor(app.url);
const audited = async (type: string) => (await app.auditTypes()).filter((one) => one === type).length;
const activeFor = (identifier: string) =>
  app.gateway.scalekit.accounts.filter((one) => one.identifier === identifier && one.status === 'active');

describe('scanners of addresses', () => {
  it('take nothing by GET, HEAD, or a POST without the cookie of the page', async () => {
    attacks('get-changes-nothing');
    const { id, path } = await acme.create();
    const user = aBrowser();
    const page = await user.get(path);
    const seen = { token: fieldOf(page, 'token') };
    for (let count = 0; count < 3; count += 1) {
      await aBrowser().get(path);
      await aBrowser().head(path);
    }
    const posts = [
      await aBrowser().postWithToken(null, path),
      await aBrowser().postWithToken(null, '/onboarding/start', seen),
      // With the token of a form that another browser was shown.
      await aBrowser().postWithToken(user.token, '/onboarding/start', seen),
    ];
    expect(posts.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(posts.map(({ headers }) => headers['set-cookie'])).toEqual([undefined, undefined, undefined]);
    expect(await acme.statusOf(id)).toBe('open');
    expect((await user.post('/onboarding/start', seen)).headers.location).toContain('acme.example/confirm');
  });

  it('take nothing at a continue URL by GET or HEAD', async () => {
    attacks('get-changes-nothing');
    const { id, path } = await acme.create();
    const user = aBrowser();
    const go = await acme.confirm((await pressStart(user, path)).headers.location ?? '');
    for (const scanner of [aBrowser(), user]) {
      expect((await scanner.head(go)).status).toBe(200);
      expect((await scanner.get(go)).status).toBe(200);
    }
    expect((await user.get(`/onboarding/${id}`)).text).toContain('has to say that it is you');
    expect((await pressContinue(user, go)).headers.location).toBe(`/onboarding/${id}`);
  });
});

describe('one address that tries many', () => {
  let limited: JourneyApp;

  beforeAll(async () => {
    limited = await startJourneyApp({ env: { RATE_LIMIT_ONBOARDING_PER_MINUTE: '4' } });
  });

  afterAll(() => limited.close());

  it('may open, start and continue one, and is asked to slow down after that, whatever it tries', async () => {
    const asking = await anotherApp(limited);
    const { id, path } = await asking.create();
    const user = new Visitor(limited.url);
    const go = await asking.confirm((await pressStart(user, path)).headers.location ?? '');
    expect((await pressContinue(user, go)).headers.location).toBe(`/onboarding/${id}`);
    const scanner = new Visitor(limited.url);
    const tries = [
      await scanner.get('/onboarding/start?token=guessed'),
      await scanner.post('/onboarding/start', { token: 'guessed' }),
      await scanner.get(`/onboarding/${id}/continue?code=guessed`),
      await scanner.post(`/onboarding/${id}/continue`, { code: 'guessed' }),
    ];
    for (const { status, headers, text } of tries) {
      expect([status, text.includes('That was a little fast')]).toEqual([429, true]);
      expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
    }
    expect((await scanner.head('/onboarding/start?token=guessed')).status).toBe(429);
    // Who is at the steps already is none of those.
    expect((await user.get(`/onboarding/${id}`)).status).toBe(200);
  });
});

describe('the form of the start page', () => {
  it('starts no other onboarding than the one that it showed', async () => {
    const [shown, other] = [await acme.create(), await acme.create()];
    const browser = aBrowser();
    await browser.get(shown.path);
    const token = new URL(other.path, app.url).searchParams.get('token') ?? '';
    expect((await browser.post('/onboarding/start', { token })).status).toBe(403);
    expect([await acme.statusOf(shown.id), await acme.statusOf(other.id)]).toEqual(['open', 'open']);
  });

  it('starts once: of two browsers at the same time, and whoever repeats it', async () => {
    const { id, path } = await acme.create({ user_check: 'none' });
    const browsers = [aBrowser(), aBrowser()];
    for (const browser of browsers) await browser.get(path);
    const token = new URL(path, app.url).searchParams.get('token') ?? '';
    const answers = await Promise.all(browsers.map((one) => one.post('/onboarding/start', { token })));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 410]);
    const first = browsers[answers.findIndex(({ status }) => status === 303)];
    const late = browsers[answers.findIndex(({ status }) => status === 410)];
    expect((await first?.get(`/onboarding/${id}`))?.status).toBe(200);
    expect((await late?.get(`/onboarding/${id}`))?.status).toBe(403);
    // The page again, by "back" or from a bookmark.
    expect((await first?.get(path))?.headers.location).toBe(`/onboarding/${id}`);
    expect((await late?.get(path))?.text).toContain('This link no longer works');
    expect(await audited('onboarding.started')).toBe(1);
  });

  it('leads to the steps when another tab of the same browser has started it, and starts the next one too', async () => {
    const [first, next] = [
      await acme.create({ user_check: 'none' }),
      await acme.create({ user_check: 'none' }),
    ];
    const browser = aBrowser();
    const nextPage = await browser.get(next.path);
    const nextToken = browser.token;
    const page = await browser.get(first.path);
    const seen = { token: fieldOf(page, 'token') };
    const steps = `/onboarding/${first.id}`;
    const pressed = [
      await browser.post('/onboarding/start', seen),
      await browser.post('/onboarding/start', seen),
    ];
    expect(pressed.map(({ headers }) => headers.location)).toEqual([steps, steps]);
    const other = { token: fieldOf(nextPage, 'token') };
    const started = await browser.postWithToken(nextToken, '/onboarding/start', other);
    expect(started.headers.location).toBe(`/onboarding/${next.id}`);
    expect(await audited('onboarding.started')).toBe(2);
  });

  it('tells nobody whether an address was ever good', async () => {
    const { path } = await acme.create({ user_check: 'none' });
    await pressStart(aBrowser(), path);
    const said = async (address: string) => {
      const { status, text } = await aBrowser().get(address);
      return [status, text.replace(/quote <bdi>[\w-]+/, '')];
    };
    expect(await said(path)).toEqual(await said('/onboarding/start?token=guessed'));
    expect(await said(path)).toEqual(await said('/onboarding/start'));
  });
});

describe('somebody else’s address, opened by a signed-in victim', () => {
  it('with confirm: their own app tells on it, which ends it before anything can be connected', async () => {
    const { id, path } = await acme.create();
    const victim = await app.signIn(bob);
    const started = await pressStart(victim, path);
    await victim.get(`/onboarding/${id}/leave`);
    const told = await acme.tell(started.headers.location ?? '', bob);
    expect([told.status, told.body.code]).toEqual([403, 'other_user']);
    expect(await acme.statusOf(id)).toBe('cancelled');
    const page = await victim.get(`/onboarding/${id}`);
    expect(page.text).toContain('This setup has ended');
    expect((await victim.post(`/onboarding/${id}/connections/gmail/connect`)).status).toBe(409);
    expect(await audited('security.onboarding_other_user')).toBe(1);
    expect(await app.flows()).toEqual([]);
  });

  it('with confirm: the victim’s own onboarding is not what a confirmation of the attacker goes on with', async () => {
    const { id, path } = await acme.create();
    const attacker = aBrowser();
    const go = await acme.confirm((await pressStart(attacker, path)).headers.location ?? '');
    const victim = await app.signIn(bob);
    const refused = await pressContinue(victim, go);
    expect([refused.status, refused.text.includes('close this page')]).toEqual([403, true]);
    expect(await audited('security.onboarding_other_browser')).toBe(1);
    expect((await victim.get(`/onboarding/${id}`)).status).toBe(403);
    // The code is burned for the attacker as well.
    expect((await pressContinue(attacker, go)).status).toBe(403);
    // Whose app can confirm once more: the address that leads there is the same one.
    const again = await attacker.get(`/onboarding/${id}`);
    const [, address = ''] = /href="(https:[^"]+confirm[^"]+)"/.exec(again.text) ?? [];
    const next = await acme.confirm(address.replaceAll('&amp;', '&'));
    expect((await pressContinue(attacker, next)).status).toBe(303);
  });

  it('with sign_in: another user passes nothing, and it is written down', async () => {
    const { id, path } = await acme.create({ user_check: 'sign_in' });
    const victim = await app.signIn(bob);
    const started = await pressStart(victim, path);
    expect(started.headers.location).toBe(`/onboarding/${id}/sign-in`);
    const page = await victim.follow(started);
    expect([page.status, page.text.includes('This is for another user')]).toEqual([403, true]);
    expect(page.text).not.toContain('Signed in as');
    expect(page.text).not.toContain(`action="/onboarding/${id}/sign-in"`);
    // The page has no form. Another page of theirs has the token.
    await victim.get('/connections');
    expect((await victim.post(`/onboarding/${id}/sign-in`)).status).toBe(403);
    expect(await audited('security.onboarding_other_user')).toBe(2);
    await victim.get(`/onboarding/${id}`);
    expect((await victim.get(`/onboarding/${id}`)).headers.location).toBe(`/onboarding/${id}/sign-in`);
    expect(await app.flows()).toEqual([]);
  });

  it('with none: it says whose account it will be, and the victim’s own session is left as it was', async () => {
    attacks('two-principals', 'consent-names-its-user');
    const victim = await app.signIn(bob);
    const { path } = await acme.create({ user_check: 'none' });
    const page = await victim.get(path);
    expect(page.text).toContain('Nobody checks that this is you');
    expect(page.text).toContain(ada);
    expect(page.text).not.toContain(bob);
    const { id } = await underWay(app, acme, {}, victim);
    expect((await victim.get(`/onboarding/${id}`)).text).not.toContain(bob);
    expect((await victim.get('/connections')).text).toContain(bob);
  });
});

describe('the check by our own sign-in', () => {
  it('is passed by the user that it was made for, after the sign-in, by a button', async () => {
    const { id, path } = await acme.create({ user_check: 'sign_in' });
    const browser = aBrowser();
    const asked = await browser.follow(await pressStart(browser, path));
    expect(asked.headers.location).toBe(`/sign-in?return_to=%2Fonboarding%2F${id}%2Fsign-in`);
    await browser.follow(asked);
    await browser.post('/sign-in', { identifier: ada });
    const check = await browser.get(`/onboarding/${id}/sign-in`);
    expect(check.text).toContain(`For <strong><bdi>${ada}</bdi></strong>`);
    expect(check.text).not.toContain('Signed in as');
    expect(await audited('onboarding.continued')).toBe(0);
    const passed = await browser.post(`/onboarding/${id}/sign-in`);
    expect(passed.headers.location).toBe(`/onboarding/${id}`);
    expect((await browser.follow(passed)).text).toContain('Step 1 of 2');
    // From here on that session is no part of it.
    await browser.get('/connections');
    await browser.post('/sign-out');
    expect((await browser.get(`/onboarding/${id}`)).text).toContain('Step 1 of 2');
  });

  it('lets somebody who is signed in as another user sign in as the right one', async () => {
    const { id, path } = await acme.create({ user_check: 'sign_in' });
    const browser = await app.signIn(bob);
    const page = await browser.follow(await pressStart(browser, path));
    const [, another = ''] = /href="(\/sign-in[^"]+)"/.exec(page.text) ?? [];
    await browser.get(another.replaceAll('&amp;', '&'));
    await browser.post('/sign-in', { identifier: ada });
    await browser.get(`/onboarding/${id}/sign-in`);
    expect((await browser.post(`/onboarding/${id}/sign-in`)).status).toBe(303);
  });

  it('takes the token of that sign-in alone', async () => {
    const { id, path } = await acme.create({ user_check: 'sign_in' });
    const browser = await app.signIn(ada);
    await pressStart(browser, path);
    for (const token of [null, '', 'x']) {
      expect((await browser.postWithToken(token, `/onboarding/${id}/sign-in`)).status).toBe(403);
    }
    expect(await audited('onboarding.continued')).toBe(0);
  });
});

describe('a consent that comes back', () => {
  const others: [string, () => Promise<Visitor>][] = [
    ['to a browser without any cookie', async () => aBrowser()],
    ['to a session of the same user', () => app.signIn(ada)],
    ['to a session of another user', () => app.signIn(bob)],
    ['to another onboarding of the same user', async () => (await underWay(app, acme)).browser],
  ];

  it.each(others)('%s activates nothing, and is over for its own browser too', async (_name, open) => {
    attacks('consent-is-verified');
    const started = await underWay(app, acme);
    const back = app.consent(await connectGmail(started));
    const refused = await (await open()).arrive(back);
    expect([refused.status, refused.text.includes('Nothing was connected')]).toEqual([403, true]);
    expect(refused.text).not.toContain(`/onboarding/${started.id}`);
    expect(activeFor(ada)).toEqual([]);
    const security = (await app.auditTypes()).filter((type) => type.startsWith('security.'));
    expect(security).toHaveLength(1);
    const own = await started.browser.arrive(back);
    expect(own.text).toContain('Nothing was connected');
    expect(activeFor(ada)).toEqual([]);
  });

  it('for a user’s own flow is no concern of an onboarding in that browser', async () => {
    attacks('two-principals');
    const user = await app.signIn(ada);
    const { link } = await app.connect(user);
    const { browser } = await underWay(app, acme);
    const refused = await browser.arrive(app.consent(link));
    expect(refused.status).toBe(403);
    expect(activeFor(ada)).toEqual([]);
    expect(await audited('security.wrong_session')).toBe(1);
  });

  it('is told apart by the flow where a browser has both a session and an onboarding', async () => {
    attacks('two-principals');
    const browser = await app.signIn(ada);
    const { id } = await underWay(app, acme, {}, browser);
    const ofOnboarding = await browser.get(
      app.consent(await connectGmail({ browser, steps: `/onboarding/${id}` })),
    );
    expect(ofOnboarding.headers.location).toMatch(new RegExp(`^/onboarding/${id}/connections/gmail/status`));
    await browser.get('/connections');
    const { link } = await app.connect(browser);
    const ofUser = await browser.get(app.consent(link));
    expect(ofUser.headers.location).toMatch(/^\/connections\/gmail\/status/);
  });

  it.each([
    [
      'was cancelled by its app',
      ({ id }: UnderWay) => acme.send('delete', `/api/v1/onboarding-sessions/${id}`),
    ],
    ['was left', ({ browser, steps }: UnderWay) => browser.post(`${steps}/leave`)],
  ])('after its onboarding %s finds a flow that was closed, and activates nothing', async (_name, end) => {
    const started = await underWay(app, acme);
    await connectGmail(started);
    await end(started);
    expect((await app.flows()).at(-1)).toMatchObject({ status: 'cancelled' });
    expect(app.gateway.scalekit.accounts).toEqual([]);
    const back = `/user/verify?auth_request_id=late&state=${app.newestState()}`;
    const late = await started.browser.follow(await started.browser.get(back));
    expect((await started.browser.follow(late)).text).toMatch(
      /This setup has ended|You left before everything/,
    );
    expect(activeFor(ada)).toEqual([]);
  });

  it('after its onboarding ran out activates nothing', async () => {
    const started = await underWay(app, acme);
    const back = app.consent(await connectGmail(started));
    await app.deps.db
      .updateTable('onboardingSessions')
      .set({ expiresAt: Date.now() - 1 })
      .where('id', '=', started.id)
      .execute();
    expect((await started.browser.arrive(back)).text).toContain('Nothing was connected');
    expect(activeFor(ada)).toEqual([]);
    expect((await started.browser.get(started.steps)).text).toContain('This setup has run out of time');
  });

  it('after its app was revoked activates nothing, and no page of the onboarding is shown', async () => {
    const gone = await anotherApp(app);
    const started = await underWay(app, gone);
    const back = app.consent(await connectGmail(started));
    await app.deps.apiClients.revoke(gone.client.id, { actor: 'command' });
    expect((await started.browser.arrive(back)).text).toContain('Nothing was connected');
    const refused = await started.browser.get(started.steps);
    expect([refused.status, refused.text.includes('is no longer allowed to')]).toEqual([403, true]);
    expect((await started.browser.post(`${started.steps}/finish`)).headers.location).toBeUndefined();
    expect(activeFor(ada)).toEqual([]);
  });

  it('by HEAD does nothing', async () => {
    const started = await underWay(app, acme);
    const back = app.consent(await connectGmail(started));
    expect((await started.browser.head(back)).status).toBe(405);
    expect((await started.browser.get(back)).status).toBe(303);
    expect(activeFor(ada)).toHaveLength(1);
  });
});

describe('what another app says', () => {
  it('is shown as plain words beside the whole identifier', async () => {
    attacks('consent-names-its-user', 'clean-names');
    const name = '\u202e<b>Ada</b> https://evil.example/?a=1 \u2066bob@example.com';
    const { path } = await acme.create({ display_name: name, user_check: 'none' });
    const browser = aBrowser();
    const page = await browser.get(path);
    const steps = await browser.follow(await pressStart(browser, path));
    for (const { text } of [page, steps]) {
      expect(text).toContain(`<strong><bdi>${ada}</bdi></strong>`);
      expect(text).not.toMatch(/[\u202a-\u202e\u2066-\u2069]|<b>|&lt;|https:\/\/evil|evil\.example|bob@/);
    }
  });

  it('leads nowhere but to what is registered at that moment', async () => {
    attacks('redirects-stay');
    const moved = await anotherApp(app);
    const { id, browser, steps } = await underWay(app, moved, {
      connections: [{ name: 'exa', required: false }],
    });
    const { client } = moved;
    const settings = { ...client, returnUrls: ['https://acme.example/elsewhere'] };
    await app.deps.apiClients.update(client.id, settings, { actor: 'command' });
    const refused = await browser.post(`${steps}/finish`);
    expect([refused.status, refused.headers.location]).toEqual([409, undefined]);
    expect(refused.text).toContain('We can’t take you back');
    expect(await moved.statusOf(id)).toBe('complete');
  });

  it('keeps tokens and codes out of the log', async () => {
    attacks('nothing-secret-in-logs');
    const { path } = await acme.create();
    const browser = aBrowser();
    const started = await pressStart(browser, path);
    const go = await acme.confirm(started.headers.location ?? '');
    await pressContinue(browser, go);
    const log = JSON.stringify(app.logLines());
    const secrets = [path, go, started.headers.location ?? ''].map((address) => {
      const { searchParams } = new URL(address, app.url);
      return searchParams.get('token') ?? searchParams.get('code') ?? searchParams.get('nonce') ?? '';
    });
    for (const secret of secrets) {
      expect(secret).toMatch(/^[\w-]{43}$/);
      expect(log).not.toContain(secret);
    }
  });
});
