import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { Visitor } from '../../support/visitor.js';
import { addMail, outboxRows } from '../../unit/notify/mails.js';
import { ada, bob, type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';

let app: JourneyApp;

beforeEach(async () => {
  app = await startJourneyApp({ sandboxOrigin: 'http://127.0.0.1:3001' });
});

afterEach(() => app.close());

const preferences = (identifier = ada) => app.deps.mails.recipients.preferencesOf(identifier);

describe('the mail of one’s own page', () => {
  it('is on at first, and tells where mail goes', async () => {
    const visitor = await app.signIn(ada);
    await app.deps.users.seen(ada, null, 'ada@mail.example.com');
    const page = await visitor.get('/account');
    expect(page.text).toMatch(/type="checkbox" name="wanted"[^>]* checked/);
    expect(page.text).toContain('Mail goes to ada@mail.example.com, the address that your sign-in verified.');
  });

  it('says so when no sign-in verified an address', async () => {
    const visitor = await app.signIn('an id without an address');
    expect((await visitor.get('/account')).text).toContain(
      'Your sign-in verified no address of yours, so there is no mail to you either way.',
    );
  });

  it('is turned off and on by a form, for oneself alone, and stays so at the next sign-in', async () => {
    await app.signIn(bob);
    const visitor = await app.signIn(ada);
    await visitor.get('/account');
    const off = await visitor.post('/account/mail');
    expect(off).toMatchObject({ status: 303, headers: { location: '/account?saved=1' } });
    const page = await visitor.follow(off);
    expect(page.text).toContain('Saved: you get no mails.');
    expect(page.text).not.toMatch(/name="wanted"[^>]* checked/);
    expect((await preferences(bob)).wanted).toBe(true);
    await app.signIn(ada);
    expect((await preferences()).wanted).toBe(false);
    const on = await visitor.post('/account/mail', { wanted: 'yes' });
    expect((await visitor.follow(on)).text).toContain(
      'Saved: you get a mail when a connection needs attention.',
    );
    expect((await preferences()).wanted).toBe(true);
  });

  it('is not touched without the token of the form, by a GET, or by somebody signed out', async () => {
    const visitor = await app.signIn(ada);
    expect((await visitor.postWithToken(null, '/account/mail')).status).toBe(403);
    expect((await visitor.get('/account/mail')).status).toBe(404);
    const stranger = new Visitor(app.url);
    await stranger.get('/sign-in');
    expect((await stranger.post('/account/mail')).status).toBe(401);
    expect((await preferences()).wanted).toBe(true);
  });
});

describe('the outbox page', () => {
  it('shows the mails of the sandbox as text, with how each stands, and is linked from one’s own page', async () => {
    const { db } = app.deps;
    await addMail(db, { identifier: '<script>alert(1)</script>', createdAt: 1 });
    await addMail(db, { connectionName: 'exa', createdAt: 2, sentAt: Date.UTC(2020, 2, 1, 14, 2) });
    const visitor = await app.signIn(ada);
    expect((await visitor.get('/account')).text).toContain('href="/sandbox-outbox"');
    const { text, status } = await visitor.get('/sandbox-outbox');
    expect(status).toBe(200);
    expect(text).toContain('Sent at 1 March 2020, 14:02 UTC.');
    expect(text).toContain('Goes out after');
    expect(text.indexOf('Exa needs reconnecting')).toBeLessThan(text.indexOf('Gmail needs reconnecting'));
    expect(text).toContain('ada@mail.example.com');
    expect(text).toContain('&lt;!doctype html&gt;');
    expect(text).toContain('&amp;lt;script&amp;gt;alert(1)');
    expect(text).not.toContain('<script>alert');
  });

  it('shows what would have been sent to a sample user, by itself', async () => {
    const visitor = await app.signIn(ada);
    const gmail = { connectionName: 'gmail', identifier: ada };
    app.gateway.scalekit.addAccount(gmail);
    await visitor.get('/connections');
    await app.deps.reader.changed(ada);
    await visitor.get('/connections');
    app.gateway.scalekit.setStatus(gmail, 'expired');
    await app.deps.reader.changed(ada);
    await visitor.get('/connections');
    await app.deps.db.updateTable('outbox').set({ nextTryAt: 0 }).execute();
    await app.deps.mails.sender.look();
    expect(await outboxRows(app.deps.db)).toMatchObject([{ toAddress: ada, sentAt: expect.any(Number) }]);
    expect((await visitor.get('/sandbox-outbox')).text).toContain('Sent at');
  });

  it('says what to do while it is empty, and when nothing is known of the catalogue', async () => {
    expect((await new Visitor(app.url).get('/sandbox-outbox')).text).toContain('There is no mail yet.');
    app.gateway.script.failAll('unreachable');
    await addMail(app.deps.db, { connectionName: 'crm.evil.example' });
    const { text } = await new Visitor(app.url).get('/sandbox-outbox');
    expect(text).toContain('crm evil example needs reconnecting');
  });

  it.each([
    ['a real Scalekit', { sandboxOrigin: null }],
    [
      'a mail server',
      { sandboxOrigin: 'http://127.0.0.1:3001', env: { SMTP_URL: 'smtp://localhost:9', MAIL_FROM: 'a@b' } },
    ],
  ])('is not there with %s, where an identifier is no address', async (_, options) => {
    const other = await startJourneyApp(options);
    const visitor = await other.signIn(ada);
    expect((await visitor.get('/sandbox-outbox')).status).toBe(404);
    expect((await visitor.get('/account')).text).not.toContain('sandbox-outbox');
    expect(await other.deps.mails.recipients.addressOf(ada)).toBeNull();
    await other.close();
  });
});
