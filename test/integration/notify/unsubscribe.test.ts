import { ada, bob, type JourneyApp, startJourneyApp } from '../../routes/accounts/flow/journeys.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../support/jest.js';
import { type SmtpPeer, startSmtpServer } from '../../support/smtpServer.js';
import { Visitor } from '../../support/visitor.js';

const address = 'ada@mail.example.com';
const secret = 'a secret of at least 32 characters';

let peer: SmtpPeer;
let app: JourneyApp;

const env = () => ({ SMTP_URL: peer.url, MAIL_FROM: 'Acme <accounts@acme.example>', SESSION_SECRET: secret });

beforeEach(async () => {
  peer = await startSmtpServer();
  app = await startJourneyApp({ env: env() });
  await app.deps.users.seen(ada, null, address);
});

afterEach(async () => {
  await app.deps.mails.sender.stop();
  await app.close();
  await peer.close();
});

let asked = 0;

/** Another app asks for a mail, long after the last one. @param to the address that it gives, or none */
async function invite(to?: string, identifier = ada) {
  asked += 1;
  await app.deps.db.updateTable('outbox').set({ createdAt: asked }).execute();
  const given = to === undefined ? {} : { address: to };
  const request = { identifier, connectionName: 'gmail', requestedBy: 'client:acme' };
  return app.deps.mails.invitations.inviteByMail({ ...request, key: String(asked), ...given });
}

/** The path of the link in the head of the mail that arrives, with its query. */
async function linkOf(to?: string, identifier = ada): Promise<string> {
  expect(await invite(to, identifier)).toBe('queued');
  await app.deps.mails.sender.look();
  const header = peer.received.at(-1)?.header('List-Unsubscribe') ?? '';
  expect(peer.received.at(-1)?.text).toContain(header.slice(1, -1));
  const { pathname, search } = new URL(header.slice(1, -1));
  return pathname + search;
}

/** As a mail program posts: without cookies, and following nothing. */
const post = (
  link: string,
  body: string | FormData | URLSearchParams,
  headers: Record<string, string> = {},
) => fetch(app.url + link, { method: 'POST', body, headers, redirect: 'manual' });

const oneClick = () => new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });

const wanted = async (identifier = ada) => (await app.deps.mails.recipients.preferencesOf(identifier)).wanted;
const declined = () =>
  app.deps.db.selectFrom('declinedAddresses').select(['address', 'identifier']).execute();

/** As RFC 8058 has it in section 8.2. */
const multipart = [
  '---FormBoundaryjWmhtjORrn',
  'Content-Disposition: form-data; name="List-Unsubscribe"',
  '',
  'One-Click',
  '---FormBoundaryjWmhtjORrn--',
  '',
].join('\r\n');

describe('one click in a mail program', () => {
  it.each([
    ['application/x-www-form-urlencoded', 'List-Unsubscribe=One-Click'],
    ['application/x-www-form-urlencoded; charset=UTF-8', 'List-Unsubscribe=One-Click'],
    ['multipart/form-data; boundary=-FormBoundaryjWmhtjORrn', multipart],
  ])('turns mail off, as %s, with one answer and no cookie', async (type, body) => {
    const link = await linkOf();
    const answer = await post(link, body, { 'content-type': type });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await answer.text()).toContain(`No more mails about connections go to ${address}.`);
    expect(await wanted()).toBe(false);
    expect(await invite()).toBe('declined');
  });

  it('takes what FormData of a browser sends, and says the same again when it is repeated', async () => {
    const link = await linkOf();
    const form = new FormData();
    form.set('List-Unsubscribe', 'One-Click');
    expect((await post(link, form)).status).toBe(200);
    expect((await post(link, form)).status).toBe(200);
    expect(await declined()).toEqual([{ address, identifier: ada }]);
  });

  it('withdraws the mail to that address that waits', async () => {
    const link = await linkOf();
    await invite();
    await post(link, oneClick());
    await app.deps.mails.sender.look();
    expect(peer.received).toHaveLength(1);
  });

  it('turns off an address that another app gave, whether or not its reader ever signed in', async () => {
    const stranger = 'nobody@new.example';
    const link = await linkOf('Nobody@New.example', stranger);
    expect((await post(link, oneClick())).status).toBe(200);
    expect(await invite('nobody@new.example', stranger)).toBe('declined');
    expect(await invite('other@new.example', stranger)).toBe('queued');
  });

  it('turns nothing off for a user whose mail went to an address that is not theirs', async () => {
    await post(await linkOf('wrong@work.example'), oneClick());
    expect(await wanted()).toBe(true);
    expect(await invite('wrong@work.example')).toBe('declined');
    expect(await invite()).toBe('queued');
  });

  it('holds for an address that is verified later, until its user turns mail on again', async () => {
    await post(await linkOf('bob@mail.example.com', bob), oneClick());
    const visitor = await app.signIn(bob);
    await app.deps.users.seen(bob, null, 'bob@mail.example.com');
    expect((await visitor.get('/account')).text).not.toMatch(/name="wanted"[^>]* checked/);
    await visitor.post('/account/mail', { wanted: 'yes' });
    expect(await wanted(bob)).toBe(true);
    expect(await declined()).toEqual([]);
  });

  it('never turns mail on', async () => {
    const link = await linkOf();
    await app.deps.mails.recipients.setWanted(ada, false);
    for (const body of ['List-Unsubscribe=One-Click', 'wanted=yes&List-Unsubscribe=One-Click']) {
      await post(link, body, { 'content-type': 'application/x-www-form-urlencoded' });
      expect(await wanted()).toBe(false);
    }
  });
});

describe('the page that the link leads to', () => {
  it('asks, and changes nothing until its button is pressed, signed in or not', async () => {
    attacks('get-changes-nothing');
    const link = await linkOf();
    const visitor = new Visitor(app.url);
    const page = await visitor.get(link);
    expect(page.status).toBe(200);
    expect(page.text).toContain(`go to ${address}`);
    expect(page.text).toContain('<input type="hidden" name="List-Unsubscribe" value="One-Click">');
    expect(page.headers['set-cookie']).toBeUndefined();
    expect((await visitor.head(link)).status).toBe(200);
    expect(await wanted()).toBe(true);
    const action = /<form method="post" action="([^"]+)"/.exec(page.text)?.[1];
    expect(action).toBe(link);
    const done = await visitor.postWithToken(null, link, { 'List-Unsubscribe': 'One-Click' });
    expect(done.text).toContain('Mails are off');
    expect(await wanted()).toBe(false);
  });

  it('is not in the log with its token', async () => {
    attacks('nothing-secret-in-logs');
    const link = await linkOf();
    await new Visitor(app.url).get(link);
    const lines = JSON.stringify(app.logLines());
    expect(lines).toContain('/mail/unsubscribe');
    expect(lines).not.toContain(new URL(link, app.url).searchParams.get('token'));
  });
});

describe('a link that is not good', () => {
  it.each([
    ['without a token', () => '/mail/unsubscribe'],
    ['with a token of nobody', () => '/mail/unsubscribe?token=nothing'],
    ['with a token that was changed', (link: string) => `${link.slice(0, -4)}AAAA`],
    [
      'with the seal of another kind of link',
      () => {
        const durable = app.deps.links.urlFor(ada, 'gmail');
        return `/mail/unsubscribe?token=${new URL(durable).searchParams.get('to')}`;
      },
    ],
  ])('says so and changes nothing: %s', async (_, changed) => {
    attacks('post-with-proof');
    const link = changed(await linkOf());
    const page = await new Visitor(app.url).get(link);
    expect(page.status).toBe(410);
    expect(page.text).toContain('This link does not work any more');
    expect(page.text).toContain('href="/account"');
    expect((await post(link, oneClick())).status).toBe(410);
    expect(await wanted()).toBe(true);
  });

  it('is the one of a secret that was replaced, and not while that secret is in the list', async () => {
    const link = await linkOf();
    for (const [secrets, status] of [
      [`a new secret of at least 32 characters,${secret}`, 200],
      ['a new secret of at least 32 characters', 410],
    ] as const) {
      const other = await startJourneyApp({ env: { ...env(), SESSION_SECRET: secrets } });
      expect((await new Visitor(other.url).get(link)).status).toBe(status);
      await other.close();
    }
  });

  it.each([
    ['says nothing', '', 'application/x-www-form-urlencoded', 400],
    ['says something else', 'List-Unsubscribe=Two-Clicks', 'application/x-www-form-urlencoded', 400],
    ['is no form', '{"List-Unsubscribe":"One-Click"}', 'application/json', 400],
    ['has no type', 'List-Unsubscribe=One-Click', '', 400],
    ['is cut off', multipart.slice(0, 60), 'multipart/form-data; boundary=-FormBoundaryjWmhtjORrn', 400],
    ['has no boundary', multipart, 'multipart/form-data', 400],
    [
      'is too large',
      `List-Unsubscribe=One-Click&x=${'y'.repeat(5000)}`,
      'application/x-www-form-urlencoded',
      413,
    ],
  ])('is any with a body that %s', async (_, body, type, status) => {
    const link = await linkOf();
    expect((await post(link, body, { 'content-type': type })).status).toBe(status);
    expect(await wanted()).toBe(true);
  });

  it('is not tried without end from one address', async () => {
    let status = 0;
    for (let tries = 0; tries < 605 && status !== 429; tries += 1) {
      const answer = await post('/mail/unsubscribe?token=x', oneClick());
      await answer.arrayBuffer();
      status = answer.status;
    }
    expect(status).toBe(429);
  });
});
