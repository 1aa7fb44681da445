import { isLoopbackHost } from '../../../server/kernel/loopback.js';
import { describe, expect, it } from '../../support/jest.js';

describe('loopback hosts', () => {
  it.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.8.9.1', '::1', '[::1]'])('include %s', (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  });

  it.each([
    '0.0.0.0',
    '127.evil.example',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '[127.0.0.1',
    '10.0.0.1',
    '::',
  ])('do not include %s', (host) => {
    expect(isLoopbackHost(host)).toBe(false);
  });
});
