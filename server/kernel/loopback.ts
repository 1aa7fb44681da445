import { isIP } from 'node:net';

/** The usual loopback names and addresses, as `HOST` takes them. */
export const loopbackHosts = ['127.0.0.1', 'localhost', '::1'];

/** A host as addresses of the web have it: an IPv6 address in brackets (RFC 3986, 3.2.2). */
export const hostInUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** Whether a host name or address, an IPv6 one in brackets or without, can only be reached from this machine. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return loopbackHosts.includes(name) || (isIP(name) === 4 && name.startsWith('127.'));
}
