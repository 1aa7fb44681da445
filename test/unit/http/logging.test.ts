import { createLogger } from '../../../server/http/logging.js';
import { describe, expect, it } from '../../support/jest.js';

/** An error as its line of the log has it. */
function logged(err: unknown): { readonly text: string; readonly err: Record<string, unknown> } {
  let text = '';
  const write = (line: string) => {
    text += line;
  };
  createLogger('info', { write }).error({ err }, 'a fault');
  return { text, err: (JSON.parse(text) as { err: Record<string, unknown> }).err };
}

const said = 'no ada@example.com\n    at ada@example.com (file:///ada%40example.com:1:2)';

describe('an error in the log', () => {
  it('has no address in its message, in its stack or in what caused it', () => {
    const cause = new Error(said, { cause: new TypeError(said) });
    const { text, err } = logged(new Error(`it failed: ${said}`, { cause }));
    expect(text).not.toMatch(/ada/);
    expect(err.message).toBe('it failed: no :masked\n    at :masked (:masked)');
    expect(err).toMatchObject({ cause: { message: expect.any(String), cause: { type: 'TypeError' } } });
  });

  it('has none when its stack was made for another message', () => {
    const error = new Error('another');
    error.stack = `Error: ${said}\n    at call (file:///app/server/index.js:1:2)`;
    expect(logged(error).text).not.toMatch(/ada/);
  });

  it('has no token and no query of a URL, in its message or in its stack', () => {
    const secrets = [
      'https://provider.example/cb?code=4/0AX4XfWh-secret&login_hint=ada',
      'https://provider.example/cb#access_token=secret-token',
      'Authorization: Bearer c2VjcmV0LXRva2Vu',
      '{"refresh_token":"secret-refresh"}',
      'eyJhbGciOiJIUzI1NiJ9.c2VjcmV0.secret',
      'xoxb-2345-secret',
    ];
    for (const secret of secrets) {
      const error = new Error(`it failed: ${secret} [trace 7c839d05-4806-48f2-ba40-bf4128382500]`);
      const { text, err } = logged(error);
      expect(text).not.toMatch(/secret|c2VjcmV0|login_hint/);
      expect(err.message).toContain('7c839d05-4806-48f2-ba40-bf4128382500');
      const other = new Error('another');
      other.stack = `Error: ${secret}\n    at call (file:///app/server/index.js?v=secret:1:2)`;
      expect(logged(other).text).not.toMatch(/secret|c2VjcmV0|login_hint/);
    }
  });

  it.each(['ada＠example.com', 'ada%2540example.com', 'ada&#64;example.com', 'ada\\u0040example.com'])(
    'has no address that is written as %s',
    (written) => {
      const error = new Error(`no account ${written} here`);
      error.stack = `Error: no account ${written} here\n    at ${written} (file:///app/${written}:1:2)`;
      expect(logged(error).text).not.toMatch(/ada/);
    },
  );

  it('says where it came from, in scoped packages too', () => {
    const error = new Error('it failed');
    error.stack =
      'Error: it failed\n    at call (file:///app/node_modules/@scalekit-sdk/node/lib/core.js:1:2)';
    expect(logged(error).err.stack).toBe(error.stack);
  });
});
