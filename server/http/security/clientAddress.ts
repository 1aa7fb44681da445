import type { Request } from 'express';
import ipaddr from 'ipaddr.js';
import { type IpAddress, parsedIp } from '../../kernel/ipAddress.js';

/** An address without what some proxies put around it in X-Forwarded-For: `1.2.3.4:5678`, `[::1]:5678`, `[::1]`. */
export function withoutPort(address: string): string {
  const [, bracketed, beforePort] = /^\[([^\]]*)\](?::\d+)?$|^([\d.]+):\d+$/.exec(address) ?? [];
  return bracketed ?? beforePort ?? address;
}

/** What NAT64 puts before IPv4 addresses everywhere (RFC 6052, section 2.1), and what networks choose theirs in (RFC 8215). */
const nat64 = ipaddr.IPv6.parse('64:ff9b::');
const localNat64 = ipaddr.IPv6.parse('64:ff9b:1::');

/**
 * The IPv4 address that an address of NAT64 stands for, or null. A network's own prefix may have any length, of which
 * nothing tells; it is taken for one of 96 bits. After a shorter one the IPv4 address comes earlier and zeros end the
 * address, of which no IPv4 address of a client has three; bits 64 to 71 are zero in any case (RFC 6052, section 2.2).
 */
function inNat64(address: ipaddr.IPv6): ipaddr.IPv4 | null {
  const bytes = address.toByteArray();
  const isLocal =
    address.match(localNat64, 48) && bytes[8] === 0 && bytes.slice(-3).some((byte) => byte !== 0);
  return isLocal || address.match(nat64, 96) ? new ipaddr.IPv4(bytes.slice(-4)) : null;
}

/** Null where it is no address. */
function parse(text: string): IpAddress | null {
  const address = parsedIp(withoutPort(text));
  return address instanceof ipaddr.IPv6 ? (inNat64(address) ?? address) : address;
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
