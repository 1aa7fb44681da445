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

  it('says where it came from, in scoped packages too', () => {
    const error = new Error('it failed');
    error.stack =
      'Error: it failed\n    at call (file:///app/node_modules/@scalekit-sdk/node/lib/core.js:1:2)';
    expect(logged(error).err.stack).toBe(error.stack);
  });
});
