import { userCommand } from '../../../../server/commands/user.js';
import { adminPaths } from '../../../../server/paths.js';
import { printedBy } from '../../../support/command.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { headingOf, type OpenidApp, signInAs, startOpenidApp } from '../../../support/openidApp.js';
import type { Landing, Surfer } from '../../../support/surfer.js';

const address = 'ada@example.com';
const person = { email: address, email_verified: true };
/** The provider gave the address to a new person, and knows an admin. */
const accounts = {
  former: { ...person, name: 'Ada Lovelace' },
  newcomer: { ...person, name: 'Ada Byron' },
  another: person,
  boss: { email: 'boss@example.com', email_verified: true, name: 'Boss' },
};

let app: OpenidApp;

const start = (env: Record<string, string> = {}) =>
  startOpenidApp({
    provider: { accounts },
    env: { OIDC_IDENTIFIER_CLAIM: 'email', ADMIN_IDENTIFIERS: 'boss@example.com', ...env },
  });

beforeEach(async () => {
  app = await start();
});

afterEach(() => app.close());

const isSignedIn = async (surfer: Surfer) => (await surfer.ask(`${app.url}/account`)).status === 200;
const eventsOf = async (type: string) => (await app.audit()).filter((event) => event.type === type);
const decision = `${adminPaths.otherSignIn(address)}`;

/** Sends the form of the page, with a decision. */
function decide(admin: Surfer, page: Landing, choice: string): Promise<Landing> {
  const value = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page.text)?.[1] ?? '';
  // The first form of the page signs out; all forms have the same token.
  const form = { _csrf: value('_csrf'), key: value('key'), decision: choice };
  return admin.go(`${app.url}${decision}`, { method: 'POST', form });
}

describe('the same address with another subject', () => {
  it('signs nobody in, says why, changes nothing of the user, and is a security event about the user', async () => {
    attacks('known-by-subject');
    const { surfer: former } = await signInAs('former', app.url);
    const { surfer, landing } = await signInAs('newcomer', app.url);
    expect(landing.status).toBe(403);
    expect(headingOf(landing)).toBe('This account is not known yet');
    expect(landing.text).toContain('Please ask your administrator');
    expect([await isSignedIn(surfer), await isSignedIn(former)]).toEqual([false, true]);
    expect(await app.deps.db.selectFrom('users').select('displayName').execute()).toEqual([
      { displayName: 'Ada Lovelace' },
    ]);
    expect(await eventsOf('security.sign_in_other_subject')).toMatchObject([{ identifier: address }]);
    expect(await isSignedIn((await signInAs('former', app.url)).surfer)).toBe(true);
  });

  it('is let in once an admin says that it is the same person, and takes the place of the former', async () => {
    attacks('known-by-subject');
    const { surfer: former } = await signInAs('former', app.url);
    await signInAs('newcomer', app.url);
    const { surfer: admin } = await signInAs('boss', app.url);
    const page = await admin.go(`${app.url}${adminPaths.user(address)}`);
    expect(page.text).toContain('Somebody else tried to sign in with this identifier');
    expect(page.text).toContain(`href="${decision}"`);
    const asked = await admin.go(`${app.url}${decision}`);
    for (const shown of ['former', 'newcomer', app.provider.url]) expect(asked.text).toContain(shown);
    const after = await decide(admin, asked, 'accept');
    expect(after.text).toContain('The new sign-in is accepted.');
    expect(after.text).not.toContain(`href="${decision}"`);
    expect(await eventsOf('user.other_sign_in_accepted')).toMatchObject([{ identifier: address }]);
    expect(await isSignedIn(former)).toBe(false);
    expect(await isSignedIn((await signInAs('newcomer', app.url)).surfer)).toBe(true);
    expect((await signInAs('former', app.url)).landing.status).toBe(403);
  });

  it('stays refused when an admin leaves it, and shows up again with the next try', async () => {
    attacks('known-by-subject');
    await signInAs('former', app.url);
    await signInAs('newcomer', app.url);
    const { surfer: admin } = await signInAs('boss', app.url);
    const after = await decide(admin, await admin.go(`${app.url}${decision}`), 'leave');
    expect(after.text).toContain('The sign-in stays refused.');
    expect(await eventsOf('user.other_sign_in_left')).toHaveLength(1);
    expect((await admin.go(`${app.url}${decision}`)).text).toContain('There is nothing to decide');
    expect((await signInAs('newcomer', app.url)).landing.status).toBe(403);
    expect((await admin.go(`${app.url}${decision}`)).text).toContain('Save decision');
  });

  it('is not accepted when somebody else came after the admin had looked', async () => {
    await signInAs('former', app.url);
    await signInAs('newcomer', app.url);
    const { surfer: admin } = await signInAs('boss', app.url);
    const asked = await admin.go(`${app.url}${decision}`);
    await signInAs('another', app.url);
    const after = await decide(admin, asked, 'accept');
    expect(after.text).toContain('so nothing was saved');
    expect(await eventsOf('user.other_sign_in_accepted')).toEqual([]);
    for (const sub of ['newcomer', 'another'])
      expect((await signInAs(sub, app.url)).landing.status).toBe(403);
  });

  it('is decided by admins alone, with the token of their own form', async () => {
    await signInAs('former', app.url);
    await signInAs('newcomer', app.url);
    const { surfer: admin } = await signInAs('boss', app.url);
    const asked = await admin.go(`${app.url}${decision}`);
    const key = /name="key" value="([^"]*)"/.exec(asked.text)?.[1] ?? '';
    const { surfer: user } = await signInAs('former', app.url);
    const own = await user.go(`${app.url}/account`);
    const token = /name="_csrf" value="([^"]*)"/.exec(own.text)?.[1] ?? '';
    const form = { key, decision: 'accept' };
    const answers = await Promise.all([
      user.go(`${app.url}${decision}`, { method: 'POST', form: { ...form, _csrf: token } }),
      admin.go(`${app.url}${decision}`, { method: 'POST', form: { ...form, _csrf: token } }),
      user.go(`${app.url}${decision}`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect((await signInAs('newcomer', app.url)).landing.status).toBe(403);
  });
});

describe('users that were there before subjects were kept', () => {
  it('take the first subject that comes, and no other after it', async () => {
    await app.deps.users.seen(address, 'Ada', address);
    expect(await isSignedIn((await signInAs('newcomer', app.url)).surfer)).toBe(true);
    expect((await signInAs('former', app.url)).landing.status).toBe(403);
  });

  it('take one of two that come at the same time', async () => {
    const landings = await Promise.all(['former', 'newcomer'].map((sub) => signInAs(sub, app.url)));
    expect(landings.map(({ landing }) => landing.status).sort()).toEqual([200, 403]);
  });
});

describe('where the identifier is the subject itself', () => {
  it('nothing more is kept or compared', async () => {
    await app.close();
    app = await start({ OIDC_IDENTIFIER_CLAIM: 'sub' });
    await signInAs('former', app.url);
    await signInAs('newcomer', app.url);
    expect(await app.deps.db.selectFrom('users').select('identifier').execute()).toHaveLength(2);
    expect(await app.deps.db.selectFrom('providerSubjects').selectAll().execute()).toEqual([]);
  });
});

describe('a change of the provider', () => {
  const user = (...args: string[]) =>
    printedBy(
      userCommand((work) => work(app.deps)),
      args,
    );

  it('lets the next sign-in count as the first, once the operator says that the former issuer is over', async () => {
    await signInAs('former', app.url);
    const former = 'https://former.example.com';
    await app.deps.db.updateTable('providerSubjects').set({ issuer: former }).execute();
    expect((await signInAs('former', app.url)).landing.status).toBe(403);
    await expect(user('forget-issuer', former)).rejects.toThrow('Say --yes');
    await expect(user('forget-issuer', 'https://no.example.com', '--yes')).rejects.toThrow(
      `Known: ${former} (1).`,
    );
    expect((await signInAs('former', app.url)).landing.status).toBe(403);
    expect(await user('forget-issuer', former, '--yes')).toBe('Forgotten for 1 user.\n');
    expect(await eventsOf('user.issuer_forgotten')).toMatchObject([{ detail: `${former}: 1` }]);
    expect((await signInAs('newcomer', app.url)).landing.status).toBe(200);
  });
});

describe('what is kept of it', () => {
  it('is taken out with the user, and goes with the user, so that a new person may come', async () => {
    await signInAs('former', app.url);
    await signInAs('newcomer', app.url);
    let taken = '';
    for await (const piece of app.deps.privacy.exportUser(address)) taken += piece;
    expect((JSON.parse(taken) as Record<string, unknown>).provider_subjects).toMatchObject([
      { subject: 'former', issuer: app.provider.url, other_subject: 'newcomer' },
    ]);
    await app.deps.privacy.eraseUser(address, 'command', { reference: 'r', address: null });
    expect(await app.deps.db.selectFrom('providerSubjects').selectAll().execute()).toEqual([]);
    const { surfer, landing } = await signInAs('newcomer', app.url);
    expect([landing.status, await isSignedIn(surfer)]).toEqual([200, true]);
  });
});
