import { createRemoteJWKSet, jwtVerify } from 'jose';
import { freePort } from '../../support/freePort.js';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';
import { accounts, goToProvider, signInAs } from '../../support/openidApp.js';
import { startTestProvider, type TestProvider } from '../../support/openidProvider.js';
import { type SmtpPeer, startSmtpServer } from '../../support/smtpServer.js';
import { type Landing, Surfer } from '../../support/surfer.js';
import { type SandboxedApp, startSandboxedApp } from '../../support/testApp.js';
import { anotherApp, type OtherApp, returnUrl } from '../onboarding/onboardingJourneys.js';

const ada = accounts.ada.email;

let provider: TestProvider;
let mailServer: SmtpPeer;
let app: SandboxedApp;
let publicUrl: string;
let acme: OtherApp;

beforeAll(async () => {
  const port = await freePort();
  publicUrl = `http://127.0.0.1:${port}/apps/connect`;
  provider = await startTestProvider({ accounts, backchannelLogout: true });
  provider.allow(publicUrl);
  mailServer = await startSmtpServer();
  app = await startSandboxedApp({
    port,
    env: {
      ...provider.env,
      OIDC_IDENTIFIER_CLAIM: 'email',
      PUBLIC_URL: publicUrl,
      SESSION_SECRET: 'a secret of the tests that is long enough',
      SMTP_URL: mailServer.url,
      MAIL_FROM: 'Acme <accounts@acme.example>',
    },
  });
  acme = await anotherApp({ url: publicUrl, deps: app.deps });
});

afterAll(async () => {
  await app.deps.mails.sender.stop();
  await app.close();
  await mailServer.close();
  await provider.close();
});

/** Every address of this app on a way. */
const ownOf = ({ way }: Landing) => way.filter((url) => url.startsWith(new URL(publicUrl).origin));

/** Gives access at the consent page of the sandbox. */
async function allow(surfer: Surfer, consent: Landing): Promise<Landing> {
  expect(consent.url.startsWith(app.sandbox.url)).toBe(true);
  return surfer.go(consent.url, { method: 'POST', form: { outcome: 'allow' } });
}

describe('a sign-in at a provider, for an app whose public URL has a path', () => {
  it('comes back to the page that was asked for, by the callback under the path', async () => {
    const surfer = new Surfer();
    const page = await surfer.go(`${publicUrl}/connect/gmail?x=1`);
    const atProvider = await surfer.submit(page, 'Sign in');
    const asked = new URL(atProvider.way[1] ?? '').searchParams;
    expect(asked.get('redirect_uri')).toBe(`${publicUrl}/sign-in/callback`);
    const landing = await surfer.submit(atProvider, 'Continue as ada');
    expect([landing.status, landing.url]).toEqual([200, `${publicUrl}/connect/gmail?x=1`]);
    expect(landing.way.some((url) => url.startsWith(`${publicUrl}/sign-in/callback?`))).toBe(true);
  });

  it('is over there too after signing out, which leads back to the sign-in under the path', async () => {
    const { surfer, landing } = await signInAs('ada', publicUrl);
    const atProvider = await surfer.submit(landing, 'Sign out');
    const asked = new URL(atProvider.way[1] ?? '').searchParams;
    expect(asked.get('post_logout_redirect_uri')).toBe(`${publicUrl}/sign-in`);
    const back = await surfer.submit(atProvider, 'Sign out here too');
    expect([back.status, back.url]).toEqual([200, `${publicUrl}/sign-in`]);
    expect((await goToProvider(surfer, publicUrl)).text).toContain('Continue as ada');
  });

  it('ends when the provider tells it to the address under the path', async () => {
    const { surfer } = await signInAs('ada', publicUrl);
    expect((await surfer.ask(`${publicUrl}/account`)).status).toBe(200);
    await surfer.submit(await surfer.go(`${provider.url}/session/end`), 'Sign out here too');
    const { status, headers } = await surfer.ask(`${publicUrl}/account`);
    expect([status, headers.get('location')]).toEqual([303, '/apps/connect/sign-in?return_to=%2Faccount']);
  });
});

describe('an onboarding of another app, in an app whose public URL has a path', () => {
  /** Connects what is asked for from the steps, and ends. @returns where the browser is sent back to */
  async function connectAndFinish(surfer: Surfer, steps: Landing, title: string): Promise<URL> {
    const connected = await allow(surfer, await surfer.submit(steps, `Connect ${title}`));
    expect(connected.way.some((url) => url.startsWith(`${publicUrl}/user/verify?`))).toBe(true);
    expect(ownOf(connected).every((url) => url.startsWith(`${publicUrl}/`))).toBe(true);
    expect([connected.status, connected.text.includes(`${title} is connected`)]).toEqual([200, true]);
    const after = await surfer.go(steps.url);
    const stopAt = (url: string) => url.startsWith(returnUrl);
    const returned = await surfer.submit(after, 'Continue to Acme Assistant', { stopAt });
    return new URL(returned.url);
  }

  it('goes by the other app’s confirmation and a consent back to it, with a result that the path signs', async () => {
    const surfer = new Surfer();
    const { id, path } = await acme.create({ connections: [{ name: 'gmail' }] });
    expect(path.startsWith('/apps/connect/onboarding/start?')).toBe(true);
    const start = await surfer.go(new URL(path, publicUrl).href);
    const stopAt = (url: string) => url.startsWith('https://acme.example/confirm?');
    const confirming = await surfer.submit(start, 'Start', { stopAt });
    const told = await acme.tell(confirming.url, ada);
    expect(told.body.continue_url.startsWith(`${publicUrl}/onboarding/${id}/continue?`)).toBe(true);
    const between = await surfer.go(told.body.continue_url as string);
    const steps = await surfer.submit(between, 'Continue');
    expect(steps.url).toBe(`${publicUrl}/onboarding/${id}`);
    const { searchParams } = await connectAndFinish(surfer, steps, 'Gmail');
    expect(searchParams.get('state')).toBe('its state');
    const keys = createRemoteJWKSet(new URL(`${publicUrl}/.well-known/jwks.json`));
    const options = { issuer: publicUrl, audience: acme.client.id };
    const { payload } = await jwtVerify(searchParams.get('signed_result') ?? '', keys, options);
    expect(payload).toMatchObject({ sub: ada, session_id: id, status: 'complete' });
    expect(await acme.statusOf(id)).toBe('complete');
  });

  it('asks for the sign-in here, at the provider and back', async () => {
    const surfer = new Surfer();
    const { id, path } = await acme.create({ connections: [{ name: 'slack' }], user_check: 'sign_in' });
    const asked = await surfer.submit(await surfer.go(new URL(path, publicUrl).href), 'Start');
    const atProvider = await surfer.submit(asked, 'Sign in');
    const back = await surfer.submit(atProvider, 'Continue as ada');
    expect(back.url).toBe(`${publicUrl}/onboarding/${id}/sign-in`);
    const steps = await surfer.submit(back, 'Continue');
    expect(steps.url).toBe(`${publicUrl}/onboarding/${id}`);
    expect((await connectAndFinish(surfer, steps, 'Slack')).searchParams.get('state')).toBe('its state');
  });
});

describe('a mail of an app whose public URL has a path', () => {
  it('has links under the path, which lead to where they say', async () => {
    const { surfer } = await signInAs('ada', publicUrl);
    const request = { identifier: ada, connectionName: 'exa', requestedBy: 'client:acme', key: 'one' };
    expect(await app.deps.mails.invitations.inviteByMail(request)).toBe('queued');
    await app.deps.mails.sender.look();
    const [mail] = mailServer.received;
    const links = mail?.text.match(/https?:\/\/\S+/g) ?? [];
    expect(links.length).toBeGreaterThan(1);
    for (const link of links) {
      expect(link.startsWith(`${publicUrl}/`)).toBe(true);
      expect((await surfer.go(link)).status).toBe(200);
    }
    const [, oneClick = ''] = /^<(.*)>$/.exec(mail?.header('List-Unsubscribe') ?? '') ?? [];
    expect(oneClick.startsWith(`${publicUrl}/mail/unsubscribe?`)).toBe(true);
    const turnedOff = await surfer.submit(await surfer.go(oneClick), 'Turn mails off');
    expect(turnedOff.url.startsWith(`${publicUrl}/`)).toBe(true);
    expect((await app.deps.mails.recipients.preferencesOf(ada)).wanted).toBe(false);
  });
});
