import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { paths } from '../../server/paths.js';
import type { Stage } from './browser.js';
import {
  arriveAt,
  button,
  connectByConsent,
  fillSignIn,
  goToConsent,
  link,
  openInNewTab,
  signIn,
  simulate,
} from './browserSteps.js';

/** Brings a browser to one page in one state. */
export type Scene = (stage: Stage) => Promise<Page>;

const longIdentifier = `${'long'.repeat(23)}@test.io`.padEnd(100, 'x').slice(0, 100);

async function signedIn(stage: Stage, identifier = stage.someone(), origin = stage.app.url): Promise<Page> {
  const page = await stage.visit();
  await signIn(page, origin, identifier);
  return page;
}

async function at(stage: Stage, address: string, identifier?: string): Promise<Page> {
  const page = await signedIn(stage, identifier);
  await page.goto(stage.app.url + address);
  return page;
}

async function atSignIn(stage: Stage): Promise<Page> {
  const page = await stage.visit();
  await page.goto(`${stage.app.url}/sign-in`);
  return page;
}

/** The sign-in once more, after a form whose browser had forgotten it. */
async function atStaleSignIn(stage: Stage): Promise<Page> {
  const page = await atSignIn(stage);
  await page.context().clearCookies();
  await fillSignIn(page, stage.someone());
  await page.getByText('The page was open for too long, so you weren’t signed in. Try again.').waitFor();
  return page;
}

async function atConsent(stage: Stage, identifier?: string): Promise<Page> {
  const page = await signedIn(stage, identifier);
  await goToConsent(page, 'Connect Gmail', 'Gmail');
  return page;
}

async function waitingForKey(stage: Stage): Promise<Page> {
  const page = await signedIn(stage);
  await button(page, 'Connect Exa').click();
  await arriveAt(page, 'Enter your Exa key');
  return page;
}

async function atCredentials(stage: Stage): Promise<Page> {
  const page = await waitingForKey(stage);
  const tab = await openInNewTab(page, 'Enter your Exa key');
  await arriveAt(tab, 'Connect Exa');
  return tab;
}

/** A list with as many connections as an operator may have, all with titles that break nowhere. */
async function crowdedList(stage: Stage): Promise<Page> {
  const folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
  stage.closeLater({ close: () => rm(folder, { recursive: true }) });
  const names = Array.from({ length: 30 }, (_, index) => `tool-${index}`);
  const shown = names.map((name, index) => ({
    name,
    title: 'Abcdefghij'.repeat(6).slice(2) + String(index).padStart(2, '0'),
  }));
  const file = path.join(folder, 'connections.json');
  await writeFile(file, JSON.stringify({ connections: shown }));
  const app = await stage.otherApp({ env: { CONNECTIONS_FILE: file } });
  const identifier = stage.someone();
  const states = ['ACTIVE', 'EXPIRED', 'PENDING_AUTH'] as const;
  for (const [index, connectionName] of names.entries()) {
    app.sandbox.control.setConnection(connectionName, { provider: connectionName });
    const status = states[index];
    if (status) app.sandbox.control.setAccount({ connectionName, identifier, status });
  }
  return signedIn(stage, identifier, app.url);
}

async function emptyList(stage: Stage): Promise<Page> {
  const app = await stage.otherApp();
  for (const { name } of app.sandbox.control.connections())
    app.sandbox.control.setConnection(name, { enabled: false });
  return signedIn(stage, stage.someone(), app.url);
}

/** The list, in the states that look different. */
export const listScenes: Readonly<Record<string, Scene>> = {
  'the list of a new user': (stage) => signedIn(stage),
  'the list with every state': (stage) => signedIn(stage, 'grace@example.com'),
  'the list where everything is connected': (stage) => signedIn(stage, 'alan@example.com'),
  'the list of a long identifier': (stage) => signedIn(stage, longIdentifier),
  'the empty list': emptyList,
  'the crowded list': crowdedList,
  async 'the list with a confirmation'(stage) {
    const page = await atConsent(stage);
    await button(page, 'Allow').click();
    await link(page, 'Continue').click();
    await page.getByText('Gmail is connected.').waitFor();
    return page;
  },
  async 'the list during an outage'(stage) {
    const identifier = stage.someone();
    const page = await signedIn(stage, identifier);
    stage.app.sandbox.control.fault({ method: 'ListConnectedAccounts', error: 'internal' });
    stage.app.deps.reader.drop(identifier);
    await page.reload();
    return page;
  },
};

/** The link in a mail to somebody with a long address. */
function unsubscribePath({ app }: Stage): string {
  const addressee = { address: `${'long-address.'.repeat(4)}x@mail.example.com`, identifier: longIdentifier };
  return app.deps.mails.unsubscribeLinks.urlFor(addressee).slice(app.url.length);
}

/** Every other page of the app and of the sandbox, in the states that look different. */
export const singleScenes: Readonly<Record<string, Scene>> = {
  'the sign-in': atSignIn,
  'the sign-in after a form that was out of date': atStaleSignIn,
  async 'the sign-in with a fault'(stage) {
    const page = await atSignIn(stage);
    await page.getByLabel('Any identifier', { exact: true }).fill(' blank@example.com');
    await button(page, 'Sign in').click();
    await page
      .getByText('An identifier neither begins nor ends with a blank. Take the blank away.')
      .waitFor();
    return page;
  },
  'the durable link': (stage) => at(stage, paths.connect('gmail')),
  'the durable link of a long identifier': (stage) => at(stage, paths.connect('gmail'), longIdentifier),
  'the durable link of a connected account': (stage) => at(stage, paths.connect('gmail'), 'alan@example.com'),
  'the page of a connection': (stage) => at(stage, paths.connection('gmail')),
  'the page of a connection of a long identifier': (stage) =>
    at(stage, paths.connection('gmail'), longIdentifier),
  'the page of a connected account': (stage) => at(stage, paths.connection('gmail'), 'alan@example.com'),
  'the question before disconnecting': (stage) => at(stage, paths.disconnect('gmail'), 'alan@example.com'),
  async 'the status page'(stage) {
    const page = await atConsent(stage);
    await page.goto(`${stage.app.url}/connections/gmail/status`);
    return page;
  },
  'the status page of an API key': waitingForKey,
  async 'the status page when it is done'(stage) {
    const page = await signedIn(stage);
    // An answer without content keeps the browser where it is, so that the page can be looked at.
    await page.route(/\/connections\?flow=/, (route) => route.fulfill({ status: 204 }));
    await connectByConsent(page, 'Connect Gmail', 'Gmail');
    return page;
  },
  async 'the status page of a failure'(stage) {
    const page = await atConsent(stage);
    await button(page, 'Deny').click();
    await arriveAt(page, 'Gmail was not connected');
    return page;
  },
  async 'the status page of an organization that blocks'(stage) {
    const page = await atConsent(stage);
    await simulate(page, 'Blocked by the organization');
    await arriveAt(page, 'Your organization has to approve this first');
    return page;
  },
  'the question before mails are turned off': (stage) => at(stage, unsubscribePath(stage)),
  async 'mails that are turned off'(stage) {
    const page = await at(stage, unsubscribePath(stage));
    await button(page, 'Turn mails off').click();
    await page.getByRole('heading', { name: 'Mails are off' }).waitFor();
    return page;
  },
  'a page that does not exist': (stage) => at(stage, '/nowhere'),
  'the consent page': (stage) => atConsent(stage),
  async 'the consent page of a long identifier, unfolded'(stage) {
    const page = await atConsent(stage, longIdentifier);
    await page.getByText('Simulate a failure').click();
    return page;
  },
  'the credentials form': atCredentials,
  async 'the credentials form with a fault'(stage) {
    const tab = await atCredentials(stage);
    await button(tab, 'Connect').click();
    await tab.getByRole('alert').waitFor();
    return tab;
  },
  async 'an ending'(stage) {
    const page = await atConsent(stage);
    await simulate(page, 'Browser never returns');
    await arriveAt(page, 'This window stays here');
    return page;
  },
  async 'the control page'(stage) {
    stage.app.sandbox.control.fault({ method: 'ListConnectedAccounts', latencyMs: 10, times: 1 });
    const page = await stage.visit();
    await page.goto(`${stage.app.sandbox.url}/sandbox`);
    return page;
  },
};
