import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { TestCertificate } from './certificates.js';

/**
 * How the server meets mail.
 * - `accept`: takes it.
 * - `defer`, `refuse`: answers the recipient with 451 or 550.
 * - `refuse_message`: answers the message itself with 554.
 * - `refuse_login`: knows nobody's password.
 * - `hang`: never answers the sender's address.
 * - `lose_answer`: takes the message and cuts the connection without saying so.
 */
export type SmtpBehaviour =
  | 'accept'
  | 'defer'
  | 'refuse'
  | 'refuse_message'
  | 'refuse_login'
  | 'hang'
  | 'lose_answer';

/** A mail as a mail server sees it. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** The name that the client gave itself. */
  readonly clientName: string;
  /** The message as it came. */
  readonly raw: string;
  /** The value of a header, unfolded; null when there is none. */
  header(name: string): string | null;
  readonly text: string;
  readonly html: string;
}

export interface SmtpPeer {
  readonly port: number;
  /** `smtp://127.0.0.1:<port>`, or `smtps://…` */
  readonly url: string;
  readonly received: readonly ReceivedMail[];
  /** Who signed in, `user:password`. */
  readonly logins: readonly string[];
  /** Resolves when a client has named a sender. */
  readonly called: Promise<void>;
  behave(behaviour: SmtpBehaviour): void;
  close(): Promise<void>;
}

function decoded(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return body;
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function split(message: string): { head: string; body: string } {
  const end = message.indexOf('\r\n\r\n');
  return { head: message.slice(0, end).replace(/\r\n[ \t]+/g, ' '), body: message.slice(end + 4) };
}

const headerOf = (head: string, name: string): string | null =>
  new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim() ?? null;

/** The content of the part of a type. */
function partOf(raw: string, type: string): string {
  const { head, body } = split(raw);
  const boundary = /boundary="([^"]+)"/.exec(head)?.[1] ?? '';
  const part = body.split(`--${boundary}`).map((one) => split(one.replace(/^\r\n/, '')));
  const found = part.find((one) => headerOf(one.head, 'Content-Type')?.startsWith(type));
  if (found === undefined) throw new Error(`the mail has no part of the type ${type}`);
  return decoded(found.body, headerOf(found.head, 'Content-Transfer-Encoding') ?? '7bit').trimEnd();
}

export interface SmtpPeerOptions {
  /** Offers STARTTLS: with a certificate of its own, or with one that nobody trusts and that has expired. */
  readonly startTls?: boolean | TestCertificate;
  /** Speaks TLS from the first byte, with this certificate. */
  readonly tls?: TestCertificate;
}

const answer = (code: number) => Object.assign(new Error('no'), { responseCode: code });

/** Starts a real mail server on loopback, on a free port. */
export async function startSmtpServer({ startTls = false, tls }: SmtpPeerOptions = {}): Promise<SmtpPeer> {
  const received: ReceivedMail[] = [];
  const logins: string[] = [];
  let behaviour: SmtpBehaviour = 'accept';
  let call: () => void = () => undefined;
  const called = new Promise<void>((resolve) => {
    call = resolve;
  });

  const server: SMTPServer = new SMTPServer({
    logger: false,
    secure: tls !== undefined,
    ...(tls ?? (typeof startTls === 'object' ? startTls : {})),
    authOptional: true,
    allowInsecureAuth: true,
    closeTimeout: 10,
    disabledCommands: startTls !== false ? [] : ['STARTTLS'],
    disableReverseLookup: true,
    onAuth({ username, password }, _session, done) {
      logins.push(`${username}:${password}`);
      if (behaviour === 'refuse_login') done(answer(535));
      else done(null, { user: username });
    },
    onMailFrom(_address, _session, done) {
      call();
      if (behaviour !== 'hang') done();
    },
    onRcptTo(_address, _session, done) {
      if (behaviour === 'defer') done(answer(451));
      else done(behaviour === 'refuse' ? answer(550) : null);
    },
    onData(stream, { envelope, hostNameAppearsAs }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (behaviour === 'refuse_message') return done(answer(554));
        const raw = Buffer.concat(chunks).toString('latin1');
        const { head } = split(raw);
        received.push({
          from: envelope.mailFrom ? envelope.mailFrom.address : '',
          to: envelope.rcptTo.map(({ address }) => address),
          clientName: String(hostNameAppearsAs),
          raw,
          header: (name) => headerOf(head, name),
          text: partOf(raw, 'text/plain'),
          html: partOf(raw, 'text/html'),
        });
        if (behaviour === 'lose_answer') for (const { _socket } of server.connections) _socket.destroy();
        else done();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    url: `${tls === undefined ? 'smtp' : 'smtps'}://127.0.0.1:${port}`,
    received,
    logins,
    called,
    behave(next) {
      behaviour = next;
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
