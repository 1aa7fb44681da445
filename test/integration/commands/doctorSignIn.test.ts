import { watchSignIn } from '../../../server/commands/doctor/signInWatchCheck.js';
import { readConfig } from '../../../server/config/config.js';
import { type Forgery, type ForgingIssuer, startForgingIssuer } from '../../support/forgingIssuer.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '../../support/jest.js';
import { createMemoryGateway } from '../../support/memoryGateway.js';
import { Surfer } from '../../support/surfer.js';
import { startTestApp, type TestApp } from '../../support/testApp.js';
import { databaseKinds, postgresOfThisFile } from '../../unit/tempDatabase.js';

let issuer: ForgingIssuer;
let app: TestApp;

beforeAll(async () => {
  issuer = await startForgingIssuer();
});

afterEach(() => app.close());

afterAll(() => issuer.close());

const roles = { OIDC_ROLE_CLAIM: 'realm_access.roles', OIDC_ADMIN_VALUE: 'boss' };

async function start(env: Readonly<Record<string, string>>, databaseUrl?: string): Promise<void> {
  app = await startTestApp({
    gateway: createMemoryGateway(),
    env: { ...issuer.env, ...env },
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
  });
}

/** What the doctor tells of a sign-in, which begins once it waits for one. */
async function watch(tells: Forgery, waitMs = 20_000): Promise<string[]> {
  issuer.forge(tells);
  const said: string[] = [];
  let signedIn: Promise<unknown> = Promise.resolve();
  const findings = await watchSignIn(app.deps.config, {
    waitMs,
    lookEveryMs: 10,
    say(line) {
      said.push(line);
      const surfer = new Surfer();
      signedIn = surfer.go(`${app.url}/sign-in`).then((page) => surfer.submit(page, 'Sign in'));
    },
  });
  await signedIn;
  expect(said.join()).toContain(`${app.url}/sign-in`);
  return findings.map(({ level, text }) => `${level} ${text}`);
}

const watches = () => app.deps.db.selectFrom('signInWatches').selectAll().execute();

describe('the doctor waits for a sign-in', () => {
  it.each(databaseKinds)('and tells what came and what became of it, on %s', async (kind) => {
    await start(
      { ...roles, OIDC_IDENTIFIER_CLAIM: 'email' },
      kind === 'postgres' ? (await postgresOfThisFile()).url : undefined,
    );
    const told = await watch({
      claims: { email: 'Ada@example.com', email_verified: true, realm_access: { roles: ['staff', 'boss'] } },
    });
    expect(told).toEqual([
      expect.stringMatching(
        /^ok ID token: aud: text; email: text; email_verified: true; .*; realm_access: object with roles; sub: text$/,
      ),
      'ok email is verified, by email_verified',
      'ok realm_access.roles has staff, boss: an admin',
      'ok email became the identifier ada@example.com, named Mallory, with the role admin',
    ]);
    expect(JSON.stringify(told)).not.toMatch(/nonce-|Ada@/);
    expect(await watches()).toEqual([]);
  });

  it.each<[string, Forgery, readonly string[]]>([
    [
      'an address that nothing is said of',
      { claims: { email: 'ada@example.com', realm_access: { roles: ['staff'] } } },
      [
        'warn email_verified is not told, so the address does not count and no mail goes to it: see OIDC_EMAIL_TRUSTED, or have Entra send xms_edov',
        'warn realm_access.roles has staff: neither OIDC_ADMIN_VALUE nor OIDC_VIEWER_VALUE, to the letter, so a user',
        'fail the sign-in was refused (email_unsaid: email): see OIDC_EMAIL_TRUSTED, or have Entra send xms_edov',
      ],
    ],
    [
      'userinfo that is refused',
      { userInfoStatus: 403 },
      [
        'warn userinfo was refused, so that only the ID token tells anything',
        'warn there is no email, so no mail goes to this user',
        'warn there is no realm_access.roles, neither by that name nor on that path, or nothing in it',
        'fail the sign-in was refused (userinfo_refused: status 403): have the provider let this app ask userinfo, or put the claims into the ID token',
      ],
    ],
  ])('and says what is wrong: %s', async (_, tells, lines) => {
    await start({ ...roles, OIDC_IDENTIFIER_CLAIM: 'email' });
    const told = await watch(tells);
    expect(told.filter((line) => !/^ok (ID token|userinfo): /.test(line))).toEqual(lines);
  });

  it('and says that groups were left out', async () => {
    await start({ OIDC_ROLE_CLAIM: 'groups', OIDC_ADMIN_VALUE: 'boss' });
    const told = await watch({ claims: { _claim_names: { groups: 'src1' } } });
    expect(told).toContain(
      'fail the provider left groups out, as too long a list: have it send only the groups that are assigned to this app, or app roles',
    );
  });

  it('and says why the provider refused', async () => {
    await start({});
    const told = await watch({
      tokenError: { error: 'invalid_client', error_description: 'a wrong secret' },
    });
    expect(told).toEqual([
      'fail the sign-in was refused (operator_settings: invalid_client: a wrong secret)',
    ]);
  });

  it('and is content with nobody', async () => {
    await start({});
    const findings = await watchSignIn(app.deps.config, {
      waitMs: 30,
      lookEveryMs: 10,
      say: () => undefined,
    });
    expect(findings.map(({ text }) => text)).toEqual(['nobody signed in in time: run this again']);
    expect(await watches()).toEqual([]);
  });

  it('where there is a provider', async () => {
    await start({});
    expect(
      (await watchSignIn(readConfig({}), { waitMs: 30, say: () => undefined })).map(({ level }) => level),
    ).toEqual(['warn']);
  });
});

it('nothing of a sign-in is written down for an operator who does not wait', async () => {
  await start({});
  const surfer = new Surfer();
  issuer.forge({});
  await surfer.submit(await surfer.go(`${app.url}/sign-in`), 'Sign in');
  expect(await watches()).toEqual([]);
});
