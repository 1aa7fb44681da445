import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UnsecuredJWT } from 'jose';
import type { Page } from 'playwright-core';
import type { OnboardingSession } from '../../../server/onboarding/onboardingSession.js';
import { createResultTokens } from '../../../server/onboarding/resultTokens.js';
import { createExampleHost } from '../../exampleHost/exampleHost.js';
import { useStage } from '../../support/browser.js';
import { faultsOf } from '../../support/browserAudit.js';
import { arriveAt, button, card, link, signIn } from '../../support/browserSteps.js';
import { afterAll, attacks, beforeAll, describe, expect, it } from '../../support/jest.js';
import { someSettings } from '../../unit/identity/clients/clients.js';

const stage = useStage();
const name = 'Acme Assistant';
const steps = `Set up connections for ${name}`;
const connections = [
  { name: 'gmail', required: true },
  { name: 'slack', required: true },
  { name: 'exa', required: false },
];

const server = createServer();
let hostUrl: string;

/** The example host, as somebody would run it, and registered as its README says. */
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  hostUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings = someSettings({
    name,
    scopes: ['onboarding', 'status:read'],
    returnUrls: [`${hostUrl}/connected`],
    confirmUrls: [`${hostUrl}/confirm`],
  });
  const { client, key } = await stage.app.deps.apiClients.create(settings, { actor: 'command' });
  const connectUrl = stage.app.url;
  const runTool = async (identifier: string) => [`It worked for ${identifier}`];
  const registered = { clientId: client.id, apiKey: key, webhookSecret: null };
  const options = { connectUrl, ownUrl: hostUrl, connections, runTool, ...registered };
  server.on('request', createExampleHost(options));
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** A browser that is signed in at the host, as nobody when left out. */
async function visitHost(identifier?: string): Promise<Page> {
  const page = await stage.visit();
  if (identifier !== undefined) await page.request.post(`${hostUrl}/sign-in`, { form: { identifier } });
  await page.goto(hostUrl);
  return page;
}

/** Presses the host's button and starts here. */
async function begin(page: Page): Promise<void> {
  await page.goto(hostUrl);
  await button(page, 'Connect your accounts').click();
  await arriveAt(page, `Set up connections for ${name}`);
  await button(page, 'Start').click();
}

async function answerConsent(page: Page, title: string, answer: 'Allow' | 'Deny'): Promise<void> {
  await button(page, `Connect ${title}`).click();
  await arriveAt(page, `Give access to ${title}?`);
  await button(page, answer).click();
}

async function leave(page: Page): Promise<void> {
  await link(page, 'Leave without finishing').click();
  await button(page, `Go back to ${name}`).click();
}

const onboardingOf = async (identifier: string): Promise<OnboardingSession> => {
  const { db, apiClients, onboarding } = stage.app.deps;
  const row = await db
    .selectFrom('onboardingSessions')
    .select(['id', 'clientId'])
    .where('identifier', '=', identifier)
    .orderBy('createdAt', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  const known = await apiClients.find(row.clientId);
  if (known === null) throw new Error('the host is not registered');
  return onboarding.sessions.find(known.client, row.id);
};

const said = (page: Page) => page.getByRole('main').getByRole('paragraph').allTextContents();

describe('the example host', () => {
  it('gets its user back connected, after a denial, another try and a skipped step, and may act then', async () => {
    const page = await visitHost(stage.someone());
    await button(page, 'Run the tool').click();
    await arriveAt(page, 'The tool may not act for you yet');
    await begin(page);
    await arriveAt(page, steps);
    await answerConsent(page, 'Gmail', 'Allow');
    await arriveAt(page, steps);
    await answerConsent(page, 'Slack', 'Deny');
    await arriveAt(page, 'Slack was not connected');
    await link(page, 'Back to the steps').click();
    await card(page, 'Gmail').getByText('Connected', { exact: true }).waitFor();
    await button(page, 'Skip Exa').click();
    await answerConsent(page, 'Slack', 'Allow');
    await arriveAt(page, steps);
    await button(page, `Continue to ${name}`).click();
    await arriveAt(page, 'Onboarding complete');
    expect(await said(page)).toEqual(
      expect.arrayContaining(['gmail: connected', 'slack: connected', 'exa: skipped']),
    );
    await button(page, 'Run the tool').click();
    await arriveAt(page, 'The tool ran');
  });

  it('is told when its user leaves early, and finds what is done in the next onboarding', async () => {
    const page = await visitHost(stage.someone());
    await begin(page);
    await arriveAt(page, steps);
    await answerConsent(page, 'Gmail', 'Allow');
    await arriveAt(page, steps);
    await leave(page);
    await arriveAt(page, 'Onboarding incomplete');
    expect(await said(page)).toEqual(expect.arrayContaining(['gmail: connected', 'slack: not_done']));
    // The same return again, such as by the browser's way back.
    await page.reload();
    await arriveAt(page, 'This return proves nothing');
    await begin(page);
    await arriveAt(page, steps);
    await card(page, 'Gmail').getByText('Connected before', { exact: true }).waitFor();
  });

  it('believes no return but its own, and that one once', async () => {
    attacks('return-proves-nothing');
    const identifier = stage.someone();
    const page = await visitHost(identifier);
    await begin(page);
    await arriveAt(page, steps);
    const { deps, url } = stage.app;
    const own = await onboardingOf(identifier);
    const outcomes = connections.map((asked) => ({
      ...asked,
      outcome: { kind: 'connected' as const, reason: null },
    }));
    const complete: OnboardingSession = { ...own, status: 'complete', outcomes };
    const { resultFor } = createResultTokens(deps.onboarding.keys, url);
    const signed = (changes: Partial<OnboardingSession> = {}) => resultFor({ ...complete, ...changes });
    const good = await signed();
    const [head = '', , signature = ''] = good.split('.');
    const incomplete = (await signed({ status: 'incomplete' })).split('.');
    const returned = async (result: string | null, state = own.state ?? '', browser = page) => {
      const query = new URLSearchParams({ unverified_session_id: own.id, state, status: 'complete' });
      if (result !== null) query.set('signed_result', result);
      return (await browser.request.get(`${hostUrl}/connected?${query}`)).status();
    };
    const unsigned = new UnsecuredJWT({
      session_id: own.id,
      state: own.state,
      status: 'complete',
      connections: [],
    })
      .setIssuer(url)
      .setAudience(own.clientId)
      .setSubject(identifier)
      .setJti('x')
      .setExpirationTime('5 minutes')
      .encode();
    const forged: Record<string, number> = {
      'without a result': await returned(null),
      'a tampered result': await returned([head, incomplete[1], signature].join('.')),
      'an unsigned result': await returned(unsigned),
      'one signed by another Connect': await returned(
        await createResultTokens(deps.onboarding.keys, 'https://evil.example').resultFor(complete),
      ),
      'another audience': await returned(await signed({ clientId: 'another' })),
      'another user': await returned(await signed({ identifier: 'mallory@example.com' })),
      'another onboarding': await returned(await signed({ id: 'obs_AAAAAAAAAAAAAAAAAAAAAA' })),
      'another state in the result': await returned(await signed({ state: 'x' })),
      'another state beside the result': await returned(good, 'x'),
      'in the browser of somebody else': await returned(
        good,
        own.state ?? '',
        await visitHost('eve@example.com'),
      ),
      'in a browser of the same user that began nothing': await returned(
        good,
        own.state ?? '',
        await visitHost(identifier),
      ),
    };
    expect(Object.entries(forged).filter(([, status]) => status !== 400)).toEqual([]);
    const twice = await Promise.all([returned(good), returned(good)]);
    expect(twice.sort()).toEqual([200, 400]);
    expect(await returned(good)).toBe(400);
  });

  it('ends what an attacker began when a victim opens it, and the victim’s own sign-in stays', async () => {
    const [mallory, victim] = [stage.someone(), stage.someone()];
    const attacker = await visitHost(mallory);
    const sent = await attacker.request.post(`${hostUrl}/connect`, { maxRedirects: 0 });
    const trap = sent.headers().location ?? '';
    const page = await visitHost(victim);
    await signIn(page, stage.app.url, victim);
    await page.goto(trap);
    await page.getByText(mallory).first().waitFor();
    await button(page, 'Start').click();
    await arriveAt(page, 'This is not yours');
    expect((await said(page)).join(' ')).toContain(
      'The user at the browser is not the one that it was made for, so it has ended and nothing was connected. Make a new one for the user who is signed in, and don’t send this browser back.',
    );
    const { id, status } = await onboardingOf(mallory);
    expect(status).toBe('cancelled');
    await page.goto(`${stage.app.url}/onboarding/${id}`);
    await arriveAt(page, 'This setup has ended');
    await attacker.goto(trap);
    await arriveAt(attacker, 'This link no longer works');
    expect(stage.app.sandbox.control.accounts().filter(({ identifier }) => identifier === mallory)).toEqual(
      [],
    );
    await page.goto(`${stage.app.url}/account`);
    await page.getByText(victim).first().waitFor();
  });

  it('confirms nobody who is not signed in there', async () => {
    const attacker = await visitHost(stage.someone());
    const sent = await attacker.request.post(`${hostUrl}/connect`, { maxRedirects: 0 });
    const page = await visitHost();
    await page.goto(sent.headers().location ?? '');
    await button(page, 'Start').click();
    await arriveAt(page, 'Sign in first');
  });
});

describe('the page of the API', () => {
  it('reads well on a phone and on a desk, in light and dark', async () => {
    const page = await stage.visit();
    await page.goto(`${stage.app.url}/api/v1/docs`);
    await arriveAt(page, 'API');
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole('link', { name: /Check a user’s connections$/ }).click();
    expect(new URL(page.url()).hash).toBe('#readUserConnections');
  });
});
