import { adminPaths } from '../../../../server/paths.js';
import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';
import type { Visitor } from '../../../support/visitor.js';
import { outboxRows } from '../../../unit/notify/mails.js';
import { ada, bob, type JourneyApp, oddName, startJourneyApp } from '../../accounts/flow/journeys.js';

const katherine = 'katherine@example.com';
const gmail = { connectionName: 'gmail', identifier: ada };

let app: JourneyApp;
let admin: Visitor;

beforeEach(async () => {
  app = await startJourneyApp();
  admin = await app.signIn(katherine);
});

afterEach(() => app.close());

const events = () =>
  app.deps.db.selectFrom('auditEvents').selectAll().where('type', '!=', 'user.signed_in').execute();
const verified = (identifier = ada) => app.deps.users.seen(identifier, null, `${identifier}.example`);
const keyOf = (text: string) => /name="key" value="([^"]+)"/.exec(text)?.[1] ?? '';

/** What the next admin page says was done. */
const saidNext = async () => (await admin.get(adminPaths.signOutUser(bob))).text;

describe('mailing one user', () => {
  const path = adminPaths.mailUser(ada, 'gmail');

  it('asks first, with what the mail says, sends one mail however often the form comes, and says so', async () => {
    await verified();
    const page = await admin.get(path);
    expect(page.text).toContain('Ask to connect Gmail?');
    expect(page.text).toContain('ada@example.com.example');
    expect(page.text).toContain(`${app.url}/connect/gmail?to=`);
    expect(await outboxRows(app.deps.db)).toEqual([]);
    const fields = { key: keyOf(page.text) };
    const [sent, again] = await Promise.all([admin.post(path, fields), admin.post(path, fields)]);
    for (const response of [sent, again]) {
      expect(response).toMatchObject({ status: 303, headers: { location: adminPaths.user(ada) } });
    }
    expect(await outboxRows(app.deps.db)).toMatchObject([
      { kind: 'invitation', identifier: ada, requestedBy: `user:${katherine}`, sentAt: null },
    ]);
    expect(await saidNext()).toContain('A mail about Gmail is on its way to the user.');
    expect(await saidNext()).not.toContain('A mail about Gmail is on its way to the user.');
    expect(await events()).toMatchObject([
      {
        type: 'mail.requested',
        actor: `user:${katherine}`,
        identifier: ada,
        connectionName: 'gmail',
        reference: expect.any(String),
        address: expect.any(String),
      },
    ]);
    await admin.post(path, { key: 'another' });
    expect(await saidNext()).toContain(
      'This user got a mail about Gmail less than an hour ago, so no other one is sent.',
    );
  });

  it('asks to reconnect what expired', async () => {
    await verified();
    app.gateway.scalekit.addAccount({ ...gmail, status: 'expired' });
    const page = await admin.get(path);
    expect(page.text).toContain('Ask to reconnect Gmail?');
    await admin.post(path, { key: 'one' });
    expect(await outboxRows(app.deps.db)).toMatchObject([{ kind: 'reminder' }]);
  });

  it.each([
    ['has no verified address', async (): Promise<void> => undefined, 'This user has no verified address'],
    [
      'wants no mail',
      async (): Promise<void> => app.deps.mails.recipients.setWanted(ada, false),
      'This user turned mails off',
    ],
    [
      'is connected',
      async (): Promise<void> => void app.gateway.scalekit.addAccount(gmail),
      'Gmail is already connected for this user.',
    ],
  ] as const)('says that it does not when the user %s', async (fact, arrange, why) => {
    if (fact !== 'has no verified address') await verified();
    await arrange();
    const page = await admin.get(path);
    expect(page.text).toContain(why);
    expect(page.text).not.toContain('Send the mail');
    await admin.post(path, { key: 'one' });
    expect(await saidNext()).toContain(why);
    expect(await outboxRows(app.deps.db)).toEqual([]);
    expect(await events()).toEqual([]);
  });

  it('makes no mail while Scalekit can’t tell how things stand, and says so', async () => {
    await verified();
    app.gateway.script.failAll('unreachable');
    for (const response of [await admin.get(path), await admin.post(path, { key: 'one' })]) {
      expect(response.status).toBe(503);
      expect(response.text).toContain('this was not done');
      expect(response.text).toContain(`href="${adminPaths.user(ada)}"`);
    }
    expect(await outboxRows(app.deps.db)).toEqual([]);
  });

  it.each([
    ['without a key', {}],
    ['with a key that is none', { key: 'a b' }],
  ])('refuses a form %s', async (_, fields) => {
    await verified();
    expect((await admin.post(path, fields as Record<string, string>)).status).toBe(400);
    expect(await outboxRows(app.deps.db)).toEqual([]);
  });

  it('withdraws the mail when the user connected it meanwhile', async () => {
    await verified();
    await admin.post(path, { key: 'one' });
    app.gateway.scalekit.addAccount(gmail);
    const [mail] = await app.deps.mails.outbox.list(1);
    if (mail === undefined) throw new Error('there is no mail');
    expect(await app.deps.mails.prepare(mail)).toEqual({
      send: false,
      why: 'it is no longer true',
    });
  });

  it('is not withdrawn by a read that shows the account waiting, and goes out with the user’s own link', async () => {
    await verified();
    app.gateway.scalekit.addAccount({ ...gmail, status: 'pending_auth' });
    await admin.post(path, { key: 'one' });
    await app.deps.reader.changed(ada);
    await app.deps.reader.read(ada);
    const [mail] = await app.deps.mails.outbox.list(1);
    if (mail === undefined) throw new Error('there is no mail');
    expect(mail.state).toBe('waiting');
    expect(await app.deps.mails.prepare(mail)).toMatchObject({
      send: true,
      kind: 'invitation',
      message: { to: 'ada@example.com.example', text: expect.stringContaining('/connect/gmail?to=') },
    });
  });
});

describe('the link for a user', () => {
  it('is shown as it is, without a call or a trace', async () => {
    const before = app.gateway.script.count();
    const page = await admin.get(adminPaths.linkForUser(ada, oddName));
    expect(page.status).toBe(200);
    const [, shown = ''] = /<textarea[^>]*>([^<]*)</.exec(page.text) ?? [];
    const link = new URL(shown);
    expect(link.origin + link.pathname).toBe(`${app.url}/connect/team%3A%20drive%202`);
    expect(app.deps.links.addresseeOf(link.searchParams.get('to') ?? '', oddName)).toBe(ada);
    expect(app.gateway.script.count()).toBe(before);
    expect(await events()).toEqual([]);
  });

  it('is not there for what is not offered, or for what nobody can be called', async () => {
    expect((await admin.get(adminPaths.linkForUser(ada, 'nothing'))).status).toBe(404);
    expect((await admin.get(adminPaths.linkForUser(' ada', 'gmail'))).status).toBe(404);
    expect((await admin.get(adminPaths.linkForUser('a'.repeat(101), 'gmail'))).status).toBe(404);
  });
});

describe('disconnecting for a user', () => {
  const path = adminPaths.disconnectUser(ada, 'gmail');

  it('asks first, deletes the account, stops the user’s open flow, and says so', async () => {
    app.gateway.scalekit.addAccount(gmail);
    const user = await app.signIn(ada);
    const { flowId } = await app.connect(user);
    expect((await admin.get(path)).text).toContain(
      [
        'Gmail stops working for this user at once, and the assistant can no longer use it. An attempt to connect it that is in progress is cancelled.',
        'Their data there stays as it is. They can connect it again at any time.',
      ][0],
    );
    expect(app.gateway.scalekit.account(gmail)).toBeDefined();
    const response = await admin.post(path);
    expect(response).toMatchObject({ status: 303, headers: { location: adminPaths.user(ada) } });
    expect(app.gateway.scalekit.account(gmail)).toBeUndefined();
    expect(await app.flow(flowId)).toMatchObject({ status: 'cancelled', failure: 'disconnected_meanwhile' });
    expect(await saidNext()).toContain('Gmail is disconnected for this user.');
    expect((await events()).at(-1)).toMatchObject({
      type: 'account.disconnected',
      actor: `user:${katherine}`,
      identifier: ada,
      connectionName: 'gmail',
    });
  });

  it('says so when there is nothing to disconnect', async () => {
    const page = await admin.get(path);
    expect(page.text).toContain('Gmail is not connected for this user, so there is nothing to disconnect.');
    expect(page.text).not.toContain(`action="${path}"`);
  });

  it.each([
    ['unreachable', 503, 'this was not done'],
    ['timeout', 504, 'The change may still happen'],
  ] as const)('says what was done while Scalekit is %s', async (kind, status, sentence) => {
    app.gateway.scalekit.addAccount(gmail);
    await admin.get(path);
    app.gateway.script.failNext('deleteConnectedAccount', kind);
    const response = await admin.post(path);
    expect(response.status).toBe(status);
    expect(response.text).toContain(sentence);
    expect(response.text).toContain('An attempt to connect it that was in progress may have been cancelled.');
    expect(response.text).toContain(`href="${path}"`);
    expect(app.gateway.scalekit.account(gmail)).toBeDefined();
    expect(await events()).toEqual([]);
  });
});

describe('signing a user out', () => {
  it('asks first, ends every session of that user and nobody else’s, and tells their open pages', async () => {
    const users = [await app.signIn(ada), await app.signIn(ada)];
    const other = await app.signIn(bob);
    const told: unknown[] = [];
    app.deps.events.subscribe((event) => told.push(event));
    expect((await admin.get(adminPaths.signOutUser(ada))).text).toContain('Sign this user out everywhere?');
    expect((await users[0]?.get('/connections'))?.status).toBe(200);
    expect((await admin.post(adminPaths.signOutUser(ada))).status).toBe(303);
    for (const user of users) expect((await user.get('/connections')).status).toBe(303);
    expect((await other.get('/connections')).status).toBe(200);
    expect(told).toContainEqual({ kind: 'sessions', identifier: ada });
    expect(await saidNext()).toContain('The user is signed out everywhere.');
    expect(await events()).toMatchObject([
      { type: 'user.signed_out_everywhere', actor: `user:${katherine}`, identifier: ada },
    ]);
  });

  it('says so to an admin who signs themselves out', async () => {
    const path = adminPaths.signOutUser(katherine);
    expect((await admin.get(path)).text).toContain('This is you: you are signed out here as well.');
    expect((await admin.post(path)).status).toBe(303);
    expect((await admin.get(path)).headers.location).toMatch(/^\/sign-in/);
  });
});
