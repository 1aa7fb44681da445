import { randomUUID } from 'node:crypto';
import { adminPaths } from '../../../../server/paths.js';
import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';
import type { Visitor } from '../../../support/visitor.js';
import { outboxRows } from '../../../unit/notify/mails.js';
import { ada, bob, type JourneyApp, startJourneyApp } from '../../accounts/flow/journeys.js';

const katherine = 'katherine@example.com';
const filter = { connection: 'gmail', state: 'expired' };
const path = adminPaths.newMailing(filter);

let app: JourneyApp;
let admin: Visitor;

beforeEach(async () => {
  app = await startJourneyApp();
  for (const identifier of [ada, bob, 'carl']) {
    app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier, status: 'expired' });
    await app.signIn(identifier);
  }
  await app.deps.users.seen(ada, null, 'ada@mail.example.com');
  await app.deps.users.seen(bob, null, 'bob@mail.example.com');
  await app.deps.mails.recipients.setWanted(bob, false);
  admin = await app.signIn(katherine);
});

afterEach(() => app.close());

const idOf = (text: string) => /name="id" value="([^"]+)"/.exec(text)?.[1] ?? '';
const rows = () => app.deps.db.selectFrom('mailings').selectAll().execute();

describe('mailing many users', () => {
  it('tells whom it concerns, mails them once however often the form comes, and tells what became of them', async () => {
    const page = await admin.get(path);
    expect(page.text).toContain('Mail users about Gmail?');
    expect(page.text).toContain('Mail 3 users');
    expect(page.text).toContain(`<bdi>${ada}</bdi>`);
    expect(page.text).toContain('<bdi>Reconnect needed</bdi>');
    expect(page.text).toContain('asks you to reconnect Gmail.');
    expect(await rows()).toEqual([]);
    const id = idOf(page.text);
    const sent = await Promise.all([admin.post(path, { id }), admin.post(path, { id })]);
    for (const response of sent) {
      expect(response).toMatchObject({ status: 303, headers: { location: adminPaths.mailing(id) } });
    }
    await app.deps.mailings.runner.look();
    const shown = await admin.get(adminPaths.mailing(id));
    expect(shown.text).toContain('Done. Queued mails go out one by one.');
    expect(shown.text).toContain('3 of 3 processed');
    expect((await admin.getJson(adminPaths.mailing(id).concat('/progress.json'))).body).toMatchObject({
      status: 'done',
      running: false,
      outcomes: expect.arrayContaining([
        { outcome: 'queued', label: 'Queued', count: '1' },
        { outcome: 'declined', label: 'Mails turned off', count: '1' },
        { outcome: 'no_address', label: 'No verified address', count: '1' },
      ]),
    });
    // As when one of those who were found at first does not fit any more.
    await app.deps.db.updateTable('mailings').set({ users: 4 }).execute();
    expect((await admin.get(adminPaths.mailing(id))).text).toContain('3 of 3 processed (4 when confirmed)');
    for (const path of [adminPaths.mailings(), adminPaths.newMailing()]) {
      const { text } = await admin.get(path);
      expect(text).toContain('3 users processed');
      expect(text).not.toContain('4 users when confirmed');
    }
    // As when one of them is erased.
    await app.deps.db.deleteFrom('mailingResults').where('identifier', '=', ada).execute();
    expect((await admin.get(adminPaths.mailing(id))).text).toContain('3 of 3 processed (4 when confirmed)');
    await app.deps.db
      .insertInto('mailingResults')
      .values({ mailingId: id, identifier: ada, outcome: 'queued' })
      .execute();
    const declined = await admin.get(adminPaths.mailing(id, { outcome: 'declined' }));
    expect(declined.text).toContain(`href="${adminPaths.user(bob)}"`);
    expect(declined.text).not.toContain(`href="${adminPaths.user(ada)}"`);
    expect((await admin.get(adminPaths.mailing(id, { after: bob }))).text).toContain('First page');
    expect(await outboxRows(app.deps.db)).toMatchObject([
      { kind: 'reminder', identifier: ada, requestedBy: `user:${katherine}` },
    ]);
    const types = (await app.auditTypes()).filter((type) => type.startsWith('mail'));
    expect(types).toEqual(['mailing.created', 'mail.requested']);
    expect(await app.gateway.script.count('createConnectedAccount')).toBe(0);
  });

  it('asks for the connection first, and keeps the rest of the filter', async () => {
    const page = await admin.get(adminPaths.newMailing({ state: 'expired', q: '<b>a' }));
    expect(page.text).toContain('Mail users about which connection?');
    expect(page.text).toContain('<option value="gmail">Gmail</option>');
    expect(page.text).toContain('name="state" value="expired"');
    expect(page.text).toContain('name="q" value="&lt;b&gt;a"');
    expect((await admin.post(adminPaths.newMailing({}), { id: randomUUID() })).status).toBe(400);
    expect(await rows()).toEqual([]);
  });

  it('is stopped by a form, and says so once', async () => {
    await admin.get(path);
    const id = randomUUID();
    await app.deps.mailings.store.create({
      id,
      connectionName: 'gmail',
      filter: { q: null, stuck: null, connection: 'gmail', state: 'expired' },
      users: 3,
      createdAt: Date.now(),
      createdBy: `user:${katherine}`,
    });
    const waiting = await admin.get(adminPaths.mailing(id));
    expect(waiting.text).toContain('Queued. It starts when earlier mailings are done.');
    expect(waiting.text).toContain('http-equiv="refresh"');
    const stopped = await admin.follow(await admin.post(adminPaths.mailing(id)));
    expect(stopped.text).toContain('The mailing is stopped. Mails that were already queued still go out.');
    expect(stopped.text).toContain('Stopped. Mails that were already queued still go out.');
    expect(stopped.text).not.toContain('Stop mailing');
    const again = await admin.follow(await admin.post(adminPaths.mailing(id)));
    expect(again.text).toContain('The mailing had already ended.');
    await app.deps.mailings.runner.look();
    expect(await outboxRows(app.deps.db)).toEqual([]);
    expect((await app.auditTypes()).filter((type) => type.startsWith('mailing'))).toEqual([
      'mailing.stopped',
    ]);
  });

  it('sends nothing when there is nobody, and says so', async () => {
    const nobody = adminPaths.newMailing({ connection: 'gmail', state: 'disconnected' });
    expect((await admin.get(nobody)).text).toContain(
      'No users match this filter, so there is nobody to mail.',
    );
    const answer = await admin.post(nobody, { id: randomUUID() });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('No users match this filter, so there is nobody to mail.');
    expect(await rows()).toEqual([]);
  });

  it.each([
    ['an id that is none', path, { id: '../x' }, 400],
    ['no id', path, {}, 400],
    [
      'a connection that is not there',
      adminPaths.newMailing({ connection: 'nothing' }),
      { id: randomUUID() },
      404,
    ],
    ['a state that is none', adminPaths.newMailing({ ...filter, state: 'x' }), { id: randomUUID() }, 400],
  ])('refuses a form with %s', async (_, url, fields, status) => {
    await admin.get(path);
    expect((await admin.post(url, fields as Record<string, string>)).status).toBe(status);
    expect(await rows()).toEqual([]);
  });

  it('knows nothing of a mailing that nobody made', async () => {
    expect((await admin.get(adminPaths.mailing(randomUUID()))).status).toBe(404);
  });
});

describe('the list of mailings', () => {
  const add = (
    index: number,
    more: { startedAt?: number; goneThrough?: number; endedAt?: number; stoppedBy?: string } = {},
  ) =>
    app.deps.db
      .insertInto('mailings')
      .values({
        id: `mailing-${String(index).padStart(3, '0')}`,
        connectionName: index === 3 ? 'gone' : 'gmail',
        filter: '{}',
        users: index,
        createdAt: 1000 + Math.floor(index / 2),
        createdBy: `user:${katherine}`,
        goneThrough: 0,
        ...more,
      })
      .execute();
  const idsIn = (text: string) => [...text.matchAll(/data-mailing-id="([^"]+)"/g)].map(([, id]) => id);

  it('has all of them, the newest first, page by page, those of one moment included', async () => {
    expect((await admin.get(adminPaths.mailings())).text).toContain('No mailings yet.');
    for (let index = 0; index < 70; index += 1) await add(index, { endedAt: 9 });
    const first = await admin.get(adminPaths.mailings());
    const older = /href="([^"]+)" rel="next"/.exec(first.text)?.[1] ?? '';
    const second = await admin.get(older);
    const seen = [...idsIn(first.text), ...idsIn(second.text)];
    expect(seen).toEqual(
      Array.from({ length: 70 }, (_, index) => `mailing-${String(69 - index).padStart(3, '0')}`),
    );
    expect(second.text).not.toContain('rel="next"');
    expect(second.text).toContain(`href="${adminPaths.mailings()}"`);
    expect((await admin.get(`${adminPaths.mailings()}?before=x`)).status).toBe(400);
  });

  it('tells how each stands, and leads admins to it, from the page of the mails, too', async () => {
    await add(1);
    await add(3, { startedAt: 5 });
    await add(5, { endedAt: 5, goneThrough: 6 });
    await add(7, { endedAt: 5, stoppedBy: `user:${katherine}` });
    const { text } = await admin.get(adminPaths.mailings());
    for (const standing of ['Queued', 'In progress', 'Done', 'Stopped']) expect(text).toContain(standing);
    for (const found of ['one user', '3 users', '7 users']) {
      expect(text).toContain(`>${found} when confirmed<`);
    }
    expect(text).toContain('>6 users processed<');
    expect(text).not.toContain('5 users when confirmed');
    expect(text).toContain(`href="${adminPaths.mailing('mailing-007')}"`);
    expect(text).toContain(`href="${adminPaths.user(katherine)}"`);
    expect(text).toContain('gone');
    expect((await admin.get(adminPaths.mails())).text).toContain(`href="${adminPaths.mailings()}"`);
    expect((await admin.get(adminPaths.newMailing())).text).toContain(`href="${adminPaths.mailings()}"`);
  });

  it('is for viewers to look at, who are led to none', async () => {
    await app.close();
    const victor = 'victor@example.com';
    app = await startJourneyApp({ env: { VIEWER_IDENTIFIERS: victor } });
    await add(1);
    const { status, text } = await (await app.signIn(victor)).get(adminPaths.mailings());
    expect(status).toBe(200);
    expect(idsIn(text)).toEqual(['mailing-001']);
    expect(text).not.toContain(`href="${adminPaths.mailing('mailing-001')}"`);
    expect((await (await app.signIn(bob)).get(adminPaths.mailings())).status).toBe(403);
  });
});
