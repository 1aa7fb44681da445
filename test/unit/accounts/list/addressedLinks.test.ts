import { createAddressedLinks } from '../../../../server/accounts/list/addressedLinks.js';
import { describe, expect, it } from '../../../support/jest.js';

const secret = 'a secret of the tests that is long enough';
const anotherSecret = 'another secret that is long enough for us';
const links = createAddressedLinks([secret], 'https://connect.example.com');

const toOf = (url: string) => new URL(url).searchParams.get('to') ?? '';

describe('a link made for somebody', () => {
  const url = links.urlFor('ada@example.com', 'team: drive 2', '/next?a=b');
  const to = toOf(url);

  it('is an address of this app, with the return address in it', () => {
    expect(url).toMatch(/^https:\/\/connect\.example\.com\/connect\/team%3A%20drive%202\?to=[\w-]+&/);
    expect(new URL(url).searchParams.get('return_to')).toBe('/next?a=b');
  });

  it('does not tell whose it is', () => {
    expect(url).not.toContain('ada');
    expect(Buffer.from(to, 'base64url').toString()).not.toContain('ada');
  });

  it('is for its addressee and its connection', () => {
    expect(links.addresseeOf(to, 'team: drive 2')).toBe('ada@example.com');
  });

  it.each([
    ['another connection', 'gmail'],
    ['another spelling of it', 'Team: drive 2'],
    ['no connection', ''],
  ])('is for nobody with %s', (_, connectionName) => {
    expect(links.addresseeOf(to, connectionName)).toBeNull();
  });

  it.each([
    ['nothing', ''],
    ['a part of it', to.slice(0, 20)],
    ['more than it', `${to}AAAA`],
    ['another one', 'A'.repeat(43)],
    ['something odd', 'ä🦊%00'],
  ])('holds for nobody with %s in place of its addressee', (_, forged) => {
    expect(links.addresseeOf(forged, 'team: drive 2')).toBeNull();
  });

  it('means nothing to an app with another secret', () => {
    const other = createAddressedLinks([anotherSecret], 'https://connect.example.com');
    expect(other.addresseeOf(to, 'team: drive 2')).toBeNull();
  });

  it('stays good while its secret is being replaced by another, which makes them from then on', () => {
    const both = createAddressedLinks([anotherSecret, secret], 'https://connect.example.com');
    expect(both.addresseeOf(to, 'team: drive 2')).toBe('ada@example.com');
    const newer = toOf(both.urlFor('ada@example.com', 'team: drive 2'));
    expect(links.addresseeOf(newer, 'team: drive 2')).toBeNull();
    expect(both.addresseeOf(newer, 'team: drive 2')).toBe('ada@example.com');
  });
});
