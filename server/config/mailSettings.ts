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
}

export interface MailFrom {
  readonly name: string;
  readonly address: string;
}

export interface MailSettings {
  /** Null while mail can't be sent, and waits in the outbox. */
  readonly smtp: (SmtpSettings & { readonly from: MailFrom }) | null;
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
function parseSmtpUrl(value: string): SmtpSettings {
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
  MAIL_GRACE_MINUTES: wholeNumber(0, 10_080).default(15).register(variableNotes, {
    meaning: 'how many minutes an account may be out of order before its user gets a mail',
  }),
};

type Variables = z.output<z.ZodObject<typeof mailVariables>>;

/** The faults in how the variables go together. @param names the variables that are set, faulty ones too */
export function mailFaults(names: ReadonlySet<string>): Fault[] {
  if (names.has('SMTP_URL') === names.has('MAIL_FROM')) return [];
  const [missing, given] = names.has('SMTP_URL') ? ['MAIL_FROM', 'SMTP_URL'] : ['SMTP_URL', 'MAIL_FROM'];
  return [{ name: missing, expected: `is required together with ${given}` }];
}

/** How mail is sent, from variables without a fault. */
export function mailSettings(env: Variables): MailSettings {
  const { SMTP_URL: smtp, MAIL_FROM: from } = env;
  return {
    smtp: smtp === undefined || from === undefined ? null : { ...smtp, from },
    graceMs: env.MAIL_GRACE_MINUTES * 60_000,
  };
}
