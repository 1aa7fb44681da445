import {
  ada,
  bob,
  type JourneyApp,
  localPart,
  oddName,
  startJourneyApp,
} from '../../routes/accounts/flow/journeys.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../support/jest.js';
import { createMemoryGateway } from '../../support/memoryGateway.js';
import { createPostgresDatabase } from '../../support/postgresDatabase.js';
import { type SmtpPeer, startSmtpServer } from '../../support/smtpServer.js';
import type { Visitor } from '../../support/visitor.js';
import { letTimePass, outboxRows } from '../../unit/notify/mails.js';
import { deliver, eventBody, untilProcessed, webhookEnv } from '../../unit/webhooks/deliveries.js';

const address = 'ada@mail.example.com';
const gmail = { connectionName: 'gmail', identifier: ada };

let peer: SmtpPeer;
let app: JourneyApp;
let visitor: Visitor;

const mailEnv = () => ({
  ...webhookEnv,
  SMTP_URL: `smtp://ada:very-secret@127.0.0.1:${peer.port}`,
  MAIL_FROM: 'Acme <accounts@acme.example>',
  MAIL_GRACE_MINUTES: '0',
});

beforeEach(async () => {
  peer = await startSmtpServer();
  app = await startJourneyApp({ env: mailEnv() });
  visitor = await signedIn();
});

afterEach(async () => {
  await app.deps.mails.sender.stop();
  await app.deps.webhooks.worker.stop();
  await app.close();
  await peer.close();
});

/** Ada signs in, at a provider that verified her address. */
async function signedIn(identifier = ada): Promise<Visitor> {
  const someone = await app.signIn(identifier);
  await app.deps.users.seen(identifier, null, address);
  return someone;
}

const rows = () => outboxRows(app.deps.db);
const sendDue = () => app.deps.mails.sender.look();
const scalekit = () => app.gateway.scalekit;

/** The list is opened, and read anew. */
async function look(): Promise<void> {
  await app.deps.reader.changed(ada);
  await visitor.get('/connections');
}

/** An account was active when the list was last opened, and is so no more at the next time. */
async function leavesActive(key = gmail, status: 'expired' | 'disconnected' = 'expired'): Promise<void> {
  scalekit().addAccount(key);
  await look();
  scalekit().setStatus(key, status);
  await look();
}

describe('an account that stops working by itself', () => {
  it('makes one mail, which its user finds, and no other however often the list is opened', async () => {
    await leavesActive();
    await sendDue();
    await look();
    await sendDue();
    const [mail, ...others] = peer.received;
    expect(others).toEqual([]);
    expect(mail).toMatchObject({ to: [address] });
    expect(mail?.header('Subject')).toBe('Gmail needs reconnecting');
    expect(mail?.text).toContain(`\r\nFor ${ada}\r\n`);
    expect(await rows()).toMatchObject([{ sentAt: expect.any(Number), tries: 1 }]);
  });

  it('has words for access that was taken back', async () => {
    await leavesActive(gmail, 'disconnected');
    await sendDue();
    expect(peer.received[0]?.text).toContain('was revoked');
  });

  it('brings a link that works for its addressee, and says to anyone else that it is not theirs', async () => {
    await leavesActive({ ...gmail, connectionName: oddName });
    await sendDue();
    const [link = ''] = peer.received[0]?.text.match(/http:\S+\/connect\/\S+/) ?? [];
    expect(link.startsWith(app.url)).toBe(true);
    const forAda = await visitor.get(localPart(link));
    expect(forAda.status).toBe(200);
    expect(forAda.text).toContain(`action="/connections/${encodeURIComponent(oddName)}/connect"`);
    const forBob = await (await app.signIn(bob)).get(localPart(link));
    expect(forBob.text).toContain('This link is not for you');
    expect(forBob.text).not.toContain('/connect"');
  });

  it('never puts a link or a token of Scalekit’s into a mail, or anything of the mail into the log', async () => {
    attacks('links-on-click');
    await leavesActive();
    await app.connect(visitor);
    scalekit().setStatus(gmail, 'expired');
    await sendDue();
    const [mail] = peer.received;
    expect(mail?.raw).not.toMatch(/scalekit|magic|state=|auth_request/i);
    const log = JSON.stringify(app.logLines().filter(({ mail }) => mail !== undefined));
    expect(log).toContain('a mail was sent');
    expect(log).not.toMatch(/example\.com|acme|very-secret|\/connect\//);
  });

  it.each(['<b>"x"</b> & co', 'naïve 🦊 用户', `${'long'.repeat(25)}`, "https://evil.example/a?b='c'"])(
    'tells the odd identifier %s as it is',
    async (identifier) => {
      attacks('subjects-without-names');
      visitor = await signedIn(identifier);
      scalekit().addAccount({ ...gmail, identifier });
      await app.deps.reader.changed(identifier);
      await visitor.get('/connections');
      scalekit().setStatus({ ...gmail, identifier }, 'expired');
      await app.deps.reader.changed(identifier);
      await visitor.get('/connections');
      await sendDue();
      expect(peer.received[0]?.text).toContain(`\r\nFor ${identifier}\r\n`);
      expect(peer.received[0]?.html).not.toContain('<b>');
      expect(peer.received[0]?.header('Subject')).toBe('Gmail needs reconnecting');
    },
  );
});

describe('a webhook', () => {
  const tell = async (id: string) => {
    app.deps.webhooks.worker.start();
    const data = { id, ...gmail, connection_name: 'gmail', status: 'EXPIRED', old_status: 'ACTIVE' };
    const occurred_at = new Date(Date.now() + 5000).toISOString();
    expect((await deliver(app.url, eventBody('status_updated', data, { occurred_at }))).status).toBe(200);
    await untilProcessed(app.deps.db);
  };

  it('makes the mail due though nobody opens a page', async () => {
    const { id } = scalekit().addAccount(gmail);
    await look();
    scalekit().setStatus(gmail, 'expired');
    await tell(id);
    await tell(id);
    await sendDue();
    expect(peer.received).toHaveLength(1);
  });

  it('sends nothing by what it says alone', async () => {
    const { id } = scalekit().addAccount(gmail);
    await look();
    await tell(id);
    expect(await rows()).toHaveLength(1);
    await sendDue();
    expect(peer.received).toEqual([]);
    expect(await rows()).toMatchObject([{ withdrawnAt: expect.any(Number) }]);
  });
});

describe('a mail that waits', () => {
  it('waits for the grace time', async () => {
    await app.close();
    app = await startJourneyApp({ env: { ...mailEnv(), MAIL_GRACE_MINUTES: '15' } });
    visitor = await signedIn();
    await leavesActive();
    await sendDue();
    expect(peer.received).toEqual([]);
    await letTimePass(app.deps.db);
    await sendDue();
    expect(peer.received).toHaveLength(1);
  });

  it.each([
    ['the account heals', async () => void scalekit().setStatus(gmail, 'active')],
    ['its user is reconnecting it', async () => void scalekit().setStatus(gmail, 'pending_auth')],
    ['the account is gone', async () => void scalekit().removeAccount(gmail)],
    ['another account takes its place', async () => void scalekit().addAccount(gmail)],
    ['its user disconnects it here', async () => void (await visitor.post('/connections/gmail/disconnect'))],
    ['its user wants no mail', async () => void (await visitor.post('/account/mail'))],
    ['a later sign-in verifies no address', async () => app.deps.users.seen(ada, null)],
  ])('is withdrawn when %s', async (_, happen) => {
    await leavesActive();
    await happen();
    await sendDue();
    expect(peer.received).toEqual([]);
    expect(await rows()).toMatchObject([{ withdrawnAt: expect.any(Number), sentAt: null }]);
  });

  it('goes to the address that the latest sign-in verified', async () => {
    await leavesActive();
    await app.deps.users.seen(ada, null, 'new@mail.example.com');
    await sendDue();
    expect(peer.received).toMatchObject([{ to: ['new@mail.example.com'] }]);
    expect(await rows()).toMatchObject([{ toAddress: 'new@mail.example.com' }]);
  });

  it.each([
    ['Scalekit can’t be asked', () => app.gateway.script.failAll('unreachable')],
    ['Scalekit tells a state that we do not know', () => scalekit().setStatus(gmail, 'unknown')],
  ])('goes on waiting while %s', async (_, happen) => {
    await leavesActive();
    happen();
    await sendDue();
    expect(await rows()).toMatchObject([{ withdrawnAt: null, sentAt: null, tries: 1 }]);
    app.gateway.script.recover();
    scalekit().setStatus(gmail, 'expired');
    await letTimePass(app.deps.db);
    await sendDue();
    expect(peer.received).toHaveLength(1);
  });

  it('is none when its user disconnects an account that works', async () => {
    scalekit().addAccount(gmail);
    await look();
    await visitor.post('/connections/gmail/disconnect');
    await look();
    expect(await rows()).toEqual([]);
  });
});

describe('a mail server', () => {
  it('that puts a mail off gets it again', async () => {
    attacks('mail-away');
    peer.behave('defer');
    await leavesActive();
    await sendDue();
    expect(await rows()).toMatchObject([{ lastError: 'EENVELOPE 451', failedAt: null, tries: 1 }]);
    peer.behave('accept');
    await letTimePass(app.deps.db);
    await sendDue();
    expect(peer.received).toHaveLength(1);
  });

  it('that refuses a mail is not asked again', async () => {
    peer.behave('refuse');
    await leavesActive();
    await sendDue();
    await letTimePass(app.deps.db);
    await sendDue();
    expect(await rows()).toMatchObject([
      { lastError: 'EENVELOPE 550', failedAt: expect.any(Number), tries: 1 },
    ]);
  });

  it('whose answer is lost gets the mail again under the same id', async () => {
    peer.behave('lose_answer');
    await leavesActive();
    await sendDue();
    peer.behave('accept');
    await letTimePass(app.deps.db);
    await sendDue();
    const ids = peer.received.map((mail) => mail.header('Message-ID'));
    expect(ids).toHaveLength(2);
    expect(ids[0]).toMatch(/^<[0-9a-f-]{36}@acme\.example>$/);
    expect(ids[1]).toBe(ids[0]);
  });

  it('that hangs does not keep the app from stopping', async () => {
    peer.behave('hang');
    await leavesActive();
    app.deps.mails.sender.start();
    await peer.called;
    await app.deps.mails.sender.stop();
    expect(await rows()).toMatchObject([{ sentAt: null, failedAt: null, lastError: 'EABORT' }]);
  });

  it('gets one mail from two instances', async () => {
    const database = await createPostgresDatabase();
    const gateway = createMemoryGateway();
    await app.close();
    const options = { env: mailEnv(), databaseUrl: database.url, gateway };
    app = await startJourneyApp(options);
    const other = await startJourneyApp(options);
    visitor = await signedIn();
    await leavesActive();
    await other.deps.reader.read(ada);
    await Promise.all([app, other, app, other].map(({ deps }) => deps.mails.sender.look()));
    expect(peer.received).toHaveLength(1);
    expect(await rows()).toHaveLength(1);
    await other.close();
    await app.close();
    await database.drop();
    app = await startJourneyApp({ env: mailEnv() });
  });
});
