import { createTransport } from 'nodemailer';
import { readCertificates } from '../config/certificateFile.js';
import type { MailServer, SmtpSettings } from '../config/mailSettings.js';
import { withDeadline } from '../kernel/deadline.js';
import { tlsFaultOf } from './tlsFault.js';

/** A mail as it goes out. */
export interface MailMessage {
  /** The same for every try, so that a mail that arrives twice can be known for one (RFC 5322, 3.6.4). */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Where mail can be turned off, for the List-Unsubscribe header (RFC 2369), with one POST when it is https (RFC 8058). */
  readonly unsubscribeUrl: string;
}

/** Thrown when no mail server accepted a mail, as far as the app knows. The message is a code without personal data. */
export class MailNotTaken extends Error {
  override readonly name = 'MailNotTaken';

  /**
   * @param code such as `EENVELOPE 550`
   * @param refused `forGood` when this mail will never be taken, `forNow` when this one was put off, and null when
   * the server did not get to look at it, as it would not at any other
   * @param why what is wrong with the server and what to do, as the end of a sentence that begins with it, if known
   */
  constructor(
    readonly code: string,
    readonly refused: 'forGood' | 'forNow' | null,
    readonly why: string | null = null,
  ) {
    super(`the mail was not taken: ${code}`);
  }
}

interface SmtpError {
  readonly code?: unknown;
  readonly command?: unknown;
  readonly responseCode?: unknown;
}

/** When the server refuses one of these commands, the mail is at fault; otherwise the server or this app is. */
const aboutTheMail = new Set<unknown>(['RCPT TO', 'DATA']);

function notTaken(error: SmtpError, host: string): MailNotTaken {
  const fault = tlsFaultOf(error, host);
  if (fault !== null) return new MailNotTaken(fault.code, null, fault.why);
  const { code, command, responseCode: answer } = error;
  const text = [code, answer]
    .filter((part) => typeof part === 'string' || typeof part === 'number')
    .join(' ');
  const refused = typeof answer === 'number' && aboutTheMail.has(command);
  return new MailNotTaken(
    text.slice(0, 60) || 'unknown',
    refused ? (answer >= 500 ? 'forGood' : 'forNow') : null,
  );
}

/** @throws ConfigError when the file of certificates can't be used */
function transporterOf(smtp: SmtpSettings) {
  const { credentials, ehloName, caFile } = smtp;
  return createTransport({
    host: smtp.host,
    port: smtp.port,
    secure: smtp.secure,
    requireTLS: smtp.requireTls,
    ...(ehloName !== null && { name: ehloName }),
    ...(caFile !== null && { tls: { ca: readCertificates('SMTP_CA_FILE', caFile) } }),
    ...(credentials && { auth: { user: credentials.user, pass: credentials.password } }),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/** Connects to the mail server, signs in, and leaves. @throws MailNotTaken, and ConfigError as `createSmtpTransport` */
export async function checkSmtp(smtp: SmtpSettings, { deadlineMs = 10_000 } = {}): Promise<void> {
  const transporter = transporterOf(smtp);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new MailNotTaken('no answer in time', null)), deadlineMs);
  });
  try {
    await Promise.race([transporter.verify(), late]);
  } catch (error) {
    throw error instanceof MailNotTaken ? error : notTaken(error as SmtpError, smtp.host);
  } finally {
    clearTimeout(timer);
    transporter.close();
  }
}

/**
 * Sends by SMTP, over a connection for each mail.
 * @param deadlineMs for one mail as a whole
 * @throws ConfigError when the file of certificates can't be used
 */
export function createSmtpTransport(smtp: MailServer, { deadlineMs = 30_000 } = {}) {
  const { from, replyTo, returnPath } = smtp;
  const transporter = transporterOf(smtp);
  const domain = from.address.split('@').at(-1);

  return {
    /** Settles when the mail server has taken the mail. @throws MailNotTaken */
    async send(
      { id, to, subject, text, html, unsubscribeUrl }: MailMessage,
      signal: AbortSignal,
    ): Promise<void> {
      const mail = {
        // As objects, since a text would be read as a list of addresses; copied, since they are written to.
        from: { ...from },
        to: { name: '', address: to },
        ...(replyTo !== null && { replyTo: { ...replyTo } }),
        envelope: { from: { name: '', address: returnPath }, to: { name: '', address: to } },
        subject,
        text,
        html,
        messageId: `<${id}@${domain}>`,
        headers: {
          'List-Unsubscribe': { prepared: true, value: `<${unsubscribeUrl}>` },
          // RFC 8058 knows it for https alone.
          ...(unsubscribeUrl.startsWith('https:') && {
            'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
          }),
          'Auto-Submitted': 'auto-generated',
          'X-Auto-Response-Suppress': 'All',
        },
      };
      const sending = withDeadline(deadlineMs, signal, (over) =>
        transporter.sendMail({ ...mail, signal: over }),
      );
      await sending.catch((error: SmtpError) => {
        // An error without a code is a fault of this app.
        throw error.code === undefined ? error : notTaken(error, smtp.host);
      });
    },
  };
}

export type MailTransport = ReturnType<typeof createSmtpTransport>;

/** Accepts every mail and sends none. Their readers look at the outbox's page instead. */
export const outboxOnlyTransport: MailTransport = { send: async () => undefined };
