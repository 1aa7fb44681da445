import { newApiKey, parseApiKey } from '../../../../server/identity/clients/apiKey.js';
import { describe, expect, it } from '../../../support/jest.js';

describe('a key of an API client', () => {
  const key = newApiKey();

  it('can be recognised, and is taken apart again', () => {
    expect(key.text).toMatch(/^cak_[0-9a-f]{16}_[0-9a-f]{72}$/);
    expect(parseApiKey(key.text)).toEqual({ id: key.id, secret: key.secret });
  });

  it('differs from any other', () => {
    const keys = Array.from({ length: 100 }, () => newApiKey());
    expect(new Set(keys.map(({ id }) => id)).size).toBe(100);
    expect(new Set(keys.map(({ secret }) => secret)).size).toBe(100);
  });

  const changed = (at: number) =>
    key.text.slice(0, at) + (key.text[at] === '0' ? '1' : '0') + key.text.slice(at + 1);

  it.each([
    ['nothing', ''],
    ['a cut key', key.text.slice(0, -1)],
    ['a key without its checksum', key.text.slice(0, -8)],
    ['a key with more behind it', `${key.text}0`],
    ['a key in capitals', key.text.toUpperCase()],
    ['a key with another secret', changed(30)],
    ['a key with another id', changed(6)],
    ['a key with another checksum', changed(key.text.length - 1)],
    ['a key on two lines', `${key.text}\n`],
    ['the id alone', `cak_${key.id}`],
  ])('does not take %s for one', (_, text) => {
    expect(parseApiKey(text)).toBeNull();
  });
});
