import supertest, { type Response } from 'supertest';
import { createApp } from '../../../server/app.js';
import { onboardingRoutes } from '../../../server/paths.js';
import { routesOf } from '../../support/appRoutes.js';
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
let globex: OtherApp;

beforeAll(async () => {
  app = await startJourneyApp();
  acme = await anotherApp(app);
  globex = await anotherApp(app, { name: 'Globex', returnUrls: ['https://globex.example/back'] });
});

afterEach(async () => {
  await app.deps.db.deleteFrom('auditEvents').execute();
  for (const identifier of [ada, bob]) {
    for (const connectionName of ['gmail', 'exa']) {
      app.gateway.scalekit.removeAccount({ connectionName, identifier });
    }
    await app.deps.reader.changed(identifier);
  }
});

afterAll(() => app.close());

const back = { return_url: 'https://globex.example/back' };
const securityEvents = async () => (await app.auditTypes()).filter((type) => type.startsWith('security.'));
const activeOf = () =>
  app.gateway.scalekit.accounts
    .filter(({ status }) => status === 'active')
    .map(({ identifier }) => identifier)
    .sort();

/** The cookies that an answer sets or clears, by name; cleared ones are empty. */
const cookiesOf = ({ headers }: Response): Map<string, string> =>
  new Map(
    [headers['set-cookie'] ?? []].flat().map((line: string) => {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      return [name, value] as const;
    }),
  );

/** Ada's onboarding of one app and Bob's of another, under way in one browser. */
async function two(browser = new Visitor(app.url)): Promise<readonly [UnderWay, UnderWay]> {
  return [
    await underWay(app, acme, {}, browser),
    await underWay(app, globex, { ...back, identifier: bob }, browser),
  ];
}

describe('two onboardings of two apps in one browser', () => {
  it('go through their checks, their steps and back side by side, each for its own user', async () => {
    const browser = new Visitor(app.url);
    const [first, second] = [await acme.create(), await globex.create({ ...back, identifier: bob })];
    const checks = [await pressStart(browser, first.path), await pressStart(browser, second.path)].map(
      ({ headers }) => headers.location ?? '',
    );
    const told = await globex.tell(checks[1] ?? '', bob);
    const went = [
      await pressContinue(browser, await acme.confirm(checks[0] ?? '')),
      await pressContinue(browser, new URL(told.body.continue_url as string).href.slice(app.url.length)),
    ];
    const steps = [`/onboarding/${first.id}`, `/onboarding/${second.id}`];
    expect(went.map(({ headers }) => headers.location)).toEqual(steps);
    const links: string[] = [];
    for (const one of steps) {
      await browser.get(one);
      links.push(await connectGmail({ browser, steps: one }));
    }
    // The consents come back in the other order, wherever the browser is meanwhile.
    for (const index of [1, 0]) {
      await browser.get(steps[1 - index] ?? '');
      const returned = await browser.get(app.consent(links[index]));
      expect(returned.headers.location).toContain(`${steps[index]}/connections/gmail/status?flow=`);
      expect((await browser.follow(returned)).text).toContain('Gmail is connected');
    }
    expect(activeOf()).toEqual([ada, bob]);
    for (const [one, from] of [
      [steps[0] ?? '', 'acme'],
      [steps[1] ?? '', 'globex'],
    ] as const) {
      await browser.get(one);
      const left = await browser.post(`${one}/finish`);
      expect(left.headers.location).toContain(`https://${from}.example/back?`);
    }
    expect([await acme.statusOf(first.id), await globex.statusOf(second.id)]).toEqual([
      'complete',
      'complete',
    ]);
    expect(await securityEvents()).toEqual([]);
  });

  it('leave a user who is signed in there as they were, and each is left by itself', async () => {
    attacks('two-principals');
    const browser = await app.signIn(ada);
    const [first, second] = await two(browser);
    await browser.get('/connections');
    const own = await app.connect(browser);
    await browser.get(first.steps);
    const links = [await connectGmail(first)];
    await browser.get(second.steps);
    links.push(await connectGmail(second));
    const ways = [];
    for (const link of [links[1], own.link, links[0]]) {
      ways.push((await browser.get(app.consent(link))).headers.location ?? '');
    }
    expect(ways.map((way) => way.split('/connections/gmail/')[0])).toEqual([second.steps, '', first.steps]);
    await browser.get(second.steps);
    expect((await browser.post(`${second.steps}/leave`)).headers.location).toContain('globex.example');
    await browser.get('/connections');
    await browser.post('/sign-out');
    expect((await browser.get(first.steps)).text).toContain('All that Acme Assistant needs is connected');
    expect(await securityEvents()).toEqual([]);
  });

  it('take no form with the token of the other', async () => {
    const [first, second] = await two();
    const { browser } = first;
    const forms = routesOf(createApp(app.deps)).filter(
      ({ method, path }) =>
        method === 'POST' && path.startsWith('/onboarding/:id') && path !== onboardingRoutes.signIn,
    );
    expect(forms.length).toBeGreaterThan(5);
    for (const [from, to] of [
      [first, second],
      [second, first],
    ] as const) {
      await browser.get(from.steps);
      for (const { path } of forms) {
        const address = path.replace(':id', to.id).replace(':name', 'gmail').replace(':flow', 'abc');
        const refused = await browser.post(address, { code: 'guessed' });
        expect([path, refused.status]).toEqual([path, 403]);
        expect(refused.text).toContain('This form is out of date');
      }
    }
    expect([await acme.statusOf(first.id), await globex.statusOf(second.id)]).toEqual(['started', 'started']);
  });

  it('are each refused with the cookie of the other, also under the name of its own', async () => {
    attacks('checked-on-server');
    const browser = new Visitor(app.url);
    const { id, path } = await acme.create({ user_check: 'none' });
    const own = cookiesOf(await pressStart(browser, path)).get(`onboarding-${id}`) ?? '';
    const other = await globex.create({ ...back, user_check: 'none' });
    const others = cookiesOf(await pressStart(browser, other.path)).get(`onboarding-${other.id}`) ?? '';
    const ask = (cookie: string) =>
      supertest(app.url).get(`/onboarding/${id}`).set({ Accept: 'text/html', Cookie: cookie });
    const answers = [
      await ask(`onboarding-${id}=${own}`),
      await ask(`onboarding-${other.id}=${others}`),
      await ask(`onboarding-${id}=${others}`),
      await ask(`onboarding-${other.id}=${own}`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 403, 403, 403]);
  });

  it('connect nothing when a consent comes back where only the other is, and the other goes on', async () => {
    const [one, other] = [await underWay(app, acme), await underWay(app, globex, back)];
    const [ownLink, otherLink] = [await connectGmail(one), await connectGmail(other)];
    const refused = await other.browser.arrive(app.consent(ownLink));
    expect([refused.status, refused.text.includes('Nothing was connected')]).toEqual([403, true]);
    expect(activeOf()).toEqual([]);
    expect(await securityEvents()).toEqual(['security.wrong_session']);
    expect(otherLink).toContain('https:');
    await other.browser.get(other.steps);
    const again = await other.browser.get(app.consent(await connectGmail(other)));
    expect((await other.browser.follow(again)).text).toContain('Gmail is connected');
  });

  it('connect nothing for one user with the approval of the other', async () => {
    const [first, second] = await two();
    const { browser } = first;
    await browser.get(first.steps);
    const own = new URL(app.consent(await connectGmail(first)), app.url).searchParams;
    await browser.get(second.steps);
    const others = new URL(app.consent(await connectGmail(second)), app.url).searchParams;
    const mixed = new URLSearchParams({
      auth_request_id: own.get('auth_request_id') ?? '',
      state: others.get('state') ?? '',
    });
    await browser.arrive(`/user/verify?${mixed}`);
    expect(activeOf()).toEqual([]);
  });

  it('hear of a refusal that names no try in the one that left last', async () => {
    const [first, second] = await two();
    const { browser } = first;
    await browser.get(second.steps);
    await connectGmail(second);
    await browser.get(first.steps);
    await connectGmail(first);
    await browser.get('/user/verify?error=access_denied');
    const told = (await app.flows()).filter(({ reported }) => reported !== null);
    expect(told.map(({ principal }) => principal)).toEqual([`onboarding:${first.id}`]);
  });
});

describe('the many onboardings of one browser', () => {
  /** Starts one, and tells whose cookies went. */
  async function oneMore(browser: Visitor): Promise<{ id: string; dropped: string[] }> {
    const { id, path } = await acme.create({ user_check: 'none' });
    const cookies = cookiesOf(await pressStart(browser, path));
    const dropped = [...cookies].filter(([, value]) => value === '').map(([name]) => name);
    return { id, dropped: dropped.map((name) => name.slice('onboarding-'.length)) };
  }

  const isOpenIn = async (browser: Visitor, id: string) =>
    (await browser.get(`/onboarding/${id}`)).status === 200;

  it('are eight: the ninth takes the place of one that has ended, and else of the oldest', async () => {
    const browser = new Visitor(app.url);
    const begun: { id: string; dropped: string[] }[] = [];
    for (let count = 0; count < 8; count += 1) begun.push(await oneMore(browser));
    const ids = begun.map(({ id }) => id);
    const [oldest = '', second = '', third = '', ended = ''] = ids;
    expect(begun.flatMap(({ dropped }) => dropped)).toEqual([]);
    await acme.send('delete', `/api/v1/onboarding-sessions/${ended}`);
    const ninth = await oneMore(browser);
    expect(ninth.dropped).toEqual([ended]);
    expect((await oneMore(browser)).dropped).toEqual([oldest]);
    expect(await isOpenIn(browser, oldest)).toBe(false);
    for (const id of [second, third, ninth.id]) expect(await isOpenIn(browser, id)).toBe(true);
    expect(await acme.statusOf(oldest)).toBe('started');
  });

  it('make room for more than there may be, whoever planted their cookies', async () => {
    const names = Array.from(
      { length: 20 },
      (_, index) => `onboarding-obs_${String(index).padStart(22, 'x')}`,
    );
    const { path } = await acme.create({ user_check: 'none' });
    const page = await supertest(app.url).get(path).set('Accept', 'text/html');
    const seen = cookiesOf(page).get('onboarding-start') ?? '';
    const started = await supertest(app.url)
      .post('/onboarding/start')
      .set('Cookie', [`onboarding-start=${seen}`, ...names.map((name) => `${name}=planted`)].join('; '))
      .type('form')
      .send({ token: fieldOf(page, 'token'), _csrf: fieldOf(page, '_csrf') });
    expect(started.status).toBe(303);
    const cleared = [...cookiesOf(started)].filter(([, value]) => value === '');
    expect(cleared.length).toBe(13);
    expect(cleared.every(([name]) => names.includes(name))).toBe(true);
  });
});

describe('the cookie of an onboarding', () => {
  it('that began before each had its own goes on', async () => {
    const { id, path } = await acme.create({ user_check: 'none' });
    const cookie = cookiesOf(await pressStart(new Visitor(app.url), path)).get(`onboarding-${id}`) ?? '';
    const other = await acme.create({ user_check: 'none' });
    await pressStart(new Visitor(app.url), other.path);
    const ask = (address: string) =>
      supertest(app.url)
        .get(`/onboarding/${address}`)
        .set({ Accept: 'text/html', Cookie: `onboarding=${cookie}` });
    expect([(await ask(id)).status, (await ask(other.id)).status]).toEqual([200, 403]);
  });

  it.each([
    ['https://localhost', ''],
    ['https://localhost/apps/connect', '.apps.connect'],
  ])('is Secure and bound by its name to the host, its id and the path of %s', async (publicUrl, suffix) => {
    attacks('safe-cookies');
    const other = await startJourneyApp({ env: { PUBLIC_URL: publicUrl, TRUST_PROXY: '1' } });
    try {
      const https = { Host: 'localhost', 'X-Forwarded-Proto': 'https', Accept: 'text/html' };
      const { client, key } = await anotherApp(other);
      expect(client.name).toBe('Acme Assistant');
      const base = new URL(publicUrl).pathname.replace(/\/$/, '');
      const created = await supertest(other.url)
        .post(`${base}/api/v1/onboarding-sessions`)
        .set({ ...https, Authorization: `Bearer ${key}` })
        .send({
          identifier: ada,
          return_url: 'https://acme.example/back',
          connections: [{ name: 'gmail' }],
          user_check: 'none',
        });
      const { pathname, search } = new URL(created.body.url as string);
      const page = await supertest(other.url)
        .get(pathname + search)
        .set(https);
      const seenName = `__Host-onboarding-start${suffix}`;
      const started = await supertest(other.url)
        .post(`${base}/onboarding/start`)
        .set({ ...https, Cookie: `${seenName}=${cookiesOf(page).get(seenName)}` })
        .type('form')
        .send({ token: fieldOf(page, 'token'), _csrf: fieldOf(page, '_csrf') });
      const [cookie = ''] = [started.headers['set-cookie'] ?? []].flat() as string[];
      expect(cookie.split('=')[0]).toBe(`__Host-onboarding-${created.body.id}${suffix}`);
      expect(cookie).toMatch(/; Path=\/;.*; HttpOnly; Secure; SameSite=Lax$/);
      const steps = await supertest(other.url)
        .get(`${base}/onboarding/${created.body.id}`)
        .set({ ...https, Cookie: cookie.split(';')[0] ?? '' });
      expect([steps.status, steps.text.includes('Step 1 of 1')]).toEqual([200, true]);
    } finally {
      await other.close();
    }
  });
});
