import { onboardingPaths, paths } from '../../../server/paths.js';
import { afterAll, attacks, beforeAll, describe, expect, it } from '../../support/jest.js';
import { madeUp, madeUpDictionary } from '../../support/madeUpLanguage.js';
import { type SandboxedApp, startSandboxedApp } from '../../support/testApp.js';
import { Visitor } from '../../support/visitor.js';
import { ada } from '../accounts/flow/journeys.js';
import { anotherApp, type OtherApp, pressStart } from '../onboarding/onboardingJourneys.js';

let app: SandboxedApp;
let acme: OtherApp;

beforeAll(async () => {
  app = await startSandboxedApp({ dictionary: madeUpDictionary() });
  acme = await anotherApp(app);
});

afterAll(() => app.close());

const languageOf = ({ text }: { readonly text: string }) => /<html lang="([^"]*)"/.exec(text)?.[1];

async function choose(visitor: Visitor, language: string, from: string = paths.connections) {
  await visitor.get(paths.language, { Referer: app.url + from });
  return visitor.post(paths.language, { language, return_to: from });
}

describe('the language of a reader', () => {
  it('is the best of ours that the browser asks for, else English', async () => {
    const visitor = new Visitor(app.url);
    for (const [asked, got] of [
      [`${madeUp}-001, en;q=0.5`, madeUp],
      [`${madeUp};q=0.4, en;q=0.5`, 'en'],
      ['ja, fr', 'en'],
    ] as const) {
      const page = await visitor.get(paths.signIn, { 'Accept-Language': asked });
      expect([asked, languageOf(page), page.headers['content-language']]).toEqual([asked, got, got]);
    }
  });

  it('is what the link asks for that led here, and stays so until the browser closes', async () => {
    const visitor = new Visitor(app.url);
    const first = await visitor.get(`${paths.signIn}?ui_locales=${encodeURIComponent(`xx ${madeUp}-XX en`)}`);
    expect(languageOf(first)).toBe(madeUp);
    expect(first.headers['set-cookie']?.toString()).toMatch(
      /connect-ui-locales[^;]*=eo; Path=\/; HttpOnly; SameSite=Lax/,
    );
    expect(languageOf(await visitor.get(paths.signIn))).toBe(madeUp);
    expect(languageOf(await visitor.get(`${paths.signIn}?ui_locales=en`))).toBe('en');
  });

  it('is asked for in vain by what is no language, and is no fault', async () => {
    const visitor = new Visitor(app.url);
    for (const query of [
      'ui_locales=%00',
      'ui_locales=en&ui_locales=eo',
      `ui_locales=${'-'.repeat(5000)}`,
      'ui_locales',
    ]) {
      const page = await visitor.get(`${paths.signIn}?${query}`);
      expect([query, page.status, languageOf(page)]).toEqual([query, 200, 'en']);
    }
  });

  it('is what they chose, before anything that a link or the browser asks for', async () => {
    const visitor = new Visitor(app.url);
    const answer = await choose(visitor, madeUp, paths.signIn);
    expect([answer.status, answer.headers.location]).toEqual([303, paths.signIn]);
    const page = await visitor.get(`${paths.signIn}?ui_locales=en`, { 'Accept-Language': 'en' });
    expect(languageOf(page)).toBe(madeUp);
    expect(languageOf(await visitor.get('/nowhere'))).toBe(madeUp);
  });

  it('is kept for a user, who finds it in another browser', async () => {
    const user = await new Visitor(app.url).signIn('linguist@example.com');
    await choose(user, madeUp);
    const elsewhere = await new Visitor(app.url).signIn('linguist@example.com');
    expect(languageOf(await elsewhere.get(paths.account, { 'Accept-Language': 'en' }))).toBe(madeUp);
    // Nobody else who signs in here is told in it.
    await elsewhere.post('/sign-out');
    expect(languageOf(await (await elsewhere.signIn('other@example.com')).get(paths.account))).toBe('en');
  });

  it('is chosen by nobody in their name', async () => {
    const user = await new Visitor(app.url).signIn('target@example.com');
    const refused = await user.postWithToken(null, paths.language, { language: madeUp });
    expect([refused.status, languageOf(await user.get(paths.account))]).toEqual([403, 'en']);
    expect((await choose(user, 'xx')).status).toBe(400);
  });
});

describe('the page on which a language is chosen', () => {
  it('is linked from every page, faults included', async () => {
    const visitor = new Visitor(app.url);
    const user = await new Visitor(app.url).signIn('reader@example.com');
    for (const page of [
      await visitor.get(paths.signIn),
      await visitor.get('/nowhere'),
      await user.get(paths.connections),
      await user.get(paths.account),
      await user.get(paths.connection('gmail')),
    ]) {
      expect(page.text).toContain(`href="${paths.language}" referrerpolicy="same-origin"`);
    }
  });

  it('leads back to where its reader was, and nowhere else', async () => {
    attacks('redirects-stay');
    const visitor = new Visitor(app.url);
    const backFrom = async (referer: string) => {
      const page = await visitor.get(paths.language, { Referer: referer });
      return /name="return_to" value="([^"]*)"/.exec(page.text)?.[1] ?? null;
    };
    const list = paths.connection('gmail');
    expect(await backFrom(app.url + list)).toBe(list);
    for (const other of [
      'https://evil.example/connections',
      `${app.url}.evil.example/`,
      `${app.url}//evil.example`,
      `${app.url}/user/verify?state=1`,
    ]) {
      expect([other, await backFrom(other)]).toEqual([other, null]);
    }
    await visitor.get(paths.language);
    for (const returnTo of ['//evil.example', 'https://evil.example', '/\\evil.example']) {
      const answer = await visitor.post(paths.language, { language: 'en', return_to: returnTo });
      expect([answer.status, answer.headers.location]).toEqual([303, paths.home]);
    }
  });
});

describe('the language of an onboarding', () => {
  const english = { 'Accept-Language': 'en' };

  it('is what the other app asks for, from its first page on and on its faults', async () => {
    const { id, path } = await acme.create({ locale: `${madeUp}-XX`, user_check: 'none' });
    const browser = new Visitor(app.url);
    expect(languageOf(await browser.get(path, english))).toBe(madeUp);
    await pressStart(browser, path);
    expect(languageOf(await browser.get(onboardingPaths.steps(id), english))).toBe(madeUp);
    const status = await browser.getJson(`${onboardingPaths.steps(id)}/connections/gmail/status.json`);
    expect(status.headers['content-language']).toBe(madeUp);
    expect(languageOf(await browser.get('/nowhere', english))).toBe('en');
  });

  it('gives way to what its reader chooses in it, not to what they chose before', async () => {
    const browser = new Visitor(app.url);
    await choose(browser, 'en', paths.signIn);
    const later = Date.now() + 1;
    const { id, path } = await acme.create({ locale: madeUp, user_check: 'none' });
    await app.deps.db
      .updateTable('onboardingSessions')
      .set({ createdAt: later })
      .where('id', '=', id)
      .execute();
    await pressStart(browser, path);
    expect(languageOf(await browser.get(onboardingPaths.steps(id)))).toBe(madeUp);
    await app.deps.db.updateTable('onboardingSessions').set({ createdAt: 0 }).where('id', '=', id).execute();
    expect(languageOf(await browser.get(onboardingPaths.steps(id)))).toBe('en');
  });

  it('is the user’s own where the other app asks for none', async () => {
    const user = await new Visitor(app.url).signIn(ada);
    await choose(user, madeUp);
    const { path } = await acme.create({ user_check: 'none' });
    expect(languageOf(await new Visitor(app.url).get(path, english))).toBe(madeUp);
  });

  it('may be one that this app does not speak, but no text that is no language', async () => {
    const { path } = await acme.create({ locale: 'tlh', user_check: 'none', identifier: 'worf@example.com' });
    expect(languageOf(await new Visitor(app.url).get(path, english))).toBe('en');
    const asked = {
      identifier: ada,
      return_url: 'https://acme.example/back',
      connections: [{ name: 'gmail' }],
    };
    for (const locale of ['not a tag', '', 'de_DE', 'x'.repeat(36), 7]) {
      const { status, body } = await acme.send('post', '/api/v1/onboarding-sessions', { ...asked, locale });
      expect([locale, status, body.errors?.[0]?.field]).toEqual([locale, 400, 'locale']);
    }
  });
});

describe('the language of a mail', () => {
  const mailTo = async (identifier: string) => {
    const mail = { kind: 'invitation', identifier, connectionName: 'gmail' } as const;
    const { html } = await app.deps.mails.accountMails.preview(mail);
    return languageOf({ text: html });
  };

  it('is that of its reader’s last visit, else English', async () => {
    const reader = 'visitor@example.com';
    expect(await mailTo(reader)).toBe('en');
    const user = await new Visitor(app.url).signIn(reader);
    expect(await mailTo(reader)).toBe('en');
    await user.get(paths.connections, { 'Accept-Language': madeUp });
    expect(await mailTo(reader)).toBe(madeUp);
    await user.get(paths.connections, { 'Accept-Language': 'en' });
    expect(await mailTo(reader)).toBe('en');
  });

  it('is what its reader chose, wherever they were last', async () => {
    const reader = 'chooser@example.com';
    const user = await new Visitor(app.url).signIn(reader);
    await choose(user, madeUp);
    await user.get(paths.connections, { 'Accept-Language': 'en' });
    expect(await mailTo(reader)).toBe(madeUp);
  });

  it('is forgotten with its reader, and moves with them', async () => {
    const reader = 'mover@example.com';
    await choose(await new Visitor(app.url).signIn(reader), madeUp);
    const info = { reference: 'K7F-2QD', address: null };
    await app.deps.privacy.renaming.rename(reader, 'moved@example.com', 'command', info);
    expect([await mailTo(reader), await mailTo('moved@example.com')]).toEqual(['en', madeUp]);
    await app.deps.privacy.eraseUser('moved@example.com', 'command', info);
    expect(await mailTo('moved@example.com')).toBe('en');
  });
});
