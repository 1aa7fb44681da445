import { createApp } from '../../../server/app.js';
import { paths } from '../../../server/paths.js';
import { sampleUsers } from '../../../server/sandbox/sampleUsers.js';
import { routesOf } from '../../support/appRoutes.js';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';
import { isMadeUp, madeUp, madeUpDictionary, widenedEnglish, wordsOf } from '../../support/madeUpLanguage.js';
import { type SandboxedApp, startSandboxedApp } from '../../support/testApp.js';
import { Visitor } from '../../support/visitor.js';
import { anotherApp, type OtherApp, underWay } from '../onboarding/onboardingJourneys.js';

const grace = 'grace@example.com';
const katherine = 'katherine@example.com';

/** A browser whose reader speaks the language that is made up. */
class Reader extends Visitor {
  override get(path: string, headers: Record<string, string> = {}) {
    return super.get(path, { 'Accept-Language': `${madeUp}, en;q=0.5`, ...headers });
  }
}

let app: SandboxedApp;
let acme: OtherApp;
/** Words of no message: what people, apps, connections and months are called, how long ago something is, and what programs read. */
let names: ReadonlySet<string>;

/** @param locale as dates and times are written there */
async function namesIn({ deps }: SandboxedApp, locale: string): Promise<ReadonlySet<string>> {
  const month = new Intl.DateTimeFormat(locale, { month: 'long' });
  const months = Array.from({ length: 12 }, (_, number) => month.format(Date.UTC(2000, number, 15)));
  const relative = new Intl.RelativeTimeFormat(locale);
  const times = (['minute', 'hour', 'day', 'month', 'year'] as const).flatMap((unit) =>
    [-2, -1, 1, 2].map((number) => relative.format(number, unit)),
  );
  const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'long' });
  const { all } = await deps.catalogue.read();
  const called = [
    'UTC CSV JSON API OAuth Scalekit onboarding GET English',
    deps.brand.name,
    'Acme Grace Katherine Ada Alan',
    ...months,
    ...times,
    exact.format(0),
    new Intl.ListFormat(locale).format(['', '', '']),
    ...sampleUsers.flatMap(({ displayName, note }) => [displayName, note]),
    ...all.flatMap(({ title, connection }) => [title, title.charAt(0), connection.name]),
  ];
  return new Set(called.join(' ').split(/[^\p{L}]+/u));
}

/** What tools are called is Scalekit's to say. */
function failTools({ sandbox }: SandboxedApp): void {
  sandbox.control.fault({ method: 'ListTools', error: 'internal' });
  sandbox.control.fault({ method: 'ListScopedTools', error: 'internal' });
}

beforeAll(async () => {
  app = await startSandboxedApp({ dictionary: madeUpDictionary(), env: { METRICS_TOKEN: '' } });
  failTools(app);
  acme = await anotherApp(app, { name: 'Acme' });
  names = await namesIn(app, madeUp);
});

afterAll(() => app.close());

/** What a page says in another language than the one that is made up. */
function otherWordsOf(html: string, known = names): string[] {
  // A mail's styles; identifiers, addresses, times and references.
  const said = html
    .replace(/<style>.*?<\/style>/gs, '')
    .replace(/[^\s"<>]*[@:/_.\d][^\s"<>]*|\b[2-9A-Z]{3}-[2-9A-Z]{3}\b/g, (found) =>
      /[<>]/.test(found) ? found : ' ',
    );
  return [...new Set(wordsOf(said).filter((word) => !isMadeUp(word) && !known.has(word)))];
}

/** The description of the API and the style guide are for developers, in English; the sandbox's mails are what was sent. */
const pagesOf = ({ deps }: SandboxedApp): string[] =>
  routesOf(createApp(deps))
    .filter(
      ({ method, path: route }) =>
        method === 'GET' && !/^\/(api|styleguide)|^(\/onboarding\/:id)?\/events$/.test(route),
    )
    .map(({ path: route }) => route);

const urlOf = (route: string, id: string, client = acme.client.id): string =>
  route
    .replace(':name', 'gmail')
    .replace(':identifier', grace)
    .replace(/(\/clients\/):id/, `$1${client}`)
    .replace(':id', id);

describe('a reader of another language', () => {
  it('finds no English on any page but an admin’s', async () => {
    const { id, browser: led } = await underWay(app, acme, {}, new Reader(app.url));
    await led.post(`/onboarding/${id}/connections/gmail/connect`);
    const admin = await new Reader(app.url).signIn(katherine);
    const user = await new Reader(app.url).signIn(grace);
    const stranger = new Reader(app.url);
    await user.post(paths.startConnect('gmail'));
    const found: Record<string, string[]> = {};
    const seen = new Set<string>();
    for (const route of pagesOf(app)) {
      const url = urlOf(route, id);
      for (const reader of [stranger, user, admin, led]) {
        const page = await reader.get(url);
        if (!page.type.includes('html') || [301, 303].includes(page.status)) continue;
        const isAdmins = reader === admin && route.startsWith('/admin');
        expect(page.text).toContain(`<html lang="${isAdmins ? 'en' : madeUp}" dir="ltr"`);
        expect(page.headers).toMatchObject({
          'content-language': isAdmins ? 'en' : madeUp,
          vary: expect.stringContaining('Accept-Language, Cookie'),
        });
        if (isAdmins) continue;
        if (page.status === 200) seen.add(route);
        const words = otherWordsOf(page.text);
        if (words.length > 0) found[`${page.status} ${url}`] = words;
      }
    }
    expect(found).toEqual({});
    expect(seen.size).toBeGreaterThan(12);
  });

  it('is told so of what can’t be done, as a page and as a problem', async () => {
    const reader = new Reader(app.url);
    const page = await reader.get('/nowhere');
    expect([page.status, otherWordsOf(page.text)]).toEqual([404, []]);
    const problem = await reader.get('/nowhere', { Accept: 'application/json' });
    const { title, detail } = problem.body as { title: string; detail: string };
    expect([problem.status, wordsOf(`${title} ${detail}`).filter((word) => !isMadeUp(word))]).toEqual([
      404,
      [],
    ]);
  });

  it('gets English where none of the languages is theirs', async () => {
    const visitor = new Visitor(app.url);
    for (const language of ['', 'ja', '*', 'en-GB, en;q=0.9', 'not a language;;']) {
      const page = await visitor.get(paths.signIn, { 'Accept-Language': language });
      expect(page.text).toContain('<html lang="en" dir="ltr">');
      expect(page.text).toContain('Sign in');
    }
  });
});

describe('the pages of admins', () => {
  it('say nothing but messages either', async () => {
    const english = await startSandboxedApp({ dictionary: widenedEnglish(), env: { METRICS_TOKEN: '' } });
    failTools(english);
    const other = await anotherApp(english, { name: 'Acme' });
    const admin = await new Visitor(english.url).signIn(katherine);
    await new Visitor(english.url).signIn(grace);
    const known = await namesIn(english, 'en-GB');
    const found: Record<string, string[]> = {};
    const pages = pagesOf(english).filter((route) => route.startsWith('/admin'));
    for (const route of pages) {
      const page = await admin.get(urlOf(route, 'none', other.client.id));
      if (!page.type.includes('html')) continue;
      const words = otherWordsOf(page.text, known);
      if (words.length > 0) found[route] = words;
    }
    expect(found).toEqual({});
    expect(pages.length).toBeGreaterThan(20);
    await english.close();
  });
});
