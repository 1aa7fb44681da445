import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const file = new URL('../../../server/operations/nginx.conf', import.meta.url);
const configuration = readFileSync(file, 'utf8');

describe('the proxy', () => {
  /** Express takes any case and a slash at the end; nginx has decoded the path and merged its slashes by then. */
  it.each(['/metrics', '/readyz', '/metrics/', '/readyz/', '/Metrics', '/READYZ'])(
    'keeps %s from the outside',
    (path) => {
      const [, pattern = ''] = /location ~\* (\S+) \{\s*return 404;/.exec(configuration) ?? [];
      expect(path).toMatch(new RegExp(pattern, 'i'));
      for (const other of ['/healthz', '/connections', '/connections/metrics/status']) {
        expect(other).not.toMatch(new RegExp(pattern, 'i'));
      }
    },
  );

  it('writes no query string into its logs', () => {
    const [, format = ''] = /log_format paths([^;]*);/.exec(configuration) ?? [];
    expect(format).toContain('$uri');
    expect(format).not.toMatch(/\$(request|request_uri|args|query_string|http_referer|is_args)\b/);
    expect(configuration.match(/access_log .*;/g)).toEqual([
      'access_log /dev/stdout paths;',
      'access_log off;',
    ]);
    expect(configuration.match(/error_log .*;/g)).toEqual(['error_log /dev/stderr emerg;']);
  });
});
