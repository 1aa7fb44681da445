import { localPath } from '../../../server/kernel/localPath.js';
import { attacks, describe, expect, it } from '../../support/jest.js';

describe('an address that may be gone to', () => {
  it.each([
    '/',
    '/connections',
    '/connections?flow=abc&x=1',
    '/connections/team%3A%20drive%202/status?flow=x',
    '/connect/gmail?to=abc&return_to=%2F%2Fevil',
    '/user/verification',
    '/user/verify-more',
    '/a//b',
    '/search?q=https://evil.example',
  ])('keeps %s as it is', (path) => {
    expect(localPath(path)).toBe(path);
  });

  it('loses its fragment and its dot segments', () => {
    expect(localPath('/a/../b/./c?x=1#part')).toBe('/b/c?x=1');
  });

  it('is itself an address that may be gone to, however it was written', () => {
    const samples = ['/%2F/evil', '/%2e%2e/%2fevil', '/a;b=c', "/it's", '/a"b', '/a|b', '/%5Cevil'];
    for (const sample of samples) {
      const path = localPath(sample);
      expect(path).not.toBeNull();
      expect(localPath(path)).toBe(path);
      expect(new URL(path ?? '', 'https://us.example').host).toBe('us.example');
    }
  });
});

describe('an address that leads away', () => {
  it.each([
    ['another origin', 'https://evil.example'],
    ['no scheme and two slashes', '//evil.example'],
    ['three slashes', '///evil.example'],
    ['a slash and a backslash', '/\\evil.example'],
    ['a backslash and a slash', '\\/evil.example'],
    ['a backslash later', '/connections\\..\\..\\evil'],
    ['a scheme without slashes', 'https:evil.example'],
    ['a script', 'javascript:alert(1)'],
    ['data', 'data:text/html,hello'],
    ['a relative path', 'connections'],
    ['a blank first', ' /connections'],
    ['a tab between slashes', '/\t/evil.example'],
    ['a line break between slashes', '/\n/evil.example'],
    ['a line break that would end a header', '/connections\r\nSet-Cookie: a=b'],
    ['NUL', '/connections\0'],
    ['dot segments that leave two slashes', '/.//evil.example'],
    ['parent segments that leave two slashes', '/a/..//evil.example'],
    ['encoded dot segments that leave two slashes', '/%2e//evil.example'],
    ['encoded parent segments that leave two slashes', '/a/%2E%2e//evil.example'],
    ['letters outside of ASCII', '/connections/é'],
    ['an ideographic slash', '/／evil.example'],
    ['a direction mark', '/\u202econnections'],
    ['nothing', ''],
    ['an at sign for a host', '@evil.example'],
  ])('is refused: %s', (_, value) => {
    expect(localPath(value)).toBeNull();
  });

  it.each(['%2F%2Fevil.example', '/%2Fevil.example', '%2F%5Cevil.example', 'https%3Aevil.example'])(
    'is refused also once a parser has decoded %s',
    (encoded) => {
      expect(localPath(decodeURIComponent(encoded))).toBeNull();
    },
  );

  it.each([
    '/user/verify',
    '/user/verify?auth_request_id=a&state=b',
    '/USER/Verify',
    '/user/verify/',
    '/x/../user/verify',
    '/./user/./verify',
    '/%2e/user/verify?state=b',
    '/user/verify#x',
    '/user/x/%2e%2E/verify',
  ])('never names the one GET that acts: %s', (value) => {
    attacks('local-return');
    expect(localPath(value)).toBeNull();
  });

  it('is refused beyond 2,000 characters', () => {
    expect(localPath(`/${'a'.repeat(1999)}`)).toHaveLength(2000);
    expect(localPath(`/${'a'.repeat(2000)}`)).toBeNull();
  });

  it.each([[undefined], [null], [7], [['/connections', '/connections']], [{ 0: '/' }]])(
    'is refused when it is not one text: %j',
    (value) => {
      expect(localPath(value)).toBeNull();
    },
  );
});
