import type { Request } from 'express';
import { addressKeyOf, addressOf } from '../../../../server/http/security/clientAddress.js';
import { describe, expect, it } from '../../../support/jest.js';

const from = (ip: string | undefined) => ({ ip }) as Request;

describe('the address that a request comes from', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:5678', '203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7', '203.0.113.7'],
    ['[::ffff:203.0.113.7]:5678', '203.0.113.7', '203.0.113.7'],
    ['2001:db8::203.0.113.7', '2001:db8::cb00:7107', '2001:db8::/64'],
    ['fe80::1%eth0', 'fe80::1', 'fe80::/64'],
    ['64:ff9b::203.0.113.7', '203.0.113.7', '203.0.113.7'],
    ['[64:ff9b::cb00:7107]:80', '203.0.113.7', '203.0.113.7'],
    ['64:ff9b:0:0:0:1:cb00:7107', '64:ff9b::1:cb00:7107', '64:ff9b::/64'],
    ['64:ff9b:1::203.0.113.7', '203.0.113.7', '203.0.113.7'],
    ['[64:ff9b:1:abcd:12:3456:cb00:7107]:80', '203.0.113.7', '203.0.113.7'],
    ['64:ff9b:1:ffff:ff:ffff:cb00:100', '203.0.1.0', '203.0.1.0'],
    // With a shorter prefix the IPv4 address stands elsewhere.
    ['64:ff9b:1:cb00:71:700::', '64:ff9b:1:cb00:71:700::', '64:ff9b:1:cb00::/64'],
    ['64:ff9b:1:abcd:cb:71:700:0', '64:ff9b:1:abcd:cb:71:700::', '64:ff9b:1:abcd::/64'],
    // What RFC 6052 wants to be zero is not.
    ['64:ff9b:1:abcd:100:1:cb00:7107', '64:ff9b:1:abcd:100:1:cb00:7107', '64:ff9b:1:abcd::/64'],
    ['64:ff9b:2::203.0.113.7', '64:ff9b:2::cb00:7107', '64:ff9b:2::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::', '2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::9]:443', '2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::9]', '2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['::1', '::1', '::/64'],
  ])('%s is %s, and its limits count %s', (ip, address, key) => {
    expect([addressOf(from(ip)), addressKeyOf(from(ip))]).toEqual([address, key]);
  });

  it('tells neighbouring networks apart', () => {
    expect(addressKeyOf(from('2001:db8:1:3::1'))).not.toBe(addressKeyOf(from('2001:db8:1:2::1')));
  });

  it.each([undefined, '', 'unknown', '_hidden', '1.2.3', '0x7f.1', '203.0.113.7:', 'x'.repeat(5000)])(
    'is none where there is none: %p',
    (ip) => {
      expect([addressOf(from(ip)), addressKeyOf(from(ip))]).toEqual([null, '']);
    },
  );
});
