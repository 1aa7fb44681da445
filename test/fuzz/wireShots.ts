import fc from 'fast-check';
import { hostileHeader, hostilePart, mark, markInPath } from './values.js';

/* Bytes that are no request, or nearly one: a character for each byte. `HOST` stands for the host of the app. */

const lineEnds = ['\r\n', '\n', '\r', '\r\n ', '\0\r\n'];
const versions = ['HTTP/1.1', 'HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/1.1x', 'http/1.1', 'HTTPS/1.1', ''];
const targets = [
  '/',
  '*',
  '//',
  '///x',
  '/\\x',
  'x',
  '?',
  '#',
  '/#/x',
  'http://',
  'http://[::1',
  'http://HOST/connections',
  `http://${markInPath}.example/connections`,
  `//${markInPath}.example/sign-in`,
  `/sign-in?return_to=//${mark}.example`,
  '/connections/../admin',
  '/assets/../../package.json',
  '/assets/%2e%2e/%2e%2e/package.json',
  '/assets/..%5c..%5cpackage.json',
  '/assets//etc/passwd',
  '/assets/',
  '/assets/connect.js',
  '/assets/connect.js%00',
  '/logos/..%2f..%2fpackage.json',
  '/.env',
  '/api',
  '/api/v1',
  '/api/v2/x',
  `/${markInPath}`,
  `/${'x'.repeat(15_000)}`,
  `/?${'a=1&'.repeat(3000)}`,
  `/${'%41'.repeat(3000)}`,
  `/${'/'.repeat(3000)}`,
];
const methods = [
  'GET',
  'POST',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'PRI',
  'G ET',
  '',
  'get',
  'ZQ',
  'A'.repeat(200),
  'DELETE',
  'M-SEARCH',
];

const oddHeaders = [
  'Host: a\r\nHost: b',
  'Content-Length: 5\r\nContent-Length: 6',
  'Content-Length: 3\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding : chunked',
  'Content-Length: +3',
  'Content-Length: 0x3',
  ': no name',
  'no colon',
  ' folded: x',
  'x: y\r\n folded',
  'x\0: y',
  `Cookie: ${'a=b; '.repeat(3000)}`,
  'Cookie: connect=a\r\nCookie: connect=b\r\nCookie: =; ;;=x',
  'Accept-Language: de\r\nAccept-Language: \xff\xfe',
  `X-Forwarded-For: ${'1.1.1.1, '.repeat(1000)}`,
  'Connection: close, Host, Cookie',
  'Connection: keep-alive',
  'Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk',
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13',
  'Expect: 100-continue\r\nContent-Length: 2',
  'Trailer: Cookie\r\nTransfer-Encoding: chunked',
  ...Array.from({ length: 2 }, (_one, index) => 'x: y\r\n'.repeat(500 * (index + 1)).trimEnd()),
];

const bodies = [
  '',
  'abc',
  '0\r\n\r\n',
  '3\r\nabc\r\n0\r\n\r\n',
  '3\r\nabc\r\n0\r\nCookie: connect=x\r\n\r\n',
  'ffffffffffffffffff\r\nx',
  '-1\r\nx\r\n',
  '3;x="\r\nabc\r\n',
  `0\r\n\r\nGET /admin HTTP/1.1\r\nHost: HOST\r\nX: ${mark}\r\n\r\n`,
];

const mostly = (usual: string, ...others: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 9, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

const places = fc.tuple(fc.constantFrom('/assets/', '/connections/', '/api/v1/', '/'), hostilePart);

const lines = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...oddHeaders) },
  { weight: 1, arbitrary: hostileHeader.map((value) => `x: ${value}`) },
  { weight: 1, arbitrary: hostileHeader.map((name) => `${name}: x`) },
);

const nearlyRequests = fc
  .record({
    method: mostly('GET', ...methods),
    target: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...targets) },
      { weight: 1, arbitrary: places.map((parts) => parts.join('')) },
    ),
    version: mostly('HTTP/1.1', ...versions),
    end: mostly('\r\n', ...lineEnds),
    host: mostly('Host: HOST', ''),
    headers: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 2, arbitrary: fc.array(lines, { minLength: 1, maxLength: 2 }) },
    ),
    body: mostly('', ...bodies),
  })
  .map(({ method, target, version, end, host, headers, body }) => {
    const head = [
      `${method} ${target} ${version}`,
      ...(host === '' ? [] : [host]),
      'Connection: close',
      ...headers,
    ];
    return [...head, '', body].join(end);
  });

const nothingLikeOne = fc.oneof(
  fc.constantFrom(
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03',
    '\r\n\r\n\r\n',
    'GET / HTTP/1.1\r\n',
    'GET /',
    'GET / HTTP/1.1\r\nHost: HOST\r\nx',
    'SSH-2.0-x\r\n',
    `GET / HTTP/1.1\r\nx: ${'x'.repeat(70_000)}`,
  ),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);

/** What comes over a connection of somebody who speaks HTTP badly, or not at all. */
export const wireBytes: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: nearlyRequests },
  { weight: 1, arbitrary: nothingLikeOne },
);
