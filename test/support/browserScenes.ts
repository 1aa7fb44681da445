import type { Page } from 'playwright-core';
import { apiRoutes, paths } from '../../server/paths.js';
import type { ConsentOutcome } from '../../server/sandbox/hosted/consent.js';
import { addMail } from '../unit/notify/mails.js';
import { adminScenes } from './adminScenes.js';
import { writeBrand } from './brandFile.js';
import { enter, post } from './browserSteps.js';
import { longTitle, writeConnectionsFile } from './connectionTitles.js';
import { onboardingScenes } from './onboardingScenes.js';
import { accounts } from './openidApp.js';
import { startTestProvider } from './openidProvider.js';
import type { Scenes, Stage } from './stage.js';

/**
 * Every page of the app and of the sandbox, in the states that look different. A scene finds its way by routes, and by the
 * names of fields and outcomes; never by words, which change, nor by classes.
 */

const longIdentifier = `${'long'.repeat(23)}@test.io`.padEnd(100, 'x').slice(0, 100);

async function at(
  stage: Stage,
  address: string,
  identifier = stage.someone(),
  { url } = stage.app,
): Promise<Page> {
  const page = await stage.visit();
  await enter(page, url, identifier);
  await page.goto(url + address);
  return page;
}

const onAndroid =
  'Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0.0.0 Mobile Safari/537.36';

/** As in an app on Android that shows the page in a window of its own. */
async function inAnotherApp(stage: Stage, address: string): Promise<Page> {
  const page = await stage.visit({ userAgent: onAndroid });
  await enter(page, stage.app.url, stage.someone());
  await page.goto(stage.app.url + address);
  return page;
}

/** A colour that nobody can read, a name as long as it may be, and a logo of which one sees a line. */
const difficultBrand = {
  name: 'Northwind Traders and Sons, Purveyors of Fine Goods Worldwid',
  assistant: 'The Most Obliging Northwind Assistant',
  accent: '#ffff00',
  logo: { light: 'huge.svg', dark: 'dark.svg' },
  links: {
    support: 'mailto:help@northwind.example',
    privacy: 'https://northwind.example/privacy',
    legal: 'https://northwind.example/legal',
  },
};

async function signedOutAt(stage: Stage, address: string, { url } = stage.app): Promise<Page> {
  const page = await stage.visit();
  await page.goto(url + address);
  return page;
}

/** Sends the form that the visible field is in, and waits for the page that answers. */
async function submit(page: Page, field: string, value: string): Promise<void> {
  await page.locator(`input[name="${field}"]:not([type="hidden"])`).fill(value);
  const answered = page.waitForEvent('domcontentloaded');
  await page.keyboard.press('Enter');
  await answered;
}

/** The sign-in once more, after a form whose browser had forgotten it. */
async function atStaleSignIn(stage: Stage): Promise<Page> {
  const page = await signedOutAt(stage, paths.signIn);
  await page.context().clearCookies();
  await submit(page, 'identifier', stage.someone());
  return page;
}

/** At the page where Scalekit asks: for consent, or for a key. */
async function atScalekit(stage: Stage, name: string, identifier = stage.someone()): Promise<Page> {
  const page = await stage.visit();
  const { app } = stage;
  await enter(page, app.url, identifier);
  let link = await post(page, app.url, paths.startConnect(name));
  if (link.startsWith(app.url)) {
    const [flow] = await app.deps.flows.unended(identifier, name);
    link = await post(page, app.url, paths.openLink(name, flow?.id ?? ''));
  }
  await page.goto(link);
  return page;
}

/** Answers on the consent page, and arrives where that leads. */
async function answer(page: Page, outcome: ConsentOutcome): Promise<void> {
  const arrived = page.waitForEvent('domcontentloaded');
  // Some of its buttons are folded away.
  await page.locator(`button[value="${outcome}"]`).evaluate((button) => {
    const { form } = button as unknown as { form: { requestSubmit(by: unknown): void } };
    form.requestSubmit(button);
  });
  await arrived;
}

async function answeredConsent(stage: Stage, outcome: ConsentOutcome): Promise<Page> {
  const page = await atScalekit(stage, 'gmail');
  // An answer without content keeps the browser where it is, so that the page can be looked at.
  await page.route(/\/connections\?flow=/, (route) => route.fulfill({ status: 204 }));
  await answer(page, outcome);
  return page;
}

async function atStatusPage(stage: Stage, name: string): Promise<Page> {
  const identifier = stage.someone();
  const page = await atScalekit(stage, name, identifier);
  const [flow] = await stage.app.deps.flows.unended(identifier, name);
  await page.goto(stage.app.url + paths.status(name, flow?.id ?? ''));
  return page;
}

async function unfolded(page: Page): Promise<Page> {
  for (const summary of await page.locator('main summary').all()) await summary.click();
  return page;
}

/** A list with as many connections as an operator may have, all with titles that break nowhere. */
async function crowdedList(stage: Stage): Promise<Page> {
  const names = Array.from({ length: 30 }, (_, index) => `tool-${index}`);
  const settings = await writeConnectionsFile(
    names.map((name, index) => ({ name, title: longTitle(index) })),
  );
  stage.closeLater(settings);
  const app = await stage.otherApp({ env: { CONNECTIONS_FILE: settings.file } });
  const identifier = stage.someone();
  const states = ['ACTIVE', 'EXPIRED', 'PENDING_AUTH'] as const;
  for (const [index, connectionName] of names.entries()) {
    app.sandbox.control.setConnection(connectionName, { provider: connectionName });
    const status = states[index];
    if (status) app.sandbox.control.setAccount({ connectionName, identifier, status });
  }
  return at(stage, paths.connections, identifier, app);
}

async function emptyList(stage: Stage): Promise<Page> {
  const app = await stage.otherApp();
  for (const { name } of app.sandbox.control.connections())
    app.sandbox.control.setConnection(name, { enabled: false });
  return at(stage, paths.connections, stage.someone(), app);
}

/** The list, in the states that look different. */
const listScenes: Scenes = {
  'the list of a new user': (stage) => at(stage, paths.connections),
  'the list with every state': (stage) => at(stage, paths.connections, 'grace@example.com'),
  'the list where everything is connected': (stage) => at(stage, paths.connections, 'alan@example.com'),
  'the list of a long identifier': (stage) => at(stage, paths.connections, longIdentifier),
  'the empty list': emptyList,
  'the crowded list': crowdedList,
  async 'the list with a confirmation'(stage) {
    const identifier = stage.someone();
    const page = await atScalekit(stage, 'gmail', identifier);
    const [flow] = await stage.app.deps.flows.unended(identifier, 'gmail');
    await answer(page, 'allow');
    await page.goto(stage.app.url + paths.listAfter(flow?.id ?? ''));
    return page;
  },
  async 'the list during an outage'(stage) {
    const identifier = stage.someone();
    const page = await at(stage, paths.connections, identifier);
    stage.app.sandbox.control.fault({ method: 'ListConnectedAccounts', error: 'internal' });
    stage.app.deps.reader.drop(identifier);
    await page.reload();
    return page;
  },
};

const connectionScenes: Scenes = {
  'the durable link': (stage) => at(stage, paths.connect('gmail')),
  'the durable link of a long identifier': (stage) => at(stage, paths.connect('gmail'), longIdentifier),
  'the durable link of a connected account': (stage) => at(stage, paths.connect('gmail'), 'alan@example.com'),
  'the durable link of somebody else': (stage) =>
    at(stage, stage.app.deps.links.urlFor(longIdentifier, 'gmail').slice(stage.app.url.length)),
  'the durable link of somebody else, as an admin sees it': (stage) =>
    at(
      stage,
      stage.app.deps.links.urlFor(longIdentifier, 'gmail').slice(stage.app.url.length),
      'katherine@example.com',
    ),
  'the page of a connection': (stage) => at(stage, paths.connection('gmail')),
  'the page of a connection of a long identifier': (stage) =>
    at(stage, paths.connection('gmail'), longIdentifier),
  'the page of a connected account': (stage) => at(stage, paths.connection('gmail'), 'alan@example.com'),
  'the question before disconnecting': (stage) => at(stage, paths.disconnect('gmail'), 'alan@example.com'),
  'the status page': (stage) => atStatusPage(stage, 'gmail'),
  'the status page of an API key': (stage) => atStatusPage(stage, 'exa'),
  'the status page when it is done': (stage) => answeredConsent(stage, 'allow'),
  'the status page of a failure': (stage) => answeredConsent(stage, 'deny'),
  'the status page of an organization that blocks': (stage) => answeredConsent(stage, 'organization_blocks'),
};

/** An app whose users sign in at a provider, and a page of it. */
async function atProviderApp(stage: Stage, address: string): Promise<Page> {
  const provider = await startTestProvider({ accounts });
  stage.closeLater(provider);
  const app = await stage.otherApp({ env: provider.env });
  provider.allow(app.url);
  return signedOutAt(stage, address, app);
}

const signInScenes: Scenes = {
  'the sign-in': (stage) => signedOutAt(stage, paths.signIn),
  'the sign-in after a form that was out of date': atStaleSignIn,
  async 'the sign-in with a fault'(stage) {
    const page = await signedOutAt(stage, paths.signIn);
    await submit(page, 'identifier', '\u202e');
    return page;
  },
  'the sign-in at a provider': (stage) => atProviderApp(stage, paths.signIn),
  'the failure of a sign-in at a provider': (stage) =>
    atProviderApp(stage, `${paths.signInCallback}?state=unknown`),
  'the account': (stage) => at(stage, paths.account),
  'the account of a long identifier': (stage) => at(stage, paths.account, longIdentifier),
};

/** The link in a mail to somebody with a long address. */
function unsubscribePath({ app }: Stage): string {
  const addressee = { address: `${'long-address.'.repeat(4)}x@mail.example.com`, identifier: longIdentifier };
  return app.deps.mails.unsubscribeLinks.urlFor(addressee).slice(app.url.length);
}

const otherScenes: Scenes = {
  'the question before mails are turned off': (stage) => signedOutAt(stage, unsubscribePath(stage)),
  async 'mails that are turned off'(stage) {
    const page = await signedOutAt(stage, unsubscribePath(stage));
    const done = page.waitForEvent('domcontentloaded');
    await page.locator('main form[method="post"] button').click();
    await done;
    return page;
  },
  async 'the mails of the sandbox'(stage) {
    const app = await stage.otherApp();
    await addMail(app.deps.db, { identifier: longIdentifier });
    return unfolded(await signedOutAt(stage, paths.sandboxOutbox, app));
  },
  async 'no mails of the sandbox'(stage) {
    return signedOutAt(stage, paths.sandboxOutbox, await stage.otherApp());
  },
  'a page that does not exist': (stage) => at(stage, '/nowhere'),
  'the description of the API': (stage) => signedOutAt(stage, apiRoutes.docs),
  'the style guide': (stage) => at(stage, paths.styleguide()),
  'the style guide with long titles': (stage) => at(stage, paths.styleguide(true)),
};

const sandboxScenes: Scenes = {
  'the consent page': (stage) => atScalekit(stage, 'gmail'),
  'the consent page of a long identifier, unfolded': async (stage) =>
    unfolded(await atScalekit(stage, 'gmail', longIdentifier)),
  'the credentials form': (stage) => atScalekit(stage, 'exa'),
  async 'the credentials form with a fault'(stage) {
    const page = await atScalekit(stage, 'exa');
    await submit(page, 'api_key', '');
    return page;
  },
  async 'an ending'(stage) {
    const page = await atScalekit(stage, 'gmail');
    await answer(page, 'stuck');
    return page;
  },
  async 'the control page'(stage) {
    stage.app.sandbox.control.fault({ method: 'ListConnectedAccounts', latencyMs: 10, times: 1 });
    const page = await stage.visit();
    await page.goto(`${stage.app.sandbox.url}/sandbox`);
    return page;
  },
};

export const scenes: Scenes = {
  ...listScenes,
  ...connectionScenes,
  ...signInScenes,
  ...otherScenes,
  ...onboardingScenes,
  ...adminScenes,
  ...sandboxScenes,
  'the choice of a language': (stage) => signedOutAt(stage, paths.language),
  'the list in the window of another app': (stage) => inAnotherApp(stage, paths.connections),
  'the durable link in the window of another app': (stage) => inAnotherApp(stage, paths.connect('gmail')),
  'the page of a connection with its code': async (stage) => {
    const page = await at(stage, paths.connection('gmail'));
    await page.locator('.on-phone').evaluate((details) => {
      (details as unknown as { open: boolean }).open = true;
    });
    return page;
  },
  'the list under a brand': async (stage) => {
    const app = await stage.otherApp({ env: { BRAND_FILE: await writeBrand(difficultBrand) } });
    return at(stage, paths.connections, stage.someone(), app);
  },
  'the sign-in under a brand': async (stage) => {
    const app = await stage.otherApp({ env: { BRAND_FILE: await writeBrand(difficultBrand) } });
    return signedOutAt(stage, paths.signIn, app);
  },
  'the preview of a brand': async (stage) => {
    const app = await stage.otherApp({ env: { BRAND_FILE: await writeBrand(difficultBrand) } });
    return at(stage, paths.styleguideBrand, stage.someone(), app);
  },
};
