import { createApp } from '../../../server/app.js';
import { paths } from '../../../server/paths.js';
import { sampleUsers } from '../../../server/sandbox/seed.js';
import { routesOf } from '../../support/appRoutes.js';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';
import { isMadeUp, madeUp, madeUpDictionary, wordsOf } from '../../support/madeUpLanguage.js';
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
const names = new Set(['UTC', 'CSV', 'JSON', 'API', 'OAuth', 'Scalekit', 'onboarding', 'GET']);

beforeAll(async () => {
  app = await startSandboxedApp({ dictionary: madeUpDictionary(), env: { METRICS_TOKEN: '' } });
  // What tools are called is Scalekit's to say.
  app.sandbox.control.fault({ method: 'ListTools', error: 'internal' });
  app.sandbox.control.fault({ method: 'ListScopedTools', error: 'internal' });
  acme = await anotherApp(app, { name: 'Acme' });
  const month = new Intl.DateTimeFormat(madeUp, { month: 'long' });
  const months = Array.from({ length: 12 }, (_, number) => month.format(Date.UTC(2000, number, 15)));
  const relative = new Intl.RelativeTimeFormat(madeUp);
  const times = (['minute', 'hour', 'day', 'month', 'year'] as const).flatMap((unit) =>
    [-2, -1, 1, 2].map((number) => relative.format(number, unit)),
  );
  const exact = new Intl.DateTimeFormat(madeUp, { dateStyle: 'long', timeStyle: 'long' });
  const { all } = await app.deps.catalogue.read();
  const called = [
    app.deps.config.productName,
    'Acme Grace Katherine Ada Alan',
    ...months,
    ...times,
    exact.format(0),
    new Intl.ListFormat(madeUp).format(['', '', '']),
    ...sampleUsers.flatMap(({ displayName, note }) => [displayName, note]),
    ...all.flatMap(({ title, connection }) => [title, title.charAt(0), connection.name]),
  ];
  for (const word of called.join(' ').split(/[^\p{L}]+/u)) names.add(word);
});

afterAll(() => app.close());

/** What a page says in another language than the one that is made up. */
function otherWordsOf(html: string): string[] {
  // A mail's styles; identifiers, addresses, times and references.
  const said = html
    .replace(/<style>.*?<\/style>/gs, '')
    .replace(/[^\s"<>]*[@:/_.\d][^\s"<>]*|\b[2-9A-Z]{3}-[2-9A-Z]{3}\b/g, (found) =>
      /[<>]/.test(found) ? found : ' ',
    );
  return [...new Set(wordsOf(said).filter((word) => !isMadeUp(word) && !names.has(word)))];
}

describe('a reader of another language', () => {
  it('finds no English on any page', async () => {
    const { id, browser: led } = await underWay(app, acme, {}, new Reader(app.url));
    await led.post(`/onboarding/${id}/connections/gmail/connect`);
    const admin = await new Reader(app.url).signIn(katherine);
    const user = await new Reader(app.url).signIn(grace);
    const stranger = new Reader(app.url);
    await user.post(paths.startConnect('gmail'));
    // The description of the API and the style guide are for developers, in English; the sandbox's mails are what was sent.
    const routes = routesOf(createApp(app.deps)).filter(
      ({ method, path: route }) =>
        method === 'GET' && !/^\/(api|styleguide)|^(\/onboarding\/:id)?\/events$/.test(route),
    );
    const found: Record<string, string[]> = {};
    const seen = new Set<string>();
    for (const { path: route } of routes) {
      const url = route
        .replace(':name', 'gmail')
        .replace(':identifier', grace)
        .replace(/(\/clients\/):id/, `$1${acme.client.id}`)
        .replace(':id', id);
      for (const reader of [stranger, user, admin, led]) {
        const page = await reader.get(url);
        if (!page.type.includes('html') || [301, 303].includes(page.status)) continue;
        expect(page.text).toContain(`<html lang="${madeUp}"`);
        expect(page.headers.vary).toContain('Accept-Language');
        if (page.status === 200) seen.add(route);
        const words = otherWordsOf(page.text);
        if (words.length > 0) found[`${page.status} ${url}`] = words;
      }
    }
    expect(found).toEqual({});
    expect(seen.size).toBeGreaterThan(32);
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
      expect(page.text).toContain('<html lang="en">');
      expect(page.text).toContain('Sign in');
    }
  });
});

describe('with English alone', () => {
  it('no answer depends on the language that is asked for', async () => {
    const alone = await startSandboxedApp();
    const page = await new Reader(alone.url).get(paths.signIn);
    expect(page.text).toContain('<html lang="en">');
    expect(page.headers.vary ?? '').not.toContain('Accept-Language');
    await alone.close();
  });
});
