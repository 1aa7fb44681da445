import { parsedUrl } from '../../../server/kernel/parsedUrl.js';
import { describe, expect, it } from '../../support/jest.js';

describe('an address', () => {
  it('is read, also against another one', () => {
    expect(parsedUrl('https://example.com/a')?.href).toBe('https://example.com/a');
    expect(parsedUrl('/b', 'https://example.com/a')?.href).toBe('https://example.com/b');
  });

  it.each(['', '/a', 'example.com', 'https://', 'http://a b/'])('is not %j', (text) => {
    expect(parsedUrl(text)).toBeNull();
  });

  it('is still read when many were before it', () => {
    let refused = 0;
    for (let read = 0; read < 30_000; read += 1) {
      if (parsedUrl('https://ex\u00e4mple.com/') === null) refused += 1;
    }
    expect(refused).toBe(0);
  });
});
