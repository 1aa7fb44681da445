import { isIP } from 'node:net';
import type { Request } from 'express';
import ipaddr from 'ipaddr.js';

/** An address without what some proxies put around it in X-Forwarded-For: `1.2.3.4:5678`, `[::1]:5678`, `[::1]`. */
export function withoutPort(address: string): string {
  const [, bracketed, beforePort] = /^\[([^\]]*)\](?::\d+)?$|^([\d.]+):\d+$/.exec(address) ?? [];
  return bracketed ?? beforePort ?? address;
}

/** What NAT64 puts before the IPv4 addresses of machines that speak IPv6 alone (RFC 6052, section 2.1). */
const nat64 = ipaddr.IPv6.parse('64:ff9b::');

const inNat64 = (address: ipaddr.IPv6) => address.match(nat64, 96);

/** Null where it is no address. An IPv4 address that is written as IPv6 (`::ffff:1.2.3.4`) is taken for what it is. */
function parse(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const [written = ''] = withoutPort(text).split('%', 1);
  const version = isIP(written);
  if (version === 0) return null;
  // ipaddr.js throws at an address of IPv6 that ends as one of IPv4 does, unless it begins with `::`.
  const plain = version === 6 ? new URL(`http://[${written}]`).hostname.slice(1, -1) : written;
  const address = ipaddr.process(plain);
  if (!(address instanceof ipaddr.IPv6) || !inNat64(address)) return address;
  return new ipaddr.IPv4(address.toByteArray().slice(-4));
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
