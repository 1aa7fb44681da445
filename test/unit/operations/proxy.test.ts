import { readFileSync } from 'node:fs';
import { attacks, describe, expect, it } from '../../support/jest.js';

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

  it.each([
    ['/api/v1/users/ada@example.com/connections', '/api/v1/users/:identifier'],
    ['/admin/users/ada-1', '/admin/users/:identifier'],
    ['/Admin/Users/a/b', '/Admin/Users/:identifier'],
    ['/apps/connect/api/v1/users/ada', '/apps/connect/api/v1/users/:identifier'],
    ['/apps/connect/admin/users/a/admin/users/b', '/apps/connect/admin/users/:identifier'],
    ['/two\nlines/admin/users/\nada', '/two\nlines/admin/users/:identifier'],
    ['/elsewhere/ada@example.com', ':masked'],
    ['/admin/users', '/admin/users'],
    ['/admin/users/', '/admin/users/'],
    ['/connections/gmail/status', '/connections/gmail/status'],
  ])('logs %s as %s', (path, logged) => {
    attacks('nothing-secret-in-logs');
    const [, rules = ''] = /map \$uri \$logged_path \{([\s\S]*?)\n {2}\}/.exec(configuration) ?? [];
    const patterns = [...rules.matchAll(/"~(\*?)(\S+)" "(\S+)";/g)];
    const [first] = patterns.flatMap(([, caseless, pattern = '', value = '']) => {
      const match = new RegExp(pattern, caseless === '' ? '' : 'i').exec(path);
      return match === null ? [] : [value.replace(/\$\{users\}/, match.groups?.users ?? '')];
    });
    expect(patterns).toHaveLength(2);
    expect(first ?? path).toBe(logged);
  });

  it('writes no query string into its logs', () => {
    attacks('nothing-secret-in-logs');
    const [, format = ''] = /log_format paths([^;]*);/.exec(configuration) ?? [];
    expect(format).toContain('$logged_path');
    expect(format).not.toMatch(/\$(uri|request|request_uri|args|query_string|http_referer|is_args)\b/);
    expect(configuration.match(/access_log .*;/g)).toEqual([
      'access_log /dev/stdout paths;',
      'access_log off;',
    ]);
    expect(configuration.match(/error_log .*;/g)).toEqual(['error_log /dev/stderr emerg;']);
  });
});
