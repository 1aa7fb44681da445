import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

/** Null where it is no address. An IPv4 address that is written as IPv6 (`::ffff:1.2.3.4`) is taken for what it is. */
export function parsedIp(text: string): IpAddress | null {
  const [written = ''] = text.split('%', 1);
  const version = isIP(written);
  if (version === 0) return null;
  // ipaddr.js throws at an address of IPv6 that ends as one of IPv4 does, unless it begins with `::`.
  const plain = version === 6 ? new URL(`http://[${written}]`).hostname.slice(1, -1) : written;
  return ipaddr.process(plain);
}

/** A network, or null where the text is none, such as `10.0.0.0/8`. */
export function parsedNetwork(text: string): readonly [IpAddress, number] | null {
  const [, written = '', bits = ''] = /^([^/%]+)\/(\d{1,3})$/.exec(text) ?? [];
  const version = isIP(written);
  const address = parsedIp(written);
  if (address === null || Number(bits) > (version === 4 ? 32 : 128)) return null;
  // A network of addresses that stand for those of IPv4 is one of IPv4.
  const isMapped = version === 6 && !(address instanceof ipaddr.IPv6);
  if (isMapped && Number(bits) < 96) return null;
  return [address, isMapped ? Number(bits) - 96 : Number(bits)];
}

/** Whether an address is in a network of its own kind. */
export function isWithin(address: IpAddress, [network, bits]: readonly [IpAddress, number]): boolean {
  if (address instanceof ipaddr.IPv6) return network instanceof ipaddr.IPv6 && address.match(network, bits);
  return !(network instanceof ipaddr.IPv6) && address.match(network, bits);
}
