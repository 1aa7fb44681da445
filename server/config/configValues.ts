import { isIP } from 'node:net';
import { z } from 'zod';
import { isDatabaseUrl, sslFaultOf } from '../kernel/databaseUrl.js';
import { parsedNetwork } from '../kernel/ipAddress.js';
import { isLoopbackHost } from '../kernel/loopback.js';
import { parsedUrl } from '../kernel/parsedUrl.js';

/** What is wrong with a variable, as the end of a sentence that begins with its name. It never holds the value. */
export interface Fault {
  readonly name: string;
  readonly expected: string;
}

/** What an operator is told about a variable: Markdown, on one line each. */
interface VariableNotes {
  /** A phrase that begins small and has no full stop at its end. */
  readonly meaning: string;
  /** When the variable has to be set, as "in production". Left out for one that never has to be. */
  readonly required?: string;
  /** What counts while the variable is not set. Left out where the schema's own default says it, or where nothing does. */
  readonly otherwise?: string;
  /** What `.env.example` shows where the schema has no default. Secrets have none, so that nobody runs with one. */
  readonly example?: string;
}

/** The one source of `.env.example` and of the tables in the README beside it. */
export const variableNotes = z.registry<VariableNotes>();

export const wholeNumber = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${low} to ${high}`)
    .transform(Number)
    .refine((value) => value >= low && value <= high, `must be a whole number from ${low} to ${high}`);

const hasCredentials = ({ username, password }: URL) => username !== '' || password !== '';

/**
 * The parts of a base path. Cookies are named by it, with a full stop for each slash, so that no part may have one. What
 * machines ask for at the root is not free.
 */
const basePath = /^\/(?!(?:healthz|readyz|metrics)\/?$)(?:[\w-]+(?:\/[\w-]+)*\/?)?$/i;
const basePathMaxLength = 100;

/** @returns the URL without a slash at its end */
export const publicUrl = z.string().transform((value, context) => {
  const url = parsedUrl(value);
  const clean = url !== null && !url.search && !url.hash && !hasCredentials(url);
  if (!clean || !['http:', 'https:'].includes(url.protocol)) {
    context.addIssue(
      'must be an http or https address such as https://connect.example.com or https://app.example.com/connect',
    );
    return z.NEVER;
  }
  // As it was written: a URL that is parsed has lost `..` and double slashes.
  const path = value.trim().replace(/^[^/]*\/\/[^/\\]*/, '') || '/';
  if (!basePath.test(path) || path.length > basePathMaxLength) {
    context.addIssue(
      `must have no path, or one of letters, digits, - and _ between single slashes, of at most ${basePathMaxLength} characters, other than /healthz, /readyz and /metrics`,
    );
    return z.NEVER;
  }
  return url.origin + path.replace(/\/$/, '');
});

export const environmentUrl = z.string().transform((value, context) => {
  const url = parsedUrl(value);
  const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname));
  if (url === null || !secure || hasCredentials(url) || url.search || url.hash) {
    context.addIssue('must be the https environment URL of your Scalekit dashboard (http only on loopback)');
    return z.NEVER;
  }
  return url.href.replace(/\/+$/, '');
});

export const databaseUrl = z
  .string()
  .refine(
    isDatabaseUrl,
    'must be postgres://user:password@host:port/database, with special characters percent-encoded',
  )
  .superRefine((value, context) => {
    const fault = isDatabaseUrl(value) ? sslFaultOf(value) : null;
    if (fault !== null) context.addIssue(fault);
  });

/** A shorter key could be guessed. A key that is not base64 decodes to an empty key, with which anybody can sign. */
const webhookSecret = /^whsec_(?:[A-Za-z0-9+/]{4}){5,}(?:[A-Za-z0-9+/]{2,3}={0,2})?$/;

export const webhookSecrets = z.string().transform((value, context) => {
  const secrets = value.split(',').map((secret) => secret.trim());
  if (secrets.every((secret) => webhookSecret.test(secret))) return secrets;
  context.addIssue('must be signing secrets as the dashboard shows them, whsec_…, separated by commas');
  return z.NEVER;
});

/** A list, so that a secret can be rotated. */
export const secretsOf = (minLength: number) =>
  z.string().transform((value, context) => {
    const secrets = value.split(',').map((secret) => secret.trim());
    if (secrets.every((secret) => secret.length >= minLength)) return secrets;
    context.addIssue(
      `must have at least ${minLength} characters, each if there are several with commas between`,
    );
    return z.NEVER;
  });

export const trustProxy = z.string().transform((value, context) => {
  if (value === 'false' || value === '0') return false as const;
  if (/^\d{1,2}$/.test(value)) return Number(value);
  const parts = value.split(',').map((entry) => entry.trim());
  const named = new Set(['loopback', 'linklocal', 'uniquelocal']);
  const valid = parts.every((entry) => {
    const [address = '', bits, ...rest] = entry.split('/');
    const family = isIP(address);
    const bitsValid =
      bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
    return named.has(entry) || (family !== 0 && bitsValid && rest.length === 0);
  });
  if (!valid) {
    context.addIssue('must be a number of proxies, or a list of proxy addresses such as 10.0.0.0/8,loopback');
    return z.NEVER;
  }
  return parts;
});

export const networks = z.string().transform((value, context) => {
  const parts = value.split(',').map((part) => part.trim());
  if (parts.every((part) => parsedNetwork(part) !== null)) return parts;
  context.addIssue('must be networks such as 10.1.0.0/16 or fd12:3456::/32, separated by commas');
  return z.NEVER;
});

export const hostName = z.string().regex(/^[A-Za-z0-9.:_-]+$/, 'must be a host name or an address');
