import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { type IpAddress, isWithin, parsedIp, parsedNetwork } from '../../kernel/ipAddress.js';

type Network = readonly [IpAddress, number];

function network(text: string): Network {
  const parsed = parsedNetwork(text);
  if (parsed === null) throw new Error(`${text} is no network`);
  return parsed;
}

/** The addresses of IPv4 that are not of the public internet (IANA's registry of special-purpose addresses, RFC 6890). */
const specialIpv4 = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carrier-grade NAT; Alibaba's metadata
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local; the metadata of most clouds
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments; Oracle's metadata
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // relays of 6to4
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
  '168.63.129.16/32', // Azure's own service, which only its machines reach
].map(network);

/** All of the public internet is in here (RFC 4291, section 2.4), so that no list of the rest has to be complete. */
const globalIpv6 = network('2000::/3');

const specialIpv6 = [
  '2001::/23', // protocol assignments; Teredo, which holds an address of IPv4
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4, which holds an address of IPv4
  '3fff::/20', // documentation
].map(network);

/** What NAT64 puts before an address of IPv4 that it leads to (RFC 6052, section 2.1). */
const nat64 = network('64:ff9b::/96');

const isIn = (address: IpAddress, networks: readonly Network[]): boolean =>
  networks.some((one) => isWithin(address, one));

function isPublic(address: IpAddress): boolean {
  if (!(address instanceof ipaddr.IPv6)) return !isIn(address, specialIpv4);
  return isWithin(address, globalIpv6) && !isIn(address, specialIpv6);
}

const isLoopback = (address: IpAddress): boolean => address.range() === 'loopback';

/** Where webhooks to other apps may go, besides the public internet. */
export interface ReachRules {
  /** Networks such as `10.1.0.0/16`. */
  readonly allowCidrs: readonly string[];
  /** Whether the address is registered as one of this machine, in development. */
  readonly loopback: boolean;
}

/**
 * Whether webhooks may go to an address, since whoever sets where they go must not reach into the operator's own
 * network with them. Each address that a name leads to has to pass, in whatever form it is written.
 */
export function mayReach(text: string, { allowCidrs, loopback }: ReachRules): boolean {
  const written = parsedIp(text);
  if (written === null) return false;
  const leadsToIpv4 = written instanceof ipaddr.IPv6 && isWithin(written, nat64);
  const address = leadsToIpv4 ? new ipaddr.IPv4(written.toByteArray().slice(-4)) : written;
  if (loopback && isLoopback(address)) return true;
  return (
    isPublic(address) || isIn(address, allowCidrs.map(network)) || isIn(written, allowCidrs.map(network))
  );
}

/** The name of this machine, wherever it is looked up (RFC 6761, section 6.3). */
const isLocalhost = (host: string): boolean => /^(?:.+\.)?localhost\.?$/i.test(host);

/**
 * Whether the host of a URL itself tells that webhooks may not go there, before anybody looks it up: an address that
 * they may not reach, or the name of this machine.
 */
export function tellsForbidden({ hostname }: URL, rules: ReachRules): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) === 0 ? isLocalhost(host) && !rules.loopback : !mayReach(host, rules);
}
