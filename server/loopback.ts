import { isIP } from 'node:net';

const loopbackHosts = new Set(['localhost', '127.0.0.1', '::1', '[::1]']);

/** Whether a host name or address can only be reached from this machine. */
export function isLoopbackHost(host: string): boolean {
  return loopbackHosts.has(host.toLowerCase()) || (isIP(host) === 4 && host.startsWith('127.'));
}
