import { adminPaths } from '../../../server/paths.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../support/jest.js';
import type { Visitor } from '../../support/visitor.js';
import { someSettings } from '../../unit/identity/clients/clients.js';
import { addMail } from '../../unit/notify/mails.js';
import { ada, bob, type JourneyApp, oddName, startJourneyApp } from '../accounts/flow/journeys.js';

const katherine = 'katherine@example.com';
const victor = 'victor@example.com';
const pages = [
  adminPaths.overview,
  adminPaths.connections,
  adminPaths.events(),
  adminPaths.mails(),
  adminPaths.mails('failed'),
];

let app: JourneyApp;

const start = (options: Parameters<typeof startJourneyApp>[0] = {}) =>
  startJourneyApp({
    ...options,
    env: { ADMIN_IDENTIFIERS: katherine, VIEWER_IDENTIFIERS: victor, ...options.env },
  });

beforeEach(async () => {
  app = await start();
});

afterEach(() => app.close());

/** What a page says, without its tags. */
const wordsOf = (html: string) =>
  html
    .slice(html.indexOf('<main'))
    .replace(/<\/?(bdi|time)\b[^>]*>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', '’')
    .replace(/\s+/g, ' ');

const look = async (visitor: Visitor, path: string) => wordsOf((await visitor.get(path)).text);

/** Tries that end in every way, driven as browsers do. */
async function everyEnding(): Promise<void> {
  const verified = await app.signIn(ada);
  const { link } = await app.connect(verified);
  await verified.get(app.consent(link));
  const denied = await app.signIn('denied@example.com');
  await app.connect(denied);
  await denied.get(`/user/verify?state=${app.newestState()}&error=access_denied`);
  const stopped = await app.signIn('stopped@example.com');
  const { flowId: stoppedId } = await app.connect(stopped);
  await stopped.post(`/connections/gmail/flows/${stoppedId}/cancel`);
  const looking = await app.signIn('looking@example.com');
  const { flowId: lookingId } = await app.connect(looking);
  await app.editFlow(lookingId, { expiresAt: 1, linkExpiresAt: null });
  await app.statusOf(looking, lookingId);
  const gone = await app.signIn('gone@example.com');
  const { flowId: goneId } = await app.connect(gone);
  await app.editFlow(goneId, { expiresAt: 1 });
  await app.deps.tidy();
  await app.deps.tidy();
  const withKey = await app.signIn('key@example.com');
  const { flowId: keyId } = await app.connect(withKey, 'exa');
  app.gateway.scalekit.setStatus({ connectionName: 'exa', identifier: 'key@example.com' }, 'active');
  app.deps.reader.drop('key@example.com');
  await app.statusOf(withKey, keyId, 'exa');
}

const countsOf = async (connectionName: string) =>
  Object.fromEntries(
    (await app.deps.counts.byConnection(''))
      .filter((row) => row.connectionName === connectionName)
      .map(({ kind, count }) => [kind, count]),
  );

describe('what is counted', () => {
  it('agrees with what happened, and is shown as a funnel', async () => {
    await everyEnding();
    expect(await countsOf('gmail')).toMatchObject({
      started: 5,
      returned: 2,
      verified: 1,
      active: 1,
      failed: 1,
      'failed:consent_denied': 1,
      cancelled: 1,
      timed_out: 2,
      'timed_out:never_returned': 2,
    });
    expect(await countsOf('exa')).toMatchObject({ started: 1, active: 1 });
    const words = await look(await app.signIn(victor), adminPaths.overview);
    expect(words).toContain(
      `With approval at the provider Started 5 100% Came back 2 40% Verified 1 20% Connected 1 20%`,
    );
    expect(words).toContain('Started 1 100% Connected 1 100%');
    expect(words).toContain('The user never came back 2');
    expect(words).toContain('The user did not give access 1');
    expect(words).toContain('The user cancelled 1');
    expect(await look(await app.signIn(victor), adminPaths.connections)).toContain(
      '0% failed in 30 days (0 of 1 attempts)',
    );
  });

  it('writes down once that nobody came back, by the app itself', async () => {
    const { flowId } = await app.connect(await app.signIn(ada));
    await app.editFlow(flowId, { expiresAt: 1 });
    await Promise.all([app.deps.tidy(), app.deps.tidy()]);
    const rows = await app.deps.db
      .selectFrom('auditEvents')
      .selectAll()
      .where('type', '=', 'flow.timed_out')
      .execute();
    expect(rows).toMatchObject([
      { actor: null, identifier: ada, connectionName: 'gmail', detail: 'never_returned' },
    ]);
  });

  it('counts a return once, however often it takes to be verified', async () => {
    const visitor = await app.signIn(ada);
    const { link } = await app.connect(visitor);
    const back = app.consent(link);
    app.gateway.script.failNext('verifyConnectedAccountUser', 'unreachable');
    expect((await visitor.arrive(back)).text).toContain('Your approval is kept');
    expect((await visitor.arrive(back)).text).toContain('Gmail is connected');
    await visitor.get(back);
    expect(await countsOf('gmail')).toMatchObject({ started: 1, returned: 1, verified: 1, active: 1 });
  });
});

describe('the pages that only look', () => {
  it.each(pages)('%s answers admins and viewers, and nobody else', async (path) => {
    for (const identifier of [katherine, victor]) {
      expect((await (await app.signIn(identifier)).get(path)).status).toBe(200);
    }
    const user = await app.signIn(ada);
    const refused = await user.get(path);
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('You don’t have access to this page');
    const json = await user.getJson(path);
    expect(json.status).toBe(403);
    expect(json.body).toMatchObject({ code: 'not_allowed' });
    expect(await app.auditTypes()).toContain('security.role_refused');
  });

  it('work while nothing is there, and while Scalekit has never answered', async () => {
    await app.close();
    app = await start();
    app.gateway.script.failAll('unreachable');
    const admin = await app.signIn(katherine);
    for (const path of pages) expect((await admin.get(path)).status).toBe(200);
    expect(await look(admin, adminPaths.overview)).toContain(
      'No data yet. Connections show up here after the first sync with Scalekit.',
    );
    expect(await look(admin, adminPaths.connections)).toContain(
      'We can’t reach Scalekit right now, so only connections in use are listed.',
    );
    expect(await look(admin, adminPaths.mails())).toContain(
      'No mails yet. The first one is sent when a connection stops working.',
    );
  });

  it.each([
    adminPaths.events({ type: 'no.such' }),
    adminPaths.events({ from: '12 March' }),
    adminPaths.events({ to: '2026-13-01' }),
    adminPaths.events({ from: '2026-02-31' }),
    adminPaths.events({ to: '2026-02-29' }),
    adminPaths.events({ before: 'x' }),
    adminPaths.events({ without: 'some' }),
    `${adminPaths.events()}?type=flow&type=user`,
    adminPaths.mails('burnt'),
    adminPaths.mails(null, 'x'),
  ])('%s is refused in words', async (path) => {
    const refused = await (await app.signIn(katherine)).get(path);
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('We can’t read this request');
  });
});

describe('the overview', () => {
  it('shows how accounts stand, with a table behind the drawing, and who is stuck for longest', async () => {
    const { db } = app.deps;
    const accounts = [
      { connectionName: 'gmail', state: 'active', accounts: 1200, stuck: 0 },
      { connectionName: 'gmail', state: 'pending', accounts: 9, stuck: 2 },
      { connectionName: 'gmail', state: 'expired', accounts: 34, stuck: 34 },
      { connectionName: 'gone', state: 'disconnected', accounts: 1, stuck: 1 },
    ];
    await db.insertInto('directoryCounts').values(accounts).execute();
    const stuck = { displayName: '\u202eEve<b>', firstSeenAt: 1, stuckSince: Date.now() - 3.5 * 86_400_000 };
    await db
      .insertInto('users')
      .values({ identifier: '=cmd()', ...stuck })
      .execute();
    const { text } = await (await app.signIn(victor)).get(adminPaths.overview);
    const words = wordsOf(text);
    expect(words).toContain('1,200 of 1,244 accounts connected. 37 need attention.');
    expect(text).toContain('aria-label="Connected: 1,200, Finish connecting: 9, Reconnect needed: 34"');
    expect(text).toContain(`href="${adminPaths.user('=cmd()')}"`);
    expect(words).toContain('=cmd() Eve&lt;b&gt; 3 days ago');
    expect(text).not.toMatch(/<b>Eve|\u202e|style=/);
    expect(words).toContain('gone 0 0 0 0 1 0 1');
    const stuckUrl = adminPaths.users({ connection: 'gmail', stuck: 'any' }).replace('&', '&amp;');
    expect(text).toContain(
      `<a href="${stuckUrl}" aria-label="36 need attention on Gmail">36 need attention</a>`,
    );
    expect(text).toContain(`href="${adminPaths.users({ stuck: 'any' })}"`);
  });

  it('lets admins refresh the directory, and viewers only see how fresh it is', async () => {
    const refresh = 'Sync now';
    expect((await (await app.signIn(katherine)).get(adminPaths.overview)).text).toContain(refresh);
    expect((await (await app.signIn(victor)).get(adminPaths.overview)).text).not.toContain(refresh);
  });

  it('shows how far a reading of the directory is, and where a script asks', async () => {
    const { db } = app.deps;
    await db.insertInto('directorySyncs').values({ id: 's', startedAt: 1 }).execute();
    const progress = { syncId: 's', connectionName: 'gmail', accounts: 340, total: 1000 };
    await db.insertInto('directorySyncConnections').values(progress).execute();
    const admin = await app.signIn(katherine);
    const { text } = await admin.get(adminPaths.overview);
    expect(text).toContain(`data-sync-url="${adminPaths.syncJson}"`);
    expect(text).toContain('max="1000" value="340"');
    const json = await admin.getJson(adminPaths.syncJson);
    expect(json.body).toMatchObject({ running: true, sentence: '340 of about 1,000 processed' });
  });
});

describe('the connections', () => {
  it('are told with their type, whether they are offered and why not, and those that are gone', async () => {
    attacks('known-limit-is-said');
    app.gateway.scalekit.addConnection({ name: 'off', provider: 'SLACK', enabled: false });
    const row = { connectionName: 'gone', state: 'active', accounts: 2 };
    await app.deps.db.insertInto('directoryCounts').values(row).execute();
    const words = await look(await app.signIn(victor), adminPaths.connections);
    expect(words).toContain('3 of 5 connections are offered to users.');
    expect(words).toContain('Static credentials, such as an API key');
    expect(words).toContain('Not verified by Scalekit');
    expect(words).toContain('Not offered: turned off, or not set up completely, in Scalekit');
    expect(words).toContain('Not offered: Scalekit does not list it any more');
    expect(words).toContain('2 accounts');
    expect(words).not.toContain('Require reconnecting');
    const { text } = await (await app.signIn(katherine)).get(adminPaths.connections);
    expect(text).toContain(`href="${adminPaths.requireReconnect(oddName)}"`);
    expect(text).toContain(
      `href="${adminPaths.users({ connection: 'gone', state: 'active' })}"`.replace('&', '&amp;'),
    );
  });
});

describe('the events', () => {
  it('are found by kind, person, connection and reference, and lead to the users', async () => {
    await everyEnding();
    const viewer = await app.signIn(victor);
    expect(await look(viewer, adminPaths.events({ type: 'flow.done' }))).toContain(`${ada} connected Gmail.`);
    const failed = await look(viewer, adminPaths.events({ type: 'flow', person: 'denied@example.com' }));
    expect(failed).toContain('Gmail could not be connected for denied@example.com .');
    expect(failed).toContain('Reason: The user did not give access');
    expect(failed).not.toContain(`${ada} `);
    const { text } = await viewer.get(adminPaths.events({ connection: 'exa' }));
    expect(text).toContain(`href="${adminPaths.user('key@example.com')}"`);
    const [, reference = ''] = /<span class="unseen">Reference<\/span> (\w{3}-\w{3})/.exec(text) ?? [];
    expect(await look(viewer, adminPaths.events({ reference: reference.toLowerCase() }))).toContain(
      'key@example.com',
    );
    expect(await look(viewer, adminPaths.events({ from: '2020-01-01', to: '2020-01-02' }))).toContain(
      'No events match this filter.',
    );
  });

  it('name an API client that is known, and are found by it', async () => {
    const settings = someSettings({ name: 'Acme Assistant' });
    const { client } = await app.deps.apiClients.create(settings, { actor: 'command' });
    const mail = { type: 'mail.requested', identifier: bob, connectionName: 'gmail' } as const;
    await app.deps.audit.record({ ...mail, actor: `client:${client.id}` });
    await app.deps.audit.record({ ...mail, actor: 'client:gone', identifier: ada });
    await app.signIn(bob);
    const viewer = await app.signIn(victor);
    const all = await look(viewer, adminPaths.events());
    expect(all).toContain(
      `The API client Acme Assistant (${client.id}) had a mail about Gmail sent to ${bob}`,
    );
    expect(all).toContain(`The API client gone had a mail about Gmail sent to ${ada}`);
    const chosen = adminPaths.events({ client: client.id, without: 'denied' });
    const form = (await viewer.get(chosen)).text;
    expect(form).toContain(`<option value="${client.id}" selected>Acme Assistant</option>`);
    expect(form).toContain(`<option value="denied" selected>`);
    const byClient = await look(viewer, adminPaths.events({ client: client.id }));
    expect(byClient).toContain(`sent to ${bob}`);
    expect(byClient).not.toContain(`sent to ${ada}`);
    expect(await look(viewer, adminPaths.user(bob))).toContain(`Acme Assistant (${client.id})`);
    const admin = await app.signIn(katherine);
    const path = adminPaths.exportEvents({ client: client.id, connection: 'gmail' });
    expect(wordsOf((await admin.get(path)).text)).toContain('Acme Assistant');
    const { text } = await admin.post(path);
    expect(text).toContain(`"The API client Acme Assistant (${client.id}) had a mail`);
    expect(text).toContain(`,"client:${client.id}",`);
  });

  it('tell API clients of one name apart, where one is chosen', async () => {
    const make = async (name: string) =>
      (await app.deps.apiClients.create(someSettings({ name }), { actor: 'command' })).client;
    const one = await make('Acme');
    const other = await make('Acme');
    const alone = await make('Globex');
    const admin = await app.signIn(katherine);
    const form = (await admin.get(adminPaths.events())).text;
    for (const { id } of [one, other]) {
      expect(form).toContain(`<option value="${id}">Acme (${id.slice(0, 8)})</option>`);
    }
    expect(form).toContain(`<option value="${alone.id}">Globex</option>`);
    const asked = await look(admin, adminPaths.exportEvents({ client: one.id }));
    expect(asked).toContain(`Acme (${one.id.slice(0, 8)})`);
  });

  it('go on page by page, with the filter kept', async () => {
    for (let index = 0; index < 60; index += 1) {
      await app.deps.audit.record({ type: 'flow.started', actor: 'user:x', identifier: `u${index}` });
    }
    const viewer = await app.signIn(victor);
    const first = await viewer.get(adminPaths.events({ type: 'flow' }));
    const older = /href="([^"]+)" rel="next"/.exec(first.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(older).toContain('type=flow');
    const second = await viewer.get(older);
    const listed = (text: string) => text.match(/<li class="event /g)?.length;
    expect([listed(first.text), listed(second.text)]).toEqual([50, 10]);
    expect(second.text).not.toContain('rel="next"');
  });

  it('have as many security events of a type as the overview says, whoever asked for refusals', async () => {
    const wrong = { type: 'security.wrong_user', actor: `user:${ada}`, identifier: ada } as const;
    await app.deps.audit.record(wrong);
    await app.deps.audit.record(wrong);
    const refused = Array.from({ length: 250 }, (_, index) => ({
      id: `refused-${index}`,
      at: Date.now() + index,
      type: 'security.role_refused',
      actor: `user:${bob}`,
    }));
    await app.deps.db.insertInto('auditEvents').values(refused).execute();
    const viewer = await app.signIn(victor);
    const overview = await viewer.get(adminPaths.overview);
    const label = 'Approval by the wrong user';
    expect(wordsOf(overview.text)).toContain(`${label}: 2 times`);
    expect(wordsOf(overview.text)).toContain(': 250 times');
    const link = /href="([^"]+type=security\.wrong_user[^"]*)"/.exec(overview.text)?.[1];
    const list = await viewer.get(link?.replaceAll('&amp;', '&') ?? '');
    expect(list.text.match(/<li class="event /g)).toHaveLength(2);
  });

  it('show nothing of a name as markup', async () => {
    const evil = '<script>alert(1)</script>\u202e';
    await app.deps.audit.record({
      type: 'account.disconnected',
      actor: `user:${evil}`,
      identifier: evil,
      connectionName: evil,
      detail: evil,
    });
    const { text } = await (await app.signIn(victor)).get(adminPaths.events({ person: evil }));
    expect(text).toContain('&lt;script&gt;alert(1)');
    expect(text).not.toMatch(/<script>|\u202e(?!"|&#34;)/);
  });
});

describe('the export of events', () => {
  const path = adminPaths.exportEvents({ type: 'flow', person: ada });

  it('is asked first, has what the filter has, is safe for spreadsheets, and is written down', async () => {
    await everyEnding();
    await app.deps.audit.record({
      type: 'flow.done',
      actor: `user:${ada}`,
      identifier: ada,
      connectionName: '=cmd()',
    });
    const admin = await app.signIn(katherine);
    const question = await admin.get(path);
    expect(question.text).toContain('Export these events?');
    expect(wordsOf(question.text)).toContain(ada);
    const file = await admin.post(path);
    expect(file.status).toBe(200);
    expect(file.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(file.headers['content-disposition']).toBe('attachment; filename="events.csv"');
    const lines = file.text.trimEnd().split('\r\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toContain(`"flow.done"`);
    expect(lines[1]).toContain(`"'=cmd()"`);
    expect(lines.every((line, index) => index === 0 || line.includes(`"${ada}"`))).toBe(true);
    const exported = await app.deps.db
      .selectFrom('auditEvents')
      .selectAll()
      .where('type', '=', 'admin.events_exported')
      .execute();
    expect(exported).toMatchObject([
      { actor: `user:${katherine}`, identifier: ada, detail: expect.stringContaining('type=flow') },
    ]);
  });

  it('goes through more events than a page holds', async () => {
    const rows = Array.from({ length: 1203 }, (_, index) => ({
      id: `e${index}`,
      at: Math.floor(index / 7),
      type: 'flow.started',
      identifier: ada,
    }));
    for (let at = 0; at < rows.length; at += 300) {
      await app.deps.db
        .insertInto('auditEvents')
        .values(rows.slice(at, at + 300))
        .execute();
    }
    const admin = await app.signIn(katherine);
    await admin.get(path);
    expect((await admin.post(path)).text.trimEnd().split('\r\n')).toHaveLength(1204);
  });

  it('is for admins alone, with the token of the form', async () => {
    const viewer = await app.signIn(victor);
    expect((await viewer.get(adminPaths.events())).text).not.toContain(adminPaths.exportEvents());
    for (const visitor of [viewer, await app.signIn(bob)]) {
      expect((await visitor.get(path)).status).toBe(403);
      await visitor.get('/account');
      expect((await visitor.post(path)).status).toBe(403);
    }
    const admin = await app.signIn(katherine);
    expect((await admin.postWithToken(null, path)).status).toBe(403);
    expect(await app.auditTypes()).not.toContain('admin.events_exported');
  });
});

describe('the outbox', () => {
  it('says plainly that mail is not set up, and that nothing is lost', async () => {
    await addMail(app.deps.db);
    const words = await look(await app.signIn(victor), adminPaths.mails());
    expect(words).toContain('Mail is not set up, so nothing is sent.');
    expect(words).toContain('Waiting 1');
    expect(words).toContain('Mail is not set up.');
    expect(await look(await app.signIn(victor), adminPaths.overview)).toContain(
      'Mail is not set up. One mail is waiting.',
    );
  });

  it('says of each mail why it was not sent, and shows neither its words nor its link', async () => {
    await app.close();
    app = await start({ env: { SMTP_URL: 'smtp://localhost:9', MAIL_FROM: 'a@example.com' } });
    const { db } = app.deps;
    const at = Date.now() - 3.5 * 3_600_000;
    await addMail(db, { tries: 3, lastError: 'EENVELOPE 451', nextTryAt: Date.now() + 3.5 * 3_600_000 });
    await addMail(db, { tries: 20, lastError: 'EENVELOPE 550', failedAt: at });
    await addMail(db, { sentAt: at });
    await addMail(db, { withdrawnAt: at, identifier: '<b>eve</b>' });
    const viewer = await app.signIn(victor);
    const words = await look(viewer, adminPaths.mails());
    expect(words).not.toContain('Mail is not set up, so nothing is sent.');
    expect(words).toContain('EENVELOPE 451, after 3 attempts. Next attempt in 3 hours.');
    expect(words).toContain('Failed 3 hours ago after 20 attempts: EENVELOPE 550.');
    expect(words).toContain(`Sent 3 hours ago.`);
    expect(words).toContain('&lt;b&gt;eve');
    expect(words).not.toContain('/connect/');
    const failed = await look(viewer, adminPaths.mails('failed'));
    expect(failed).toContain('EENVELOPE 550');
    expect(failed).not.toContain('EENVELOPE 451');
  });
});
