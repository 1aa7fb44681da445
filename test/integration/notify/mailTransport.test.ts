import { createServer } from 'node:net';
import { readConfig } from '../../../server/config/config.js';
import {
  createSmtpTransport,
  type MailMessage,
  MailNotTaken,
  type MailTransport,
} from '../../../server/notify/mailTransport.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
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
  unsubscribeUrl: 'https://connect.example.com/account',
};

function transportTo(url: string, deadlineMs = 5000): MailTransport {
  const { smtp } = readConfig({ SMTP_URL: url, MAIL_FROM: 'Acme <accounts@acme.example>' }).mail;
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
    expect(mail?.header('List-Unsubscribe')).toBe('<https://connect.example.com/account>');
    expect(mail?.header('Auto-Submitted')).toBe('auto-generated');
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
