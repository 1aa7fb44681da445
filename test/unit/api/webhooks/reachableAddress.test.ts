import { mayReach } from '../../../../server/api/webhooks/reachableAddress.js';
import { parsedNetwork } from '../../../../server/kernel/ipAddress.js';
import { describe, expect, it } from '../../../support/jest.js';

const strict = { allowCidrs: [], loopback: false };

describe('where webhooks may go', () => {
  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.15.0.1',
    '172.32.0.1',
    '100.63.255.255',
    '2606:4700::1111',
    '2a00:1450::1',
  ])('is the public internet, such as %s', (address) => expect(mayReach(address, strict)).toBe(true));

  it.each([
    ['this machine', '127.0.0.1'],
    ['this machine', '127.255.255.254'],
    ['this machine', '::1'],
    ['any address of this machine', '0.0.0.0'],
    ['any address of this machine', '::'],
    ['this network', '0.1.2.3'],
    ['a private network', '10.0.0.1'],
    ['a private network', '172.16.0.1'],
    ['a private network', '172.31.255.255'],
    ['a private network', '192.168.1.1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['carrier-grade NAT', '100.127.255.255'],
    ['Alibaba’s metadata', '100.100.100.200'],
    ['the metadata of clouds', '169.254.169.254'],
    ['the metadata of AWS by IPv6', 'fd00:ec2::254'],
    ['Oracle’s metadata', '192.0.0.192'],
    ['Azure’s own service', '168.63.129.16'],
    ['benchmarks', '198.18.0.1'],
    ['documentation', '203.0.113.7'],
    ['documentation', '2001:db8::1'],
    ['documentation', '3fff::1'],
    ['multicast', '224.0.0.1'],
    ['multicast', 'ff02::1'],
    ['broadcast', '255.255.255.255'],
    ['what is reserved', '240.0.0.1'],
    ['IPv4 that is mapped into IPv6', '::ffff:127.0.0.1'],
    ['IPv4 that is mapped into IPv6', '::ffff:7f00:1'],
    ['IPv4 that is mapped into IPv6', '0:0:0:0:0:ffff:10.0.0.1'],
    ['IPv4 that is compatible with IPv6', '::127.0.0.1'],
    ['NAT64 to this machine', '64:ff9b::7f00:1'],
    ['NAT64 to metadata', '64:ff9b::169.254.169.254'],
    ['NAT64 of a network’s own', '64:ff9b:1::808:808'],
    ['6to4', '2002:7f00:1::1'],
    ['6to4', '2002:808:808::1'],
    ['Teredo', '2001:0:7f00:1::1'],
    ['unique local addresses', 'fc00::1'],
    ['unique local addresses', 'fdff::1'],
    ['link-local addresses', 'fe80::1'],
    ['link-local addresses', 'fe80::1%eth0'],
    ['site-local addresses', 'fec0::1'],
    ['translated addresses', '::ffff:0:127.0.0.1'],
    ['a black hole', '100::1'],
    ['what is no address', 'localhost'],
    ['what is no address', '0x7f000001'],
    ['what is no address', '127.1'],
    ['what is no address', ''],
  ])('is not %s (%s)', (_, address) => expect(mayReach(address, strict)).toBe(false));

  it('is what NAT64 leads to on the public internet', () => {
    expect(mayReach('64:ff9b::808:808', strict)).toBe(true);
  });

  it('is this machine only for an address that is registered as such', () => {
    const here = { ...strict, loopback: true };
    for (const address of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) {
      expect(mayReach(address, here)).toBe(true);
    }
    for (const address of ['10.0.0.1', '0.0.0.0', '::', '169.254.169.254']) {
      expect(mayReach(address, here)).toBe(false);
    }
  });

  it('is what the environment opens, and nothing beside it', () => {
    const opened = { ...strict, allowCidrs: ['10.1.0.0/16', 'fd12:3456::/32', '192.168.7.7/32'] };
    for (const address of [
      '10.1.2.3',
      '::ffff:10.1.2.3',
      '64:ff9b::a01:203',
      'fd12:3456::9',
      '192.168.7.7',
    ]) {
      expect(mayReach(address, opened)).toBe(true);
    }
    for (const address of ['10.2.0.1', '192.168.7.8', 'fd12:3457::9', '127.0.0.1']) {
      expect(mayReach(address, opened)).toBe(false);
    }
  });
});

describe('a network', () => {
  it.each(['10.0.0.0/8', '0.0.0.0/0', '10.1.2.3/32', 'fd00::/8', '::/0', '::ffff:10.0.0.0/104'])(
    'can be %s',
    (text) => expect(parsedNetwork(text)).not.toBeNull(),
  );

  it.each([
    '10.0.0.0',
    '10.0.0.0/33',
    '10.0.0/8',
    'fd00::/129',
    '::ffff:10.0.0.0/8',
    'a/8',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '',
  ])('can not be "%s"', (text) => expect(parsedNetwork(text)).toBeNull());
});
