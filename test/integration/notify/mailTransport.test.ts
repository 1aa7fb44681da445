import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { readConfig } from '../../../server/config/config.js';
import {
  createSmtpTransport,
  type MailMessage,
  MailNotTaken,
  type MailTransport,
} from '../../../server/notify/mailTransport.js';
import { makeAuthority, type TestAuthority } from '../../support/certificates.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '../../support/jest.js';
import { type SmtpBehaviour, type SmtpPeer, startSmtpServer } from '../../support/smtpServer.js';

let peer: SmtpPeer;

beforeEach(async () => {
  peer = await startSmtpServer();
});

afterEach(() => peer.close());

const message: MailMessage = {
  id: 'mail-1',
  to: 'ada@example.com',
  subject: 'Gmail needs reconnecting',
  text: 'Hello,\n\nlines — and 🦊.\n',
  html: '<p>Hello — 🦊</p>',
  unsubscribeUrl: `https://connect.example.com/mail/unsubscribe?token=${'sealed-'.repeat(30)}`,
};

function transportTo(url: string, deadlineMs = 5000, env: Record<string, string> = {}): MailTransport {
  const { smtp } = readConfig({ SMTP_URL: url, MAIL_FROM: 'Acme <accounts@acme.example>', ...env }).mail;
  if (smtp === null) throw new Error('there is no mail server');
  return createSmtpTransport(smtp, { deadlineMs });
}

const send = (transport = transportTo(peer.url), changes: Partial<MailMessage> = {}, signal?: AbortSignal) =>
  transport.send({ ...message, ...changes }, signal ?? new AbortController().signal);

async function failureOf(sending: Promise<void>): Promise<Pick<MailNotTaken, 'code' | 'refused'>> {
  const error = await sending.then(() => null).catch((thrown: unknown) => thrown);
  if (!(error instanceof MailNotTaken)) throw new Error('the mail was taken', { cause: error });
  return { code: error.code, refused: error.refused };
}

describe('a mail by SMTP', () => {
  it('arrives as plain text and HTML, from us, under its own id, with the way to turn mail off', async () => {
    await send();
    const [mail] = peer.received;
    expect(mail).toMatchObject({ from: 'accounts@acme.example', to: ['ada@example.com'] });
    expect(mail?.text).toBe('Hello,\r\n\r\nlines — and 🦊.');
    expect(mail?.html).toBe('<p>Hello — 🦊</p>');
    expect(mail?.header('From')).toBe('Acme <accounts@acme.example>');
    expect(mail?.header('To')).toBe('ada@example.com');
    expect(mail?.header('Subject')).toBe('Gmail needs reconnecting');
    expect(mail?.header('Message-ID')).toBe('<mail-1@acme.example>');
    expect(mail?.header('List-Unsubscribe')).toBe(`<${message.unsubscribeUrl}>`);
    expect(mail?.header('List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click');
    expect(mail?.header('Auto-Submitted')).toBe('auto-generated');
  });

  it('says nothing of turning mail off by one POST where that would not go by https', async () => {
    await send(undefined, { unsubscribeUrl: 'http://localhost:3000/mail/unsubscribe?token=sealed' });
    expect(peer.received[0]?.header('List-Unsubscribe')).toMatch(/^<http:/);
    expect(peer.received[0]?.header('List-Unsubscribe-Post')).toBeNull();
  });

  it('has the answers, the returns and the name of the client that the operator chose', async () => {
    const env = {
      MAIL_REPLY_TO: 'Support <support@acme.example>',
      MAIL_RETURN_PATH: 'bounces@mail.acme.example',
      SMTP_EHLO_NAME: 'connect.acme.example',
    };
    await send(transportTo(peer.url, 5000, env));
    const [mail] = peer.received;
    expect(mail).toMatchObject({
      from: 'bounces@mail.acme.example',
      to: ['ada@example.com'],
      clientName: 'connect.acme.example',
    });
    expect(mail?.header('From')).toBe('Acme <accounts@acme.example>');
    expect(mail?.header('Reply-To')).toBe('Support <support@acme.example>');
  });

  it('goes to one address whatever stands in it, and no header grows out of a text', async () => {
    await send(undefined, { subject: 'Gmail\r\nBcc: all@example.com\r\n\r\nbody' });
    await send(undefined, { to: 'ada@example.com, bob@example.com' }).catch(() => undefined);
    await send(undefined, { to: 'ada@example.com\r\nRCPT TO:<bob@example.com>' }).catch(() => undefined);
    expect(peer.received[0]?.header('Bcc')).toBeNull();
    expect(peer.received.flatMap(({ to }) => to)).not.toContain('bob@example.com');
    expect(peer.received.flatMap(({ to }) => to)).not.toContain('all@example.com');
  });

  it('signs in where that is asked for', async () => {
    await send(transportTo(`smtp://ada:p%40ss@127.0.0.1:${peer.port}`));
    expect(peer.logins).toEqual(['ada:p@ss']);
    expect(peer.received).toHaveLength(1);
  });

  it.each([
    ['defer', { code: 'EENVELOPE 451', refused: 'forNow' }],
    ['refuse', { code: 'EENVELOPE 550', refused: 'forGood' }],
    ['refuse_message', { code: 'EMESSAGE 554', refused: 'forGood' }],
    ['lose_answer', { code: 'ECONNECTION', refused: null }],
  ] as const)('that meets %s is told apart', async (behaviour: SmtpBehaviour, expected) => {
    peer.behave(behaviour);
    expect(await failureOf(send())).toEqual(expected);
  });

  it('is not at fault when our own password is', async () => {
    peer.behave('refuse_login');
    const failure = await failureOf(send(transportTo(`smtp://ada:very-secret@127.0.0.1:${peer.port}`)));
    expect(failure).toEqual({ code: 'EAUTH 535', refused: null });
  });

  it('is given up at the deadline when the server hangs', async () => {
    peer.behave('hang');
    expect(await failureOf(send(transportTo(peer.url, 200)))).toEqual({ code: 'EABORT', refused: null });
  });

  it('is given up at once when the app stops', async () => {
    peer.behave('hang');
    const stopping = new AbortController();
    const failure = failureOf(send(undefined, {}, stopping.signal));
    await peer.called;
    stopping.abort();
    expect(await failure).toEqual({ code: 'EABORT', refused: null });
  });

  it('fails when nothing answers, or something else does', async () => {
    const silent = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    expect(await failureOf(send(transportTo(`smtp://127.0.0.1:${port}`)))).toMatchObject({ refused: null });
    await new Promise((resolve) => silent.close(resolve));
    expect(await failureOf(send(transportTo(`smtp://127.0.0.1:${port}`)))).toMatchObject({ refused: null });
  });

  it('and its password are not shown to a server whose certificate nobody trusts', async () => {
    const other = await startSmtpServer({ startTls: true });
    const failure = await failureOf(send(transportTo(`smtp://ada:very-secret@127.0.0.1:${other.port}`)));
    expect(failure.refused).toBeNull();
    expect(other.logins).toEqual([]);
    expect(other.received).toEqual([]);
    await other.close();
  });
});

describe('a mail server with a certificate of a private authority', () => {
  let ours: TestAuthority;
  let foreign: TestAuthority;

  beforeAll(async () => {
    ours = await makeAuthority();
    foreign = await makeAuthority();
  });

  afterAll(async () => {
    await ours.remove();
    await foreign.remove();
  });

  const trusting = (server: SmtpPeer, { file } = ours) =>
    transportTo(server.url, 5000, { SMTP_CA_FILE: file });

  async function whyNot(sending: Promise<void>): Promise<[code: string, why: string | null]> {
    const error = await sending.then(() => null).catch((thrown: unknown) => thrown);
    if (!(error instanceof MailNotTaken)) throw new Error('the mail was taken', { cause: error });
    expect(error.refused).toBeNull();
    return [error.code, error.why];
  }

  it.each(['startTls', 'tls'] as const)('gets mail where the authority is trusted: %s', async (kind) => {
    const server = await startSmtpServer({ [kind]: await ours.issue('IP:127.0.0.1') });
    await send(trusting(server));
    expect(server.received).toHaveLength(1);
    await server.close();
  });

  it('gets none where another authority is trusted, or none of its own, and the reason is told in words', async () => {
    const server = await startSmtpServer({ startTls: await ours.issue('IP:127.0.0.1') });
    const untrusted = expect.stringMatching(
      /^has a certificate of an authority that is not trusted here.*SMTP_CA_FILE$/,
    );
    const code = expect.stringMatching(/^(UNABLE_TO|SELF_SIGNED)/);
    expect(await whyNot(send(trusting(server, foreign)))).toEqual([code, untrusted]);
    expect(await whyNot(send(transportTo(server.url)))).toEqual([code, untrusted]);
    expect(server.received).toEqual([]);
    await server.close();
  });

  it.each([
    ['IP:127.0.0.1', 'past', 'CERT_HAS_EXPIRED', /has expired: renew it/],
    ['IP:127.0.0.1', 'future', 'CERT_NOT_YET_VALID', /not valid yet.*clock/],
    [
      'DNS:mail.acme.example',
      'now',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      /does not name 127\.0\.0\.1, but DNS:mail\.acme\.example/,
    ],
  ] as const)('for %s, valid in the %s, is refused with %s', async (names, validity, code, words) => {
    const server = await startSmtpServer({ startTls: await ours.issue(names, validity) });
    expect(await whyNot(send(trusting(server)))).toEqual([code, expect.stringMatching(words)]);
    await server.close();
  });

  it('has to offer encryption, also where no password is sent', async () => {
    expect(await whyNot(send(trusting(peer)))).toEqual(['ETLS', expect.stringContaining('STARTTLS')]);
    expect(peer.received).toEqual([]);
  });

  it('is told apart from one that speaks no TLS on its port', async () => {
    const url = peer.url.replace('smtp:', 'smtps:');
    expect(await whyNot(send(transportTo(url)))).toEqual([
      expect.stringMatching(/^ERR_SSL_/),
      expect.stringContaining('begin SMTP_URL with smtp://'),
    ]);
  });

  it.each([
    ['that is not there', '/nowhere/ca.pem', 'can’t be read (ENOENT)'],
    ['without a certificate', fileURLToPath(import.meta.url), 'holds no certificate'],
  ])('can’t be reached with a file %s, and the start says so', (_, file, words) => {
    expect(() => transportTo(peer.url, 5000, { SMTP_CA_FILE: file })).toThrow(
      `SMTP_CA_FILE names ${file}, which ${words}`,
    );
  });
});
