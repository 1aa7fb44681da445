import { isRegistered, readRegisteredUrl } from '../../../../server/identity/clients/registeredUrls.js';
import { attacks, describe, expect, it } from '../../../support/jest.js';

describe('a registered address', () => {
  it.each([
    ['https://app.example.com', 'https://app.example.com/'],
    ['HTTPS://App.Example.com:443/back?step=2', 'https://app.example.com/back?step=2'],
    ['https://app.example.com/a/../b', 'https://app.example.com/b'],
    ['https://exämple.com/', 'https://xn--exmple-cua.com/'],
    ['https://127.0.0.1:8443/back', 'https://127.0.0.1:8443/back'],
  ])('%s is kept as browsers write it', (given, url) => {
    expect(readRegisteredUrl(given, false)).toEqual({ url });
  });

  it.each(['http://localhost:4000/back', 'http://127.0.0.1:4000/back', 'http://[::1]:4000/back'])(
    '%s is taken only while the app itself is on loopback',
    (url) => {
      expect(readRegisteredUrl(url, true)).toEqual({ url });
      expect(readRegisteredUrl(url, false)).toEqual({ fault: 'not_https' });
    },
  );

  it.each([
    ['http://app.example.com/', 'not_https'],
    ['http://localhost.evil.example/', 'not_https'],
    ['http://127.0.0.1.evil.example/', 'not_https'],
    ['https://app.example.com/#', 'fragment'],
    ['https://app.example.com/#part', 'fragment'],
    ['https://user:secret@app.example.com/', 'credentials'],
    ['https://app.example.com@evil.example/', 'credentials'],
    ['https://@evil.example/', 'credentials'],
    ['https://*.example.com/', 'wildcard'],
    ['https://app.example.com/*', 'wildcard'],
    ['https:\\\\evil.example/', 'odd_characters'],
    ['https://app.example.com\\@evil.example/', 'odd_characters'],
    ['https://app.exam\tple.com/', 'odd_characters'],
    [' https://app.example.com/', 'odd_characters'],
    ['https://app.example.com/\u202egpj', 'odd_characters'],
    ['https://app.example.com/\0', 'odd_characters'],
    [`https://app.example.com/${'a'.repeat(2000)}`, 'too_long'],
    [`https://app.example.com/${'ä'.repeat(700)}`, 'too_long'],
    ['https:app.example.com', 'no_url'],
    ['https:///app.example.com', 'no_url'],
    ['//app.example.com/', 'no_url'],
    ['/back', 'no_url'],
    ['javascript:alert(1)', 'no_url'],
    ['data:text/html,x', 'no_url'],
    ['myapp://back', 'no_url'],
    ['https://', 'no_url'],
    ['', 'no_url'],
  ])('%j is refused: %s', (given, fault) => {
    expect(readRegisteredUrl(given, true)).toEqual({ fault });
  });
});

describe('comparing addresses', () => {
  const registered = ['https://app.example.com/back?step=2'];

  it('takes the very same one', () => {
    expect(isRegistered(registered, 'https://app.example.com/back?step=2')).toBe(true);
  });

  it.each([
    'https://app.example.com/back',
    'https://app.example.com/back?step=2&next=https://evil.example',
    'https://app.example.com/back?step=2#part',
    'https://app.example.com/back/?step=2',
    'https://app.example.com/Back?step=2',
    'https://app.example.com/%62ack?step=2',
    'https://app.example.com./back?step=2',
    'https://app.example.com:8443/back?step=2',
    'https://APP.example.com/back?step=2',
    'https://app.example.com.evil.example/back?step=2',
    'https://user@app.example.com/back?step=2',
    'https://app.example.com\\@evil.example/back?step=2',
    'https://аpp.example.com/back?step=2',
    'http://app.example.com/back?step=2',
    '//app.example.com/back?step=2',
    'https://app.example.com/back?step=2 ',
    '',
  ])('refuses the look-alike %j', (url) => {
    attacks('redirects-stay');
    expect(isRegistered(registered, url)).toBe(false);
  });
});
