import { checkSignIn } from '../../../server/commands/doctor/signInChecks.js';
import { type Glewlwyd, type GlewlwydOptions, startGlewlwyd } from '../../support/glewlwyd.js';
import { afterEach, describe, expect, it } from '../../support/jest.js';
import { createMemoryGateway } from '../../support/memoryGateway.js';
import { headingOf } from '../../support/openidApp.js';
import { findProgram } from '../../support/program.js';
import { Surfer } from '../../support/surfer.js';
import { startTestApp, type TestApp } from '../../support/testApp.js';

let provider: Glewlwyd;
let app: TestApp;

afterEach(async () => {
  await app.close();
  await provider.close();
});

async function start(
  env: Readonly<Record<string, string>> = {},
  options: GlewlwydOptions = {},
): Promise<void> {
  provider = await startGlewlwyd(await findProgram('glewlwyd', 'glewlwyd'), options);
  app = await startTestApp({ gateway: createMemoryGateway(), env: { ...provider.env, ...env } });
  await provider.allow(app.url);
}

/** Signs in as a browser would that is signed in there; glewlwyd's own page needs script. */
async function signIn() {
  const surfer = new Surfer();
  const { name, value } = await provider.signIn();
  surfer.plant('localhost', name, value);
  const page = await surfer.go(`${app.url}/sign-in`);
  const atProvider = await surfer.submit(page, 'Sign in', {
    stopAt: (url) => url.includes('/api/oidc/auth'),
  });
  return { surfer, landing: await surfer.go(`${atProvider.url}&g_continue`) };
}

const users = () => app.deps.db.selectFrom('users').select(['identifier', 'displayName', 'email']).execute();

describe('glewlwyd', () => {
  it('signs users in and out, with a client whose id and secret have marks', async () => {
    await start();
    const { surfer, landing } = await signIn();
    expect(landing.url).toBe(`${app.url}/connections`);
    expect(await users()).toEqual([
      { identifier: expect.any(String), displayName: 'Ada Lovelace', email: null },
    ]);
    const back = await surfer.submit(landing, 'Sign out');
    expect(headingOf(back)).toBe('Sign in to Connect accounts');
  });

  it('verifies no address, which the operator may trust', async () => {
    await start({ OIDC_IDENTIFIER_CLAIM: 'email', OIDC_EMAIL_TRUSTED: 'true' });
    expect((await signIn()).landing.url).toBe(`${app.url}/connections`);
    expect(await users()).toMatchObject([{ identifier: 'ada@example.com', email: 'ada@example.com' }]);
  });

  it('is told in words when it signs with a secret', async () => {
    await start({}, { signsWithSecret: true });
    const { landing } = await signIn();
    expect(landing.text).toContain(
      'The sign-in service signs its answers in a way that this app does not take',
    );
  });

  it('refuses a made-up code with a word of its own, of which the doctor makes no failure', async () => {
    await start();
    const findings = await checkSignIn(app.deps.config);
    expect(findings.map(({ level, text }) => `${level} ${text}`).join('\n')).toMatch(
      /^warn it cannot be told whether the provider knows this app \(invalid_code\)$/m,
    );
  });
});
