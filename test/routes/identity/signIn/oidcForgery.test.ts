import type { SignInFailureCode } from '../../../../server/identity/signIn/signInFailures.js';
import { english as t } from '../../../../server/words/dictionary.js';
import { type Forgery, type ForgingIssuer, startForgingIssuer } from '../../../support/forgingIssuer.js';
import { afterAll, afterEach, attacks, beforeAll, describe, expect, it } from '../../../support/jest.js';
import { createMemoryGateway } from '../../../support/memoryGateway.js';
import { headingOf } from '../../../support/openidApp.js';
import { type Landing, Surfer } from '../../../support/surfer.js';
import { startTestApp, type TestApp } from '../../../support/testApp.js';

let issuer: ForgingIssuer;
let app: TestApp;

beforeAll(async () => {
  issuer = await startForgingIssuer();
  app = await startTestApp({ gateway: createMemoryGateway(), env: issuer.env });
});

afterEach(async () => {
  issuer.forge({});
  for (const table of ['sessions', 'auditEvents', 'users'] as const)
    await app.deps.db.deleteFrom(table).execute();
});

afterAll(async () => {
  await app.close();
  await issuer.close();
});

const now = () => Math.floor(Date.now() / 1000);

async function signInWith(forgery: Forgery): Promise<Landing> {
  issuer.forge(forgery);
  const surfer = new Surfer();
  return surfer.submit(await surfer.go(`${app.url}/sign-in`), 'Sign in');
}

async function expectNobodySignedIn(): Promise<void> {
  const signedIn = app.deps.db.selectFrom('sessions').where('identifier', 'is not', null).selectAll();
  expect(await signedIn.execute()).toEqual([]);
  expect(await app.deps.db.selectFrom('users').selectAll().execute()).toEqual([]);
}

const auditTypes = async () => {
  const rows = await app.deps.db.selectFrom('auditEvents').select('type').execute();
  return rows.map(({ type }) => type);
};

describe('an honest answer', () => {
  it('signs in', async () => {
    expect((await signInWith({})).url).toBe(`${app.url}/connections`);
  });

  it.each([
    ['that ended half a minute ago', () => ({ exp: now() - 30 })],
    ['of a clock half a minute ahead', () => ({ iat: now() + 30, nbf: now() + 30 })],
  ])('%s still counts', async (_, claims) => {
    expect((await signInWith({ claims: claims() })).url).toBe(`${app.url}/connections`);
  });
});

describe('an answer that the provider would not have made for this try', () => {
  it.each<[string, Forgery]>([
    ['signed by another key', { otherKey: true }],
    ['not signed', { unsigned: true }],
    ['for another client', { claims: { aud: 'another-client' } }],
    ['of another issuer', { claims: { iss: 'https://evil.example' } }],
    ['with the nonce of another try', { claims: { nonce: 'of-another-try' } }],
    ['without a nonce', { without: ['nonce'] }],
    ['without a subject', { without: ['sub'] }],
    ['without an end', { without: ['exp'] }],
    ['with another issuer in the redirect', { issuerOfRedirect: 'https://evil.example' }],
    ['with userinfo about somebody else', { claims: { name: undefined }, userInfo: { sub: 'ada' } }],
  ])('is refused: %s', async (_, forgery) => {
    const landing = await signInWith(forgery);
    expect(headingOf(landing)).toBe('You are not signed in');
    expect(landing.text).toContain(
      'The answer of the sign-in service did not pass our checks, so it does not count. Try again, and tell your administrator if it happens again.',
    );
    expect(landing.text).toMatch(/quote <bdi>\w{3}-\w{3}<\/bdi>\./);
    await expectNobodySignedIn();
    expect(await auditTypes()).toEqual(['security.sign_in_not_trusted']);
  });
});

describe('clocks that are more than a minute apart', () => {
  it.each([
    ['behind', () => ({ iat: now() - 800, exp: now() - 200 })],
    ['ahead', () => ({ iat: now() + 200, exp: now() + 800 })],
    ['ahead, told as the beginning', () => ({ nbf: now() + 200 })],
  ])('are named in words when the provider’s is %s', async (_, claims) => {
    const landing = await signInWith({ claims: claims() });
    expect(headingOf(landing)).toBe('The clocks do not agree');
    await expectNobodySignedIn();
  });
});

describe('what the provider says of somebody', () => {
  it('never becomes an identifier that pages, Scalekit or a database would read otherwise', async () => {
    for (const sub of ['x'.repeat(101), ' ada', 'ada\u202e', 'ada\u0000']) {
      const landing = await signInWith({ claims: { sub }, userInfo: { sub } });
      expect(headingOf(landing)).toBe('You can’t be signed in');
    }
    await expectNobodySignedIn();
  });

  it('becomes a name without markup, links or marks that turn the text', async () => {
    attacks('clean-names');
    const name = 'Pay\u202e <b>now</b>: https://evil.example/x';
    const { text } = await signInWith({ claims: { name } });
    expect(text).toContain('Pay b now b https evil example x');
    expect(text).not.toMatch(/<b>|\u202e|evil\.example/);
  });
});

describe('an error in place of a code', () => {
  it.each([
    ['access_denied', 'denied'],
    ['login_required', 'denied'],
    ['server_error', 'provider_error'],
    ['temporarily_unavailable', 'provider_error'],
    ['<script>', 'provider_error'],
    ['invalid_scope', 'operator_settings'],
    ['unauthorized_client', 'operator_settings'],
  ] as const)('%s is told in words of ours', async (error, code) => {
    const landing = await signInWith({ error });
    expect(headingOf(landing)).toBe(t(`identity.signInFailures.${code}.heading`));
    expect(landing.text).not.toContain(error);
    await expectNobodySignedIn();
  });
});

it('writes an error down as plain text, whatever it holds', async () => {
  const landing = await signInWith({ error: `a\u0000b\u202e${'x'.repeat(2000)}` });
  expect(headingOf(landing)).toBe('You are not signed in');
  const { detail } = await app.deps.db.selectFrom('auditEvents').select('detail').executeTakeFirstOrThrow();
  expect(detail).toMatch(/^provider_error: a b x{200,300}$/);
});

describe('settings of another issuer', () => {
  it('are not used', async () => {
    const fresh = await startTestApp({ gateway: createMemoryGateway(), env: issuer.env });
    try {
      issuer.forge({ settings: { issuer: 'https://evil.example' } });
      const page = await new Surfer().go(`${fresh.url}/sign-in`);
      expect(page.status).toBe(503);
      expect(headingOf(page)).toBe('Sign-in is not possible right now');
    } finally {
      await fresh.close();
    }
  });
});

describe('an error of a provider', () => {
  const entra = (code: number, words: string) => ({
    error: 'invalid_grant',
    error_description: `AADSTS${code}: ${words} Trace ID: 0 Correlation ID: 0 Timestamp: 2026-01-01 00:00:00Z`,
  });

  it.each<[string, Forgery, SignInFailureCode]>([
    [
      'about a code that it does not take any more',
      { tokenError: { error: 'invalid_grant', error_description: 'Code not valid' } },
      'code_refused',
    ],
    [
      'about a rule of conditional access',
      { tokenError: entra(53003, 'Access has been blocked by Conditional Access policies.') },
      'policy_refused',
    ],
    [
      'about a second step',
      { tokenError: entra(50076, 'Due to a configuration change you must use multi-factor authentication.') },
      'policy_refused',
    ],
    [
      'about a user who was not given the app',
      {
        error: 'access_denied',
        errorDescription: 'AADSTS50105: The signed in user is not assigned to a role.',
      },
      'policy_refused',
    ],
    [
      'about a rule, as Okta says it',
      {
        error: 'access_denied',
        errorDescription:
          'Policy evaluation failed for this request, please check the policy configurations.',
      },
      'policy_refused',
    ],
    [
      'about a secret that is too old',
      {
        tokenError: {
          error: 'invalid_client',
          error_description: 'AADSTS7000222: The provided client secret keys are expired.',
        },
      },
      'operator_settings',
    ],
    [
      'with a code of its own',
      { tokenError: { error: 'invalid_code', error_description: '' } },
      'provider_error',
    ],
    ['signed with a secret', { secretSigned: true }, 'signed_with_secret'],
    [
      'signed with a secret, as its settings say',
      { secretSigned: true, settings: { id_token_signing_alg_values_supported: ['HS256'] } },
      'signed_with_secret',
    ],
  ])('is told in its own words: %s', async (_, forgery, code) => {
    const fresh = await startTestApp({ gateway: createMemoryGateway(), env: issuer.env });
    try {
      issuer.forge(forgery);
      const surfer = new Surfer();
      const landing = await surfer.submit(await surfer.go(`${fresh.url}/sign-in`), 'Sign in');
      expect(headingOf(landing)).toBe(t(`identity.signInFailures.${code}.heading`));
      expect(landing.text).toContain(t(`identity.signInFailures.${code}.detail`));
      expect(await fresh.deps.db.selectFrom('users').selectAll().execute()).toEqual([]);
      expect(fresh.logLines().some((line) => line.code === `sign_in_${code}`)).toBe(true);
    } finally {
      await fresh.close();
    }
  });
});

describe('what a provider says of somebody in an error', () => {
  const said =
    "User 'mallory@example.com'\n    at mallory@example.com (mallory%40example.com)\u202e is unknown";

  it.each([
    ['with the browser', { error: 'access_denied', errorDescription: said }],
    ['in place of tokens', { tokenError: { error: 'invalid_grant', error_description: said } }],
  ])('%s is kept without the address, in the log and in the audit trail', async (_, forgery) => {
    attacks('logs-name-nobody');
    const before = app.logLines().length;
    await signInWith(forgery);
    await expectNobodySignedIn();
    const log = JSON.stringify(app.logLines().slice(before));
    expect(log).toContain("User ':masked'");
    expect(log).toContain(' is unknown');
    expect(log).not.toMatch(/mallory|\u202e/);
    const [event] = await app.deps.db.selectFrom('auditEvents').select('detail').execute();
    expect(event?.detail).toMatch(/: User ':masked'.* is unknown$/);
  });
});
