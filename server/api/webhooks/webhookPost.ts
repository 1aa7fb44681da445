import { lookup as lookupByHost } from 'node:dns/promises';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as requestByHttp } from 'node:http';
import { type RequestOptions, request as requestByHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import { certificateFaultOf } from '../../kernel/certificateFault.js';
import { isTimeUp, untilAborted, withDeadline } from '../../kernel/deadline.js';
import { isLoopbackHost } from '../../kernel/loopback.js';
import { parsedUrl } from '../../kernel/parsedUrl.js';
import { mayReach, type ReachRules, tellsForbidden } from './reachableAddress.js';

/** Why a webhook was not taken. */
export const postFaults = [
  'forbidden_address',
  'unknown_host',
  'unreachable',
  'bad_certificate',
  'timed_out',
  'redirected',
  'refused',
  'secret_lost',
] as const;
export type PostFault = (typeof postFaults)[number];

/** What came of a webhook: of its answer nothing but the three digits is known. */
export type Posted =
  | { readonly taken: true; readonly status: number }
  | { readonly taken: false; readonly fault: PostFault; readonly status: number | null };

export interface WebhookMessage {
  /** As it was registered. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface WebhookPostSettings {
  /** Whether the app runs for this machine alone. */
  readonly loopback: boolean;
  /** Networks besides the public internet that webhooks may go to. */
  readonly allowCidrs: readonly string[];
}

export interface WebhookPostOptions {
  /** How long one may take, in milliseconds, from the look-up of its host to the first line of the answer. */
  readonly withinMs?: number;
  /** The addresses of a host. */
  readonly addressesOf?: (host: string) => Promise<readonly string[]>;
  /** Whose certificates are trusted, in PEM, in place of those that Node.js trusts. */
  readonly ca?: string;
}

/** As much of an answer is read away, so that its sender is not cut off in the middle of a short one. */
const readAwayBytes = 16_384;
const readAwayMs = 1_000;

const systemAddressesOf = async (host: string): Promise<readonly string[]> =>
  (await lookupByHost(host, { all: true })).map(({ address }) => address);

const failed = (fault: PostFault, status: number | null = null): Posted => ({ taken: false, fault, status });

/** Thrown before a connection is made. */
class NotSent extends Error {
  override readonly name = 'NotSent';
  constructor(readonly fault: PostFault) {
    super(fault);
  }
}

/** Leads a connection to addresses that were checked, and to no other. */
const leadingTo =
  (addresses: readonly string[]): LookupFunction =>
  (_host, options, done) => {
    const all = addresses.map((address) => ({ address, family: isIP(address) }));
    const [first] = all;
    if (first === undefined) return done(new Error('there is no address'), '');
    return options.all === true ? done(null, all) : done(null, first.address, first.family);
  };

/** Reads a little of an answer, which nobody looks at, and no more. */
function readAway(answer: IncomingMessage): void {
  let bytes = 0;
  const end = () => answer.destroy();
  const timer = setTimeout(end, readAwayMs).unref();
  answer.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > readAwayBytes) end();
  });
  answer.on('error', () => undefined);
  answer.on('close', () => clearTimeout(timer));
}

function resultOf({ statusCode: status = 0 }: IncomingMessage): Posted {
  if (status >= 200 && status < 300) return { taken: true, status };
  return failed(status >= 300 && status < 400 ? 'redirected' : 'refused', status);
}

function faultOf(error: unknown, host: string): PostFault {
  if (error instanceof NotSent) return error.fault;
  const place = { host, namedBy: 'the address', authorities: 'NODE_EXTRA_CA_CERTS' };
  if (certificateFaultOf(error, place) !== null) return 'bad_certificate';
  return 'unreachable';
}

/**
 * Posts webhooks to the addresses of other apps. Nobody gets at the operator's own network by them: every address that a
 * host leads to is checked, the connection goes to one that was, no redirect is followed, and of the answer nobody
 * learns more than its status. Behind a proxy that `HTTPS_PROXY` names the proxy looks hosts up, and has to filter.
 */
export function createWebhookPost(
  { loopback, allowCidrs }: WebhookPostSettings,
  { withinMs = 10_000, addressesOf = systemAddressesOf, ca }: WebhookPostOptions = {},
) {
  /** Look-ups under way: one that takes for ever keeps no more than one thread. */
  const lookingUp = new Map<string, Promise<readonly string[]>>();

  function lookUp(host: string): Promise<readonly string[]> {
    const underWay = lookingUp.get(host);
    if (underWay !== undefined) return underWay;
    const looking = addressesOf(host).finally(() => lookingUp.delete(host));
    lookingUp.set(host, looking);
    return looking;
  }

  /** The addresses that a connection may go to. @throws NotSent when one of them is forbidden */
  async function checkedAddresses({ hostname }: URL, rules: ReachRules): Promise<readonly string[]> {
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const addresses = isIP(host) === 0 ? await lookUp(host).catch(() => []) : [host];
    if (addresses.length === 0) throw new NotSent('unknown_host');
    if (!addresses.every((address) => mayReach(address, rules))) throw new NotSent('forbidden_address');
    return addresses;
  }

  /** Whom to ask, and through what. @throws NotSent */
  async function wayTo(url: URL): Promise<RequestOptions> {
    const rules = { allowCidrs, loopback: loopback && isLoopbackHost(url.hostname) };
    if (tellsForbidden(url, rules)) throw new NotSent('forbidden_address');
    const proxy = url.protocol === 'https:' && !rules.loopback ? getProxyForUrl(url.href) : '';
    return proxy === ''
      ? { agent: false, lookup: leadingTo(await checkedAddresses(url, rules)) }
      : { agent: new HttpsProxyAgent(proxy) };
  }

  async function ask({ url: text, headers, body }: WebhookMessage, signal: AbortSignal): Promise<Posted> {
    const url = parsedUrl(text);
    if (url === null) return failed('forbidden_address');
    const way = await wayTo(url);
    signal.throwIfAborted();
    const options = {
      ...way,
      method: 'POST',
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
      signal,
      ...(ca === undefined ? {} : { ca }),
    };
    const asking: ClientRequest =
      url.protocol === 'https:' ? requestByHttps(url, options) : requestByHttp(url, options);
    asking.end(body);
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    // What fails from here on fails after it was taken.
    asking.on('error', () => undefined);
    readAway(answer);
    return resultOf(answer);
  }

  /**
   * @param stop gives it up
   * @throws the reason of `stop`, and nothing else
   */
  return async (message: WebhookMessage, stop?: AbortSignal): Promise<Posted> => {
    try {
      // A look-up can't be given up; it goes on alone.
      return await withDeadline(withinMs, stop, (signal) =>
        Promise.race([untilAborted(signal), ask(message, signal)]),
      );
    } catch (error) {
      stop?.throwIfAborted();
      return failed(isTimeUp(error) ? 'timed_out' : faultOf(error, message.url));
    }
  };
}

export type WebhookPost = ReturnType<typeof createWebhookPost>;
