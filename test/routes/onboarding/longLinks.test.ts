import type { Response } from 'supertest';
import { afterAll, afterEach, attacks, beforeAll, describe, expect, it } from '../../support/jest.js';
import { Visitor } from '../../support/visitor.js';
import { ada, bob, type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';
import { anotherApp, fieldOf, type OtherApp, pressContinue, pressStart } from './onboardingJourneys.js';

let app: JourneyApp;
let acme: OtherApp;

beforeAll(async () => {
  app = await startJourneyApp();
  acme = await anotherApp(app, { scopes: ['onboarding', 'users:write'] });
});

afterEach(async () => {
  await app.deps.db.deleteFrom('auditEvents').execute();
});

afterAll(() => app.close());

const aBrowser = () => new Visitor(app.url);
const twoWeeks = { open_minutes: 14 * 24 * 60 };
const aLink = (changes: Record<string, unknown> = {}) => acme.create({ ...twoWeeks, ...changes });
const audited = async (type: string) => (await app.auditTypes()).filter((one) => one === type).length;
const isOver = ({ status, text }: Response) => status === 410 && text.includes('This link no longer works');

/** Ada starts in her own browser, and her app says that it is her. @returns where that leads */
async function adaPasses(path: string, browser = aBrowser()): Promise<{ browser: Visitor; went: Response }> {
  const started = await pressStart(browser, path);
  const went = await pressContinue(browser, await acme.confirm(started.headers.location ?? ''));
  return { browser, went };
}

describe('a link of two weeks that was forwarded to a colleague', () => {
  it('warns, and turns the colleague away where their own app says who they are; its user goes on', async () => {
    const { id, path } = await aLink();
    const colleague = aBrowser();
    expect((await colleague.get(path)).text).toContain(
      'Go on only if Acme Assistant sent this link to you. If somebody passed it on to you, close this page',
    );
    const started = await pressStart(colleague, path);
    const told = await acme.tell(started.headers.location ?? '', bob);
    expect([told.status, told.body.code]).toEqual([403, 'other_user']);
    expect(told.body.detail).toContain('It waits on for its own user, and its url still works.');
    expect(await audited('security.onboarding_other_user')).toBe(1);
    const page = await colleague.get(`/onboarding/${id}`);
    expect(page.text).toContain('has to say that it is you');
    expect(page.text).not.toContain('Leave without finishing');
    const { browser, went } = await adaPasses(path);
    expect(went.headers.location).toBe(`/onboarding/${id}`);
    expect((await browser.follow(went)).text).toContain('Step 1 of 2');
    expect((await colleague.get(`/onboarding/${id}`)).text).toContain(
      'This setup is not open in this browser',
    );
    expect(isOver(await colleague.get(path))).toBe(true);
    expect(await app.flows()).toEqual([]);
  });

  it('turns the colleague away at the sign-in, and its user goes on', async () => {
    const { id, path } = await aLink({ user_check: 'sign_in' });
    const colleague = await app.signIn(bob);
    const page = await colleague.follow(await pressStart(colleague, path));
    expect([page.status, page.text.includes('This is for another user')]).toEqual([403, true]);
    await colleague.get('/connections');
    expect((await colleague.post(`/onboarding/${id}/sign-in`)).status).toBe(403);
    expect(await acme.statusOf(id)).toBe('started');
    const browser = await app.signIn(ada);
    await browser.follow(await pressStart(browser, path));
    const passed = await browser.post(`/onboarding/${id}/sign-in`);
    expect((await browser.follow(passed)).text).toContain('Step 1 of 2');
    await colleague.get('/connections');
    const late = await colleague.post(`/onboarding/${id}/sign-in`);
    expect([late.status, late.text.includes('This setup is not open in this browser')]).toEqual([403, true]);
    expect(isOver(await colleague.get(path))).toBe(true);
  });
});

describe('whoever started with a link of two weeks, and is not known to be its user', () => {
  it('can neither connect nor end anything', async () => {
    const { id, path } = await aLink();
    const colleague = aBrowser();
    await pressStart(colleague, path);
    const steps = `/onboarding/${id}`;
    expect((await colleague.get(`${steps}/leave`)).headers.location).toBe(steps);
    // A page with the token of its forms.
    await colleague.get(`${steps}/continue?code=x`);
    const posts = [
      await colleague.post(`${steps}/connections/gmail/connect`),
      await colleague.post(`${steps}/leave`),
      await colleague.post(`${steps}/finish`),
    ];
    expect(posts.map(({ status, headers }) => [status, headers.location])).toEqual([
      [409, undefined],
      [303, `${steps}?unfinished=1`],
      [303, `${steps}?unfinished=1`],
    ]);
    expect(await acme.statusOf(id)).toBe('started');
    expect((await adaPasses(path)).went.headers.location).toBe(steps);
  });
});

describe('two browsers with the same link', () => {
  it('have it one after the other until one passes the check, which the other can’t then', async () => {
    const { id, path } = await aLink();
    const [phone, desk] = [aBrowser(), aBrowser()];
    const onPhone = await pressStart(phone, path);
    const code = await acme.confirm(onPhone.headers.location ?? '');
    const { went } = await adaPasses(path, desk);
    expect(went.headers.location).toBe(`/onboarding/${id}`);
    const late = await pressContinue(phone, code);
    expect([late.status, late.text.includes('You can’t go on here')]).toEqual([403, true]);
    expect((await phone.get(`/onboarding/${id}`)).status).toBe(403);
    expect(await audited('onboarding.started_again')).toBe(1);
    expect((await desk.get(`/onboarding/${id}`)).text).toContain('Step 1 of 2');
  });

  it('have it in turn at the sign-in, where the one before passes nothing for the other', async () => {
    const { id, path } = await aLink({ user_check: 'sign_in' });
    const [own, other] = [await app.signIn(ada), aBrowser()];
    await own.follow(await pressStart(own, path));
    await pressStart(other, path);
    expect((await own.post(`/onboarding/${id}/sign-in`)).status).toBe(403);
    expect((await other.get(`/onboarding/${id}`)).headers.location).toBe(`/onboarding/${id}/sign-in`);
    expect(await audited('onboarding.continued')).toBe(0);
  });

  it('are told apart from one that opens it again, which goes on where it was', async () => {
    const { id, path } = await aLink();
    const browser = aBrowser();
    const page = await browser.get(path);
    const seen = { token: fieldOf(page, 'token') };
    const started = await browser.post('/onboarding/start', seen);
    expect((await browser.post('/onboarding/start', seen)).headers.location).toBe(`/onboarding/${id}`);
    expect((await browser.get(path)).headers.location).toBe(`/onboarding/${id}`);
    expect(await audited('onboarding.started_again')).toBe(0);
    const went = await pressContinue(browser, await acme.confirm(started.headers.location ?? ''));
    expect(went.headers.location).toBe(`/onboarding/${id}`);
  });
});

describe('the check of a link of two weeks', () => {
  it('uses it up: opened again it leads its own browser to the steps, and every other one nowhere', async () => {
    const { id, path } = await aLink();
    const other = aBrowser();
    const seen = { token: fieldOf(await other.get(path), 'token') };
    const { browser } = await adaPasses(path);
    const replayed = [await other.get(path), await other.post('/onboarding/start', seen)];
    expect(replayed.map(isOver)).toEqual([true, true]);
    expect((await browser.get(path)).headers.location).toBe(`/onboarding/${id}`);
    expect((await browser.get(`/onboarding/${id}`)).text).toContain('Step 1 of 2');
  });

  it.each(['confirm', 'sign_in'])('gives its browser a day from then on, by %s', async (user_check) => {
    const { id, path } = await aLink({ user_check });
    const browser = await app.signIn(ada);
    const started = await pressStart(browser, path);
    const { location = '' } = started.headers;
    if (user_check === 'sign_in') await browser.follow(started);
    const passed =
      user_check === 'sign_in'
        ? await browser.post(location)
        : await pressContinue(browser, await acme.confirm(location));
    const [cookie = ''] = [passed.headers['set-cookie'] ?? []].flat() as string[];
    expect(cookie.split('=')[0]).toBe(`onboarding-${id}`);
    expect(cookie).toMatch(/=[\w-]{43}; Max-Age=86400; Path=\//);
    const { body } = await acme.send('get', `/api/v1/onboarding-sessions/${id}`);
    expect(Math.round((Date.parse(body.expires_at) - Date.now()) / 3_600_000)).toBe(24);
  });
});

describe('a scanner of mails', () => {
  it('does not use a link of two weeks up, whatever it asks for and sends', async () => {
    attacks('get-changes-nothing');
    const { id, path } = await aLink();
    await aBrowser().get(path);
    await aBrowser().head(path);
    await aBrowser().postWithToken(null, path);
    expect(await acme.statusOf(id)).toBe('open');
    // One that works like a browser, and presses every button.
    await pressStart(aBrowser(), path);
    expect((await adaPasses(path)).went.headers.location).toBe(`/onboarding/${id}`);
  });
});

describe('a link of two weeks that waits', () => {
  it.each([['open'], ['started']])('ends with its user’s erasure while it is %s', async (status) => {
    const { id, path } = await aLink();
    const browser = aBrowser();
    const started = status === 'started' ? await pressStart(browser, path) : null;
    expect(await acme.statusOf(id)).toBe(status);
    const erased = await acme.send('delete', `/api/v1/users/${encodeURIComponent(ada)}`);
    expect([erased.status, erased.body.erased?.onboarding_sessions]).not.toContain(undefined);
    expect(isOver(await aBrowser().get(path))).toBe(true);
    expect((await browser.get(`/onboarding/${id}`)).status).toBe(403);
    if (started !== null) expect((await acme.tell(started.headers.location ?? '', ada)).status).toBe(404);
    const kept = await app.deps.db.selectFrom('onboardingSessions').select('id').execute();
    expect(kept.map((row) => row.id)).not.toContain(id);
  });

  it('ends when its app ends it, and when its app may no longer ask', async () => {
    const gone = await anotherApp(app);
    const [ended, revoked] = [await aLink(), await gone.create(twoWeeks)];
    const browser = aBrowser();
    await pressStart(browser, ended.path);
    await acme.send('delete', `/api/v1/onboarding-sessions/${ended.id}`);
    await app.deps.apiClients.revoke(gone.client.id, { actor: 'command' });
    expect(isOver(await aBrowser().get(ended.path))).toBe(true);
    expect(isOver(await aBrowser().get(revoked.path))).toBe(true);
    expect((await browser.get(`/onboarding/${ended.id}`)).text).toContain('This setup has ended');
  });
});
