import { adminPaths } from '../../../../server/paths.js';
import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';
import type { Visitor } from '../../../support/visitor.js';
import { ada, type JourneyApp, startJourneyApp } from '../../accounts/flow/journeys.js';

const katherine = 'katherine@example.com';
const gmail = { connectionName: 'gmail', identifier: ada };
const path = adminPaths.requireReconnect('gmail');
const day = 24 * 3_600_000;

let app: JourneyApp;
let admin: Visitor;
let user: Visitor;

beforeEach(async () => {
  app = await startJourneyApp();
  app.gateway.scalekit.addAccount({ ...gmail, updatedAt: Date.now() - day });
  app.gateway.scalekit.addAccount({ ...gmail, connectionName: 'exa', updatedAt: Date.now() - day });
  admin = await app.signIn(katherine);
  user = await app.signIn(ada);
});

afterEach(() => app.close());

const require = (fields: Record<string, string> = {}) => admin.post(path, { action: 'require', ...fields });
const list = async () => (await user.get('/connections')).text;
const stateOf = (text: string, name: string) =>
  new RegExp(`data-connection="${name}" data-state="([a-z_]+)"`).exec(text)?.[1];
const events = () =>
  app.deps.db.selectFrom('auditEvents').selectAll().where('type', 'like', 'reconnect.%').execute();
const saidNext = async () => (await admin.get(path)).text;

describe('requiring that a connection is reconnected', () => {
  it('asks first, shows older accounts to their user as needing it, and says so', async () => {
    expect((await admin.get(path)).text).toContain('Require reconnecting Gmail?');
    expect(stateOf(await list(), 'gmail')).toBe('active');
    const response = await require();
    expect(response).toMatchObject({ status: 303, headers: { location: adminPaths.connections } });
    expect(await saidNext()).toContain('Reconnecting Gmail is required. The list updates within moments.');
    const page = await list();
    expect(stateOf(page, 'gmail')).toBe('expired');
    expect(stateOf(page, 'exa')).toBe('active');
    expect(page).toContain('It needs new permission from you, since what it is used for has changed');
    expect(page).toContain('1 of 3 connected. Gmail needs attention.');
    expect(page).toContain('>Reconnect Gmail</button>');
    expect(page).toContain('href="/connections/gmail/disconnect"');
    expect(await events()).toMatchObject([
      { type: 'reconnect.required', actor: `user:${katherine}`, connectionName: 'gmail' },
    ]);
    expect(app.gateway.scalekit.account(gmail)?.status).toBe('active');
  });

  it('is over for a user who reconnects, through the status page as ever', async () => {
    await require();
    const durable = await user.get('/connect/gmail');
    expect(durable.text).toContain(
      'Gmail needs new permission from you, since what it is used for has changed. Gmail asks you to approve it next.',
    );
    expect(durable.text).toContain('>Reconnect Gmail</button>');
    const { link, flowId } = await app.connect(user);
    expect(await app.statusOf(user, flowId)).toMatchObject({ status: 'open' });
    await user.get(app.consent(link));
    expect(await app.statusOf(user, flowId)).toMatchObject({ status: 'done' });
    const page = await user.get(`/connections?flow=${flowId}`);
    expect(stateOf(page.text, 'gmail')).toBe('active');
    expect(page.text).toContain('Gmail is connected.');
    expect((await user.get('/connect/gmail')).text).toContain(
      'Gmail is connected already. You can go on, or use another Gmail account in its place.',
    );
  });

  it('is over as well where no browser comes back', async () => {
    await admin.post(adminPaths.requireReconnect('exa'), { action: 'require' });
    expect(stateOf(await list(), 'exa')).toBe('expired');
    const { flowId } = await app.connect(user, 'exa');
    const opened = await user.post(`/connections/exa/flows/${flowId}/link`);
    app.gateway.scalekit.consent(opened.headers.location ?? '');
    await app.deps.reader.changed(ada);
    expect(await app.statusOf(user, flowId, 'exa')).toMatchObject({ status: 'done' });
    expect(stateOf(await list(), 'exa')).toBe('active');
  });

  it('is not over when the user stops, of which nothing else is said', async () => {
    await require();
    const { flowId } = await app.connect(user);
    await user.post(`/connections/gmail/flows/${flowId}/cancel`);
    const page = await user.get(`/connections?flow=${flowId}`);
    expect(stateOf(page.text, 'gmail')).toBe('expired');
    expect(page.text).toContain('You stopped connecting Gmail. Nothing was connected.');
    expect((await user.get('/connections?disconnected=gmail')).text).not.toContain('Gmail is disconnected.');
  });

  it('leaves accounts alone that were approved since', async () => {
    const { link } = await app.connect(user);
    await user.get(app.consent(link));
    await require({ older_than: new Date(Date.now() - 60_000).toISOString().slice(0, 16) });
    expect(stateOf(await list(), 'gmail')).toBe('active');
  });

  it('is taken back, and then nothing is left of it', async () => {
    await require();
    expect((await admin.get(path)).text).toContain('Undo');
    await app.deps.reconnectPass.look();
    await admin.post(path, { action: 'withdraw' });
    expect(await saidNext()).toContain(
      'Reconnecting Gmail is no longer required. The list updates within moments.',
    );
    expect(stateOf(await list(), 'gmail')).toBe('active');
    await app.deps.reconnectPass.look();
    expect(await app.deps.db.selectFrom('reconnectRequirements').selectAll().execute()).toEqual([]);
    await admin.post(path, { action: 'withdraw' });
    expect(await saidNext()).toContain('Reconnecting Gmail was not required, so there was nothing to undo.');
    expect((await events()).map(({ type }) => type)).toEqual(['reconnect.required', 'reconnect.withdrawn']);
  });

  it('offers to mail the users then, and sends nothing by itself', async () => {
    await require();
    await list();
    expect((await admin.get(path)).text).toContain('/admin/mailings/new?connection=gmail&amp;state=expired');
    expect(await app.deps.mails.outbox.list(5)).toEqual([]);
    await app.deps.users.seen(ada, null, 'ada@mail.example.com');
    const mail = await admin.get(adminPaths.mailUser(ada, 'gmail'));
    expect(mail.text).toContain('Ask to reconnect Gmail?');
  });

  it.each([
    ['no time', { older_than: 'tomorrow' }, 'This is not a date and a time. Write it like 2026-03-12T14:02.'],
    [
      'no day that there is',
      { older_than: '2026-13-41T00:00' },
      'This is not a date and a time. Write it like 2026-03-12T14:02.',
    ],
    [
      'a time to come',
      { older_than: '2999-01-01T00:00' },
      'This time is in the future. Choose an earlier one, or leave the field empty.',
    ],
  ])('says what is wrong with %s, and requires nothing', async (_, fields, fault) => {
    const page = await require(fields);
    expect(page.status).toBe(422);
    expect(page.text).toContain(fault);
    expect(page.text).toContain('aria-invalid="true"');
    expect(await events()).toEqual([]);
  });

  it.each([
    ['says nothing', {}],
    ['says something else', { action: 'delete' }],
  ])('refuses a form that %s', async (_, fields) => {
    await admin.get(path);
    expect((await admin.post(path, fields as Record<string, string>)).status).toBe(400);
    expect((await admin.get(adminPaths.requireReconnect('nothing'))).status).toBe(404);
    expect(await events()).toEqual([]);
  });
});
