import { describe, expect, it } from '@jest/globals';
import { createAddressedLinks } from '../../../server/accounts/addressedLinks.js';

const secret = 'a secret of the tests that is long enough';
const anotherSecret = 'another secret that is long enough for us';
const links = createAddressedLinks([secret], 'https://connect.example.com');

const toOf = (url: string) => new URL(url).searchParams.get('to') ?? '';

describe('a link made for somebody', () => {
  const url = links.urlFor('ada@example.com', 'team: drive 2', '/next?a=b');
  const to = toOf(url);

  it('is an address of this app, with the return address in it', () => {
    expect(url).toMatch(/^https:\/\/connect\.example\.com\/connect\/team%3A%20drive%202\?to=[\w-]{43}&/);
    expect(new URL(url).searchParams.get('return_to')).toBe('/next?a=b');
  });

  it('does not tell whose it is', () => {
    expect(url).not.toContain('ada');
    expect(Buffer.from(to, 'base64url').toString()).not.toContain('ada');
  });

  it('is for its addressee and its connection', () => {
    expect(links.isFor(to, 'ada@example.com', 'team: drive 2')).toBe(true);
  });

  it.each([
    ['another user', 'bob@example.com', 'team: drive 2'],
    ['another spelling', 'Ada@example.com', 'team: drive 2'],
    ['another connection', 'ada@example.com', 'gmail'],
    ['parts that run into each other', 'ada@example.com"', ',"team: drive 2'],
  ])('is not for %s', (_, identifier, connectionName) => {
    expect(links.isFor(to, identifier, connectionName)).toBe(false);
  });

  it.each([
    ['nothing', ''],
    ['a part of it', to.slice(0, 20)],
    ['more than it', `${to}AAAA`],
    ['another one', 'A'.repeat(43)],
    ['something odd', 'ä🦊%00'],
  ])('holds for nobody with %s in place of its signature', (_, forged) => {
    expect(links.isFor(forged, 'ada@example.com', 'team: drive 2')).toBe(false);
  });

  it('means nothing to an app with another secret', () => {
    const other = createAddressedLinks([anotherSecret], 'https://connect.example.com');
    expect(other.isFor(to, 'ada@example.com', 'team: drive 2')).toBe(false);
  });

  it('stays good while its secret is being replaced by another, which signs from then on', () => {
    const both = createAddressedLinks([anotherSecret, secret], 'https://connect.example.com');
    expect(both.isFor(to, 'ada@example.com', 'team: drive 2')).toBe(true);
    const newer = toOf(both.urlFor('ada@example.com', 'team: drive 2'));
    expect(links.isFor(newer, 'ada@example.com', 'team: drive 2')).toBe(false);
    expect(both.isFor(newer, 'ada@example.com', 'team: drive 2')).toBe(true);
  });
});
