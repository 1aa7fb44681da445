import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';
import { ada, type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';

let app: JourneyApp;

beforeAll(async () => {
  app = await startJourneyApp();
});

afterAll(() => app.close());

interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

/** Sends a request line as it is, which no client would. */
function ask(method: string, target: string, headers: readonly string[] = []): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(app.port, '127.0.0.1').setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.once('error', reject);
    socket.once('close', () => resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text }));
    const head = [
      `${method} ${target} HTTP/1.1`,
      `Host: 127.0.0.1:${app.port}`,
      'Connection: close',
      ...headers,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
  });
}

const methods = ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS', 'TRACE'];

/** None has a path, as far as it gets to us at all. */
const withoutPath = [
  '*',
  '*foo',
  '*/healthz',
  'ftp://127.0.0.1/connections',
  'http://',
  'http:///x',
  'http://[::1',
  'http://[::1/healthz',
  'http://%zz/',
  'http://x:99999/',
  'foo',
  '?x',
  'x:1',
  'javascript:alert(1)',
];

describe('a request target without a path', () => {
  it('is refused in words, whatever is asked of it', async () => {
    for (const target of withoutPath) {
      for (const method of methods) {
        if (method === 'OPTIONS' && target === '*') continue;
        const { status, text } = await ask(method, target, ['Accept: text/html']);
        expect([method, target, status]).toEqual([method, target, 400]);
        expect(text).not.toMatch(/TypeError|\bat .*:\d/);
      }
    }
    const page = await ask('GET', '*', ['Accept: text/html']);
    expect(page.text).toMatch(/<h1>[^<]+<\/h1>/);
    expect(page.text).toMatch(/quote <bdi>\w{3}-\w{3}<\/bdi>\./);
    expect(page.text).toMatch(/^content-security-policy:/im);
  });

  it('of OPTIONS asks whether the server is there, and is told so', async () => {
    expect((await ask('OPTIONS', '*')).status).toBe(204);
  });

  it('is logged like every other request, and is no fault of ours', async () => {
    const before = app.logLines().length;
    await ask('GET', '*');
    await ask('OPTIONS', '*');
    await ask('GET', `ftp://${ada}/x`);
    const lines = app.logLines().slice(before);
    expect(lines.flatMap(({ req }) => (req as { path?: string } | undefined)?.path ?? [])).toEqual([
      '*',
      '*',
      'ftp://:masked/x',
    ]);
    expect(app.logLines().filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });
});

describe('a request target with a fragment, which no client sends', () => {
  it('is answered and logged without it', async () => {
    const before = app.logLines().length;
    expect((await ask('GET', `/sign-in#${ada}`)).status).toBe(200);
    expect(app.logLines().slice(before)).toMatchObject([{ req: { path: '/sign-in' } }]);
  });

  it('is read as proxies read it, to whom a backslash is no slash', async () => {
    expect((await ask('GET', '/readyz\\#')).status).toBe(404);
  });
});

describe('a request target that is a whole address', () => {
  it.each([
    ['/healthz', 200],
    ['/sign-in', 200],
    ['/robots.txt', 200],
    ['/assets/favicon.svg', 200],
    ['/nothing', 404],
    ['//sign-in', 404],
    ['/%zz', 404],
  ])('is answered by its path: %s', async (path, status) => {
    for (const origin of ['http://127.0.0.1', 'HTTPS://elsewhere.example:8443', 'http://u@x'])
      expect((await ask('GET', origin + path)).status).toBe(status);
  });

  it('without a path is the root', async () => {
    for (const target of ['http://x', 'http://x?y', 'http://x/', '/'])
      expect((await ask('GET', target)).text).toMatch(/^location: \/connections\r$/im);
  });

  it('leads to a sign-in that comes back here, and is logged by its path alone', async () => {
    const before = app.logLines().length;
    const { text } = await ask('GET', `http://${ada}/account?x=1`);
    expect(text).toMatch(/^location: \/sign-in\?return_to=%2Faccount%3Fx%3D1\r$/im);
    expect(app.logLines().slice(before)).toMatchObject([{ req: { path: '/account' } }]);
  });
});
