import { z } from 'zod';
import { isLoopbackHost } from '../kernel/loopback.js';
import { isMailAddress } from '../kernel/mailAddress.js';
import { type Fault, variableNotes, wholeNumber } from './configValues.js';

/** The mail server that takes our mail. */
export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; else by STARTTLS where the server offers it. */
  readonly secure: boolean;
  /** Requires encryption before anything else is sent: a password never travels in the clear. */
  readonly requireTls: boolean;
  readonly credentials: { readonly user: string; readonly password: string } | null;
  /** The name that this app gives itself to the mail server, or null for that of the machine. */
  readonly ehloName: string | null;
  /** A file with the certificates of the authorities that the server's must come from, or null for the public ones. */
  readonly caFile: string | null;
}

export interface MailFrom {
  readonly name: string;
  readonly address: string;
}

/** A mail server, and what all mail that it takes from here says of its sender. */
export interface MailServer extends SmtpSettings {
  readonly from: MailFrom;
  /** Where answers go, or null for `from`. */
  readonly replyTo: MailFrom | null;
  /** Where mail servers send what can't be delivered (RFC 5321, 4.4). */
  readonly returnPath: string;
}

export interface MailSettings {
  /** Null while mail can't be sent, and waits in the outbox. */
  readonly smtp: MailServer | null;
  /** How long an account may be out of order before its user is told, in milliseconds. */
  readonly graceMs: number;
}

const smtpExpected =
  'must be smtp://user:password@host:port or smtps://…, with special characters percent-encoded';

function credentialsOf({ username, password }: URL): SmtpSettings['credentials'] {
  if (username === '' && password === '') return null;
  return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** @throws Error when it is no address of a mail server */
function parseSmtpUrl(value: string): Omit<SmtpSettings, 'ehloName' | 'caFile'> {
  const url = new URL(value);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const clean = ['', '/'].includes(url.pathname) && !url.search && !url.hash;
  const secure = url.protocol === 'smtps:';
  if (!clean || !(secure || url.protocol === 'smtp:') || !/^[A-Za-z0-9.:_-]+$/.test(host)) {
    throw new Error(smtpExpected);
  }
  const credentials = credentialsOf(url);
  if ((credentials?.user === '') !== (credentials?.password === '')) throw new Error(smtpExpected);
  const requireTls = !secure && credentials !== null && !isLoopbackHost(host);
  return { host, port: Number(url.port) || (secure ? 465 : 587), secure, requireTls, credentials };
}

const smtpUrl = z.string().transform((value, context) => {
  try {
    return parseSmtpUrl(value);
  } catch {
    context.addIssue(smtpExpected);
    return z.NEVER;
  }
});

const mailFrom = z.string().transform((value, context): MailFrom => {
  const [, name = '', bracketed] = /^([^<>"\p{Cc}\p{Cf}]{0,80}?)\s*<([^<>]+)>$/u.exec(value.trim()) ?? [];
  const address = bracketed ?? value.trim();
  if (isMailAddress(address)) return { name, address };
  context.addIssue('must be an address, such as accounts@example.com or My product <accounts@example.com>');
  return z.NEVER;
});

const mailAddress = z
  .string()
  .transform((value) => value.trim())
  .refine(isMailAddress, 'must be an address, such as bounces@example.com');

/** A domain name, or an address as SMTP writes it (RFC 5321, 4.1.3). */
const ehloName = z
  .string()
  .regex(
    /^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[A-Za-z0-9.:]+\])$/,
    'must be a host name, such as connect.example.com, or an address in brackets',
  )
  .max(255, 'must have at most 255 characters');

/** The variables of mail, for the schema of the whole environment. */
export const mailVariables = {
  SMTP_URL: smtpUrl.optional().register(variableNotes, {
    meaning:
      'the mail server, `smtp://user:password@host:587` or `smtps://…`; a password is only sent over TLS',
    required: 'with `MAIL_FROM`',
    example: 'smtp://user:password@smtp.example.com:587',
  }),
  MAIL_FROM: mailFrom.optional().register(variableNotes, {
    meaning: 'whom mail comes from: an address, or `Name <address>`',
    required: 'with `SMTP_URL`',
    example: 'My product <accounts@example.com>',
  }),
  MAIL_REPLY_TO: mailFrom.optional().register(variableNotes, {
    meaning: 'where answers to mail go: an address, or `Name <address>`',
    otherwise: 'as `MAIL_FROM`',
    example: 'Support <support@example.com>',
  }),
  MAIL_RETURN_PATH: mailAddress.optional().register(variableNotes, {
    meaning:
      'where mail servers tell what they could not deliver: the sender on the envelope, or `Return-Path`',
    otherwise: 'the address of `MAIL_FROM`',
    example: 'bounces@example.com',
  }),
  SMTP_EHLO_NAME: ehloName.optional().register(variableNotes, {
    meaning: 'the name that the app gives itself to the mail server (`EHLO`)',
    otherwise: 'the name of the machine',
    example: 'connect.example.com',
  }),
  SMTP_CA_FILE: z
    .string()
    .optional()
    .register(variableNotes, {
      meaning:
        'a file with the certificates (PEM) of your own authorities: the certificate of the mail server has to come from one ' +
        'of them, and `smtp://` insists on STARTTLS',
      otherwise: 'the public authorities',
      example: '/etc/ssl/private-ca.pem',
    }),
  MAIL_GRACE_MINUTES: wholeNumber(0, 10_080).default(15).register(variableNotes, {
    meaning: 'how many minutes an account may be out of order before its user gets a mail',
  }),
};

type Variables = z.output<z.ZodObject<typeof mailVariables>>;

/** The faults in how the variables go together. @param names the variables that are set, faulty ones too */
export function mailFaults(names: ReadonlySet<string>): Fault[] {
  const [needing] = ['MAIL_REPLY_TO', 'MAIL_RETURN_PATH', 'SMTP_EHLO_NAME', 'SMTP_CA_FILE'].filter((name) =>
    names.has(name),
  );
  if (needing !== undefined && !names.has('SMTP_URL')) {
    return [{ name: 'SMTP_URL', expected: `is required together with ${needing}` }];
  }
  if (names.has('SMTP_URL') === names.has('MAIL_FROM')) return [];
  const [missing, given] = names.has('SMTP_URL') ? ['MAIL_FROM', 'SMTP_URL'] : ['SMTP_URL', 'MAIL_FROM'];
  return [{ name: missing, expected: `is required together with ${given}` }];
}

function mailServer(env: Variables): MailServer | null {
  const { SMTP_URL: smtp, MAIL_FROM: from, SMTP_CA_FILE: caFile = null } = env;
  if (smtp === undefined || from === undefined) return null;
  return {
    ...smtp,
    // Without that, who stands between could leave STARTTLS out, and no certificate would be looked at.
    requireTls: smtp.requireTls || (caFile !== null && !smtp.secure),
    ehloName: env.SMTP_EHLO_NAME ?? null,
    caFile,
    from,
    replyTo: env.MAIL_REPLY_TO ?? null,
    returnPath: env.MAIL_RETURN_PATH ?? from.address,
  };
}

/** How mail is sent, from variables without a fault. */
export function mailSettings(env: Variables): MailSettings {
  return {
    smtp: mailServer(env),
    graceMs: env.MAIL_GRACE_MINUTES * 60_000,
  };
}
