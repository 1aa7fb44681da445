import { adminPaths } from '../../../../server/paths.js';
import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { connectionNames, oddUsers, seedDirectory } from '../../../support/seedDirectory.js';
import type { Visitor } from '../../../support/visitor.js';
import { addMail } from '../../../unit/notify/mails.js';
import { ada, bob, type JourneyApp, startJourneyApp } from '../../accounts/flow/journeys.js';

const katherine = 'katherine@example.com';
const vera = 'vera@example.com';

let app: JourneyApp;
let admin: Visitor;

beforeEach(async () => {
  app = await startJourneyApp({ env: { ADMIN_IDENTIFIERS: katherine, VIEWER_IDENTIFIERS: vera } });
  app.gateway.scalekit.addConnection({ name: 'hidden', provider: 'SLACK', enabled: false });
  admin = await app.signIn(katherine);
});

afterEach(() => app.close());

const seed = (users: number, connections = ['gmail', 'exa', 'gone'], accountsPerUser = 2) =>
  seedDirectory(app.deps.db, { users, connections, accountsPerUser });

/** The users that a page shows, by the links to their pages. */
const shownOn = (text: string) =>
  [...text.matchAll(/<a href="\/admin\/users\/([^"?]+)"><bdi/g)].map(([, part = '']) =>
    decodeURIComponent(part),
  );

const linkOf = (text: string, rel: 'next' | 'prev') =>
  new RegExp(`href="([^"]+)" rel="${rel}"`).exec(text)?.[1]?.replaceAll('&amp;', '&') ?? null;

describe('who sees the users', () => {
  const pages = [adminPaths.users(), adminPaths.user(ada)];
  const exporting = adminPaths.exportUsers();

  it('is who looks or acts, and nobody else', async () => {
    await seed(3);
    await app.deps.users.seen(ada, 'Ada');
    const [user, viewer] = [await app.signIn(bob), await app.signIn(vera)];
    for (const path of pages) {
      expect((await viewer.get(path)).status).toBe(200);
      expect((await user.get(path)).status).toBe(403);
      expect((await user.getJson(path)).body).toMatchObject({ code: 'not_allowed' });
    }
    for (const visitor of [user, viewer]) {
      expect((await visitor.get(exporting)).status).toBe(403);
      expect((await visitor.post(exporting)).status).toBe(403);
    }
    expect((await user.post(adminPaths.readUser(ada))).status).toBe(403);
    expect(await app.auditTypes()).not.toContain('admin.users_exported');
  });

  it('offers only an admin what acts', async () => {
    await app.deps.users.seen(ada, 'Ada');
    const viewer = await app.signIn(vera);
    const acting = [
      adminPaths.signOutUser(ada),
      adminPaths.exportUser(ada),
      adminPaths.eraseUser(ada),
      adminPaths.mailUser(ada, 'gmail'),
      adminPaths.linkForUser(ada, 'gmail'),
    ];
    const [seenByAdmin, seenByViewer] = [await admin.get(pages[1] ?? ''), await viewer.get(pages[1] ?? '')];
    for (const path of acting) {
      expect(seenByAdmin.text).toContain(`href="${path}"`);
      expect(seenByViewer.text).not.toContain(`href="${path}"`);
    }
    expect((await viewer.get(pages[0] ?? '')).text).not.toContain(exporting);
    expect((await viewer.get(pages[0] ?? '')).text).toContain('Users');
  });
});

describe('the users × connections', () => {
  it('say how every account stands, on each connection of Scalekit and of the directory', async () => {
    await seed(20);
    const { text } = await admin.get(adminPaths.users());
    for (const title of ['Gmail', 'Exa', 'Slack', 'gone']) expect(text).toContain(`title="${title}">`);
    expect(text.match(/\(not offered\)/g)).toHaveLength(2);
    expect(shownOn(text)).toHaveLength(21);
    // Beside how many of the two that are offered are connected, a cell for each of the five.
    expect(text.match(/<td/g)).toHaveLength(21 * (1 + 5));
    expect(text).toMatch(/<td class="matrix-count">[01] of 3<\/td>/);
    expect(text).toMatch(/21 users\. \d+ need attention\./);
    expect(text).toContain('There has been no full sync yet, so some connections may be missing.');
    for (const { identifier } of oddUsers) expect(shownOn(text)).toContain(identifier);
    expect(text).not.toContain('<script>alert');
    expect(text).not.toContain('\u202e');
  });

  it('show the connections that are not offered after all others, and count only those that are', async () => {
    for (const connectionName of ['gmail', 'exa', 'hidden'])
      app.gateway.scalekit.addAccount({ connectionName, identifier: ada });
    await admin.post(adminPaths.readUser(ada));
    const { text } = await admin.get(adminPaths.users({ q: ada }));
    const heads = [...text.matchAll(/<th scope="col"(.*?)<\/th>/gs)].map(([, head = '']) => head);
    const isOffered = heads.map((head) => !head.includes('(not offered)'));
    expect(isOffered).toEqual([true, true, true, true, true, false]);
    expect(text).toContain('<td class="matrix-count">2 of 3</td>');
    expect(text.match(/<td class="mark-active tone-active"/g)).toHaveLength(3);
  });

  it('say how long ago they were read, and exactly when', async () => {
    const startedAt = Date.now() - 125_000;
    const sync = { id: 'one', requestedBy: null, startedAt, finishedAt: startedAt + 1, fault: null };
    await app.deps.db.insertInto('directorySyncs').values(sync).execute();
    const { text } = await admin.get(adminPaths.users());
    expect(text).toMatch(
      /Updated <time datetime="[\d-]+T[\d:.]+Z" title="\d+ \w+ \d{4} at [\d:]+ UTC">2 minutes ago<\/time>\./,
    );
  });

  it('show the connection that is asked for before all others', async () => {
    await seed(20);
    const titlesOn = (text: string) =>
      [...text.matchAll(/class="matrix-title" title="([^"]+)"/g)].map(([, title]) => title);
    const { text } = await admin.get(adminPaths.users());
    const narrowed = await admin.get(adminPaths.users({ connection: 'gone' }));
    expect(titlesOn(narrowed.text)[0]).toBe('gone');
    expect(titlesOn(narrowed.text).toSorted()).toEqual(titlesOn(text).toSorted());
  });

  it('keep the filter in the address, in the form and in every link', async () => {
    await seed(400, connectionNames(1), 1);
    const filter = { q: 'a', connection: 'tool-01', state: 'active' };
    const page = await admin.get(adminPaths.users(filter));
    expect(page.text).toContain('name="q" value="a"');
    expect(page.text).toContain('<option value="tool-01" selected>');
    expect(page.text).toContain('<option value="active" selected>');
    expect(page.text).toContain(adminPaths.exportUsers(filter).replaceAll('&', '&amp;'));
    const next = linkOf(page.text, 'next') ?? '';
    expect(Object.fromEntries(new URL(next, app.url).searchParams)).toMatchObject(filter);
    const second = await admin.get(next);
    expect(shownOn(page.text)).toHaveLength(25);
    expect(shownOn(second.text).length).toBeGreaterThan(0);
    expect(shownOn(second.text)).not.toContain(shownOn(page.text)[0]);
    const back = await admin.get(linkOf(second.text, 'prev') ?? '');
    expect(shownOn(back.text)).toEqual(shownOn(page.text));
    expect((await admin.get(adminPaths.users({ connection: 'tool-01', state: 'active' }))).text).toMatch(
      /\d+ users match\./,
    );
  });

  it('offer the orders that there are, and use no other', async () => {
    await seed(60);
    const byTime = await admin.get(adminPaths.users({ sort: 'last_seen' }));
    expect(byTime.text).toContain('<option value="last_seen" selected>');
    expect(linkOf(byTime.text, 'next')).toContain('sort=last_seen');
    const filtered = await admin.get(adminPaths.users({ state: 'active', sort: 'last_seen' }));
    expect(filtered.status).toBe(200);
    expect(filtered.text).not.toContain('name="sort"');
  });

  it('say so when nobody fits, and how to see everybody again', async () => {
    await seed(5);
    const { text } = await admin.get(adminPaths.users({ q: 'nobody' }));
    expect(text).toContain('No users match this filter.');
    expect(text).toContain(`href="/admin/users">Clear`);
    expect(text).not.toContain('<table');
    expect(text).not.toContain('Export as CSV');
  });

  it.each([
    ['a key that is none', 'after=xyz'],
    ['a key of nothing', `after=${Buffer.from('[]').toString('base64url')}`],
    ['a key of another order', `after=${Buffer.from('[0,5,"a"]').toString('base64url')}`],
    ['a key with a NUL', `after=${Buffer.from('[0,null,"a\\u0000"]').toString('base64url')}`],
    ['a key of a stream that is not there', `before=${Buffer.from('[9,null,"a"]').toString('base64url')}`],
    ['two keys of one kind', 'after=a&after=b'],
    ['a state that is none', 'state=tired'],
    ['a span that is none', 'stuck=2h'],
    ['a search with a NUL', 'q=%00'],
    ['a search that is too long', `q=${'x'.repeat(401)}`],
  ])('refuse %s', async (_name, query) => {
    expect((await admin.get(`/admin/users?${query}`)).status).toBe(400);
    expect((await admin.get(`/admin/exports/users?${query}`)).status).toBe(
      /after|before/.test(query) ? 200 : 400,
    );
  });
});

describe('one user', () => {
  it('shows everything about them, with odd names and all', async () => {
    await seed(oddUsers.length);
    for (const { identifier } of oddUsers) {
      const page = await admin.get(adminPaths.user(identifier));
      expect(page.status).toBe(200);
      expect(page.text).toContain('Last change');
      expect(page.text).not.toContain('<script>alert');
    }
  });

  it('says whether the tokens of an account go on for a while or not', async () => {
    await seed(1, ['gmail', 'exa']);
    const expireAt = (connectionName: string, at: number) =>
      app.deps.db
        .updateTable('directoryAccounts')
        .set({ tokenExpiresAt: at })
        .where('connectionName', '=', connectionName)
        .execute();
    await expireAt('gmail', Date.now() - 60_000);
    await expireAt('exa', Date.now() + 600_000);
    const [first = ''] = shownOn((await admin.get(adminPaths.users())).text);
    const { text } = await admin.get(adminPaths.user(first));
    expect(text.split(`<dt>Token expired</dt>`)).toHaveLength(2);
    expect(text.split(`<dt>Token expires</dt>`)).toHaveLength(2);
  });

  it('tells what happened, mails among it, page by page and the newest first', async () => {
    await app.deps.users.seen(ada, 'Ada');
    for (let count = 0; count < 40; count += 1) {
      const event = {
        type: 'flow.failed',
        actor: `user:${ada}`,
        identifier: ada,
        connectionName: 'gmail',
      } as const;
      await app.deps.audit.record({ ...event, detail: 'consent_denied', reference: `REF-${count}` });
    }
    await addMail(app.deps.db, { createdAt: Date.now() + 1000, sentAt: Date.now() + 2000 });
    const first = await admin.get(adminPaths.user(ada));
    expect(first.text.match(/<li class="event /g)).toHaveLength(30);
    expect(first.text).toMatch(/A mail about <bdi>Gmail<\/bdi>, which expired, to/);
    expect(first.text).toContain('Reason: The user did not give access');
    const second = await admin.get(linkOf(first.text, 'next') ?? '');
    expect(second.text.match(/<li class="event /g)).toHaveLength(11);
    const references = [...`${first.text}${second.text}`.matchAll(/REF-\d+/g)].map(
      ([reference]) => reference,
    );
    expect(new Set(references).size).toBe(40);
    expect((await admin.get(`${adminPaths.user(ada)}?before=x`)).status).toBe(400);
  });

  it('who is not known gets words, and can be looked for at Scalekit', async () => {
    const page = await admin.get(adminPaths.user('nobody@example.com'));
    expect(page.status).toBe(404);
    expect(page.text).toContain('We don’t know this user');
    const nowhere = await admin.post(adminPaths.readUser('nobody@example.com'));
    expect(nowhere.status).toBe(404);
    expect(nowhere.text).toContain(
      [
        'Nobody with this identifier has signed in here, and Scalekit doesn’t know them either.',
        'Check the spelling: capitals matter.',
      ][0],
    );
    app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: bob });
    const found = await admin.post(adminPaths.readUser(bob));
    expect(found).toMatchObject({ status: 303, headers: { location: adminPaths.user(bob) } });
    expect((await admin.get(adminPaths.user(bob))).text).toContain('Connected');
    for (const odd of ['', ' ', '\u202e', 'x'.repeat(101)]) {
      expect((await admin.get(adminPaths.user(odd))).status).toBe(odd === '' ? 200 : 404);
    }
  });

  it('is read again on request, and says as of when that is', async () => {
    app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
    await admin.post(adminPaths.readUser(ada));
    app.gateway.scalekit.setStatus({ connectionName: 'gmail', identifier: ada }, 'expired');
    expect((await admin.get(adminPaths.user(ada))).text).toContain('The state is up to date.');
    const before = app.gateway.script.count('listConnectedAccounts');
    expect((await admin.get(adminPaths.user(ada))).text).toContain('Connected');
    expect(app.gateway.script.count('listConnectedAccounts')).toBe(before);
    await admin.post(adminPaths.readUser(ada));
    const page = await admin.get(adminPaths.user(ada));
    expect(page.text).toContain('Reconnect needed');
  });

  it('is shown as last known while Scalekit can’t be reached, and that is said', async () => {
    app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
    await admin.post(adminPaths.readUser(ada));
    await admin.get(adminPaths.user(ada));
    app.gateway.script.failAll('unreachable');
    expect((await admin.post(adminPaths.readUser(ada))).status).toBe(303);
    const page = await admin.get(adminPaths.user(ada));
    expect(page.text).toContain(
      'We can’t reach the connection service right now. What you see is from just now and may have changed.',
    );
    expect(page.text).toContain('Connected');
    expect((await admin.post(adminPaths.readUser('nobody@example.com'))).status).toBe(503);
  });
});

describe('the export of users', () => {
  const linesOf = (text: string) =>
    text
      .replace(/^\ufeff/, '')
      .trimEnd()
      .split('\r\n');

  it('asks first, and says what will be in the file', async () => {
    await seed(5);
    const { text } = await admin.get(adminPaths.exportUsers({ q: 'a', state: 'expired', stuck: '7d' }));
    expect(text).toContain(
      [
        'The file has one line for each connection that matches the filter, and one for each user without any. It contains personal data, so keep it safe.',
        'The export is recorded in the events, with your name.',
      ][0],
    );
    expect(text).toContain('7 days');
    expect(text).toContain('Reconnect needed');
  });

  it('has a line for each account, safe for spreadsheets, and is written down', async () => {
    await seed(600);
    const page = await admin.get(adminPaths.exportUsers());
    expect(page.status).toBe(200);
    const response = await admin.post(adminPaths.exportUsers());
    expect(response.headers['content-disposition']).toBe('attachment; filename="users.csv"');
    expect(response.headers['cache-control']).toBe('no-store');
    const [header, ...lines] = linesOf(response.text);
    expect(header).toBe(
      [
        'Identifier',
        'Name',
        'Mail address',
        'First seen',
        'Last sign-in',
        'Connection',
        'Connection name',
        'State',
        'Since',
        'Waiting since',
        'Approved',
        'Last used',
        'Token expires',
        'Connected as',
      ]
        .map((column) => `"${column}"`)
        .join(','),
    );
    expect(lines).toHaveLength(600 * 2 + 1);
    const ofAdmin = lines.find((line) => line.startsWith(`"${katherine}"`)) ?? '';
    expect(ofAdmin).toContain(`"Not connected"`);
    const identifiers = lines.map((line) => /^"((?:[^"]|"")*)"/.exec(line)?.[1] ?? '');
    expect(identifiers).toContain("'=cmd()");
    expect(identifiers).toContain("'+1 555 0100");
    for (const cell of response.text.matchAll(/(?:^|,)"([^"])/gm)) expect(cell[1]).not.toMatch(/[=+\-@]/);
    expect(response.text).toContain('"Comma, ""Quote""; O’Semicolon"');
    const events = await app.deps.db
      .selectFrom('auditEvents')
      .selectAll()
      .where('type', '=', 'admin.users_exported')
      .execute();
    expect(events).toMatchObject([{ actor: `user:${katherine}`, detail: null }]);
  });

  it('has only what fits the filter, which is written down, too', async () => {
    await seed(200);
    const filter = { connection: 'gmail', state: 'expired' };
    await admin.get(adminPaths.exportUsers(filter));
    const lines = linesOf((await admin.post(adminPaths.exportUsers(filter))).text).slice(1);
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect(line).toMatch(/"Gmail","gmail","Reconnect needed"/);
    const others = { connection: 'gmail', state: 'not_connected' };
    const lacking = linesOf((await admin.post(adminPaths.exportUsers(others))).text).slice(1);
    expect(lacking.length).toBeGreaterThan(3);
    for (const line of lacking) expect(line).toMatch(/"Gmail","gmail","Not connected",,,,,,$/);
    const events = await app.deps.db
      .selectFrom('auditEvents')
      .select(['detail', 'connectionName'])
      .where('type', '=', 'admin.users_exported')
      .orderBy('at')
      .execute();
    expect(events[0]).toEqual({ detail: 'connection=gmail&state=expired', connectionName: 'gmail' });
    const long = { q: '🦊'.repeat(100) };
    await admin.post(adminPaths.exportUsers(long));
    await admin.post(adminPaths.exportEvents({ type: 'user', person: long.q }));
    const noted = await app.deps.db.selectFrom('auditEvents').select('detail').execute();
    const details = noted.map(({ detail }) => detail);
    expect(details).toContain(String(new URLSearchParams(long)));
    expect(details).toContain(String(new URLSearchParams({ type: 'user', person: long.q })));
  });

  it('is refused without this session’s token', async () => {
    expect((await admin.postWithToken(null, adminPaths.exportUsers())).status).toBe(403);
    expect(await app.auditTypes()).not.toContain('admin.users_exported');
  });
});
