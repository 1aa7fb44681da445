import { isIP } from 'node:net';
import type { Request } from 'express';
import ipaddr from 'ipaddr.js';

/** An address without what some proxies put around it in X-Forwarded-For: `1.2.3.4:5678`, `[::1]:5678`, `[::1]`. */
export function withoutPort(address: string): string {
  const [, bracketed, beforePort] = /^\[([^\]]*)\](?::\d+)?$|^([\d.]+):\d+$/.exec(address) ?? [];
  return bracketed ?? beforePort ?? address;
}

/** Null where it is no address. An IPv4 address that is written as IPv6 (`::ffff:1.2.3.4`) is taken for what it is. */
function parse(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const address = withoutPort(text);
  return isIP(address) === 0 ? null : ipaddr.process(address);
}

/** Where a request comes from, in one spelling, or null where the proxy names no address. */
export const addressOf = ({ ip }: Request): string | null => parse(ip ?? '')?.toString() ?? null;

/**
 * Whom the limits of an address count. A network of IPv6 hands out a /64 to each of its customers (RFC 6177), who
 * could else come from a new address with each request. Those without an address are counted together.
 */
export function addressKeyOf({ ip }: Pick<Request, 'ip'>): string {
  const address = parse(ip ?? '');
  if (address === null) return '';
  if (!(address instanceof ipaddr.IPv6)) return address.toString();
  const network = address.parts.map((part, index) => (index < 4 ? part : 0));
  return `${new ipaddr.IPv6(network)}/64`;
}
