import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '../../support/jest.js';
import { secret } from '../../unit/webhooks/deliveries.js';
import { ada, type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';
import { anotherApp } from '../onboarding/onboardingJourneys.js';

let app: JourneyApp;
let key: string;
let session: string;
let socket: Socket;

beforeAll(async () => {
  app = await startJourneyApp({ env: { SCALEKIT_WEBHOOK_SECRETS: secret } });
  ({ key } = await anotherApp(app));
  session = await signedIn();
});

afterAll(() => app.close());
afterEach(() => void socket.destroy());

/** The cookie of somebody who is signed in. */
async function signedIn(): Promise<string> {
  const cookiesOf = ({ headers }: Response) => headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
  const page = await fetch(`${app.url}/sign-in`);
  const [, _csrf = ''] = /name="_csrf" value="([^"]+)"/.exec(await page.text()) ?? [];
  const answer = await fetch(`${app.url}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { Cookie: cookiesOf(page).join('; ') },
    body: new URLSearchParams({ identifier: ada, _csrf }),
  });
  return cookiesOf(answer).join('; ');
}

/** Sends the head of a request. */
function begin(requestLine: string, headers: readonly string[]): void {
  // Goes on sending although nobody is there to read it any more, until a reset tells.
  socket = connect({ port: app.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  const head = [`${requestLine} HTTP/1.1`, `Host: 127.0.0.1:${app.port}`, ...headers];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
}

/** Sends one chunk after the other for as long as the connection lasts. */
function goOn(): void {
  const chunk = `400\r\n${'x'.repeat(0x400)}\r\n`;
  const open = socket;
  const next = () => {
    if (open.writable) open.write(chunk, () => setImmediate(next));
  };
  next();
}

/** The head of the answer. */
async function answer(): Promise<string> {
  let text = '';
  for await (const data of socket.iterator({ destroyOnReturn: false })) {
    text += String(data);
    if (text.includes('\r\n\r\n')) break;
  }
  return text.slice(0, text.indexOf('\r\n\r\n'));
}

const expectLast = (head: string, status: number) => {
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(head).toMatch(/^connection: close$/im);
};

const form = 'Content-Type: application/x-www-form-urlencoded';
const readers: [string, string, () => string[]][] = [
  ['a form', 'POST /sign-in', () => [form]],
  ['a form of an onboarding', 'POST /onboarding/start', () => [form]],
  ['a form to nowhere', 'POST /nothing', () => [form]],
  [
    'a form with a file',
    'POST /admin/clients/some/logo',
    () => ['Content-Type: multipart/form-data; boundary=a', `Cookie: ${session}`],
  ],
  [
    'JSON for the API',
    'POST /api/v1/onboarding-sessions',
    () => ['Content-Type: application/json', `Authorization: Bearer ${key}`],
  ],
  ['a webhook', 'POST /webhooks/scalekit', () => ['Content-Type: application/json']],
];

describe('a body that is too large', () => {
  it.each(readers)('of %s is refused as soon as it is, while it still comes', async (_, line, headers) => {
    begin(line, [...headers(), 'Transfer-Encoding: chunked']);
    goOn();
    expectLast(await answer(), 413);
  });

  it.each(readers)('of %s is refused before it comes, where its length is said', async (_, line, headers) => {
    begin(line, [...headers(), 'Content-Length: 1000000']);
    expectLast(await answer(), 413);
  });
});

describe('a body that nobody reads', () => {
  it.each([
    ['a page', 'GET /sign-in', [], 200],
    ['a file', 'GET /favicon.ico', [], 301],
    ['the health check', 'GET /healthz', [], 200],
    ['a form of another type', 'POST /sign-in', ['Content-Type: text/plain'], 403],
    ['the API without a key', 'POST /api/v1/onboarding-sessions', ['Content-Type: application/json'], 401],
    ['what takes POST alone', 'GET /webhooks/scalekit', [], 404],
  ])('does not keep %s from answering, for the last time', async (_, line, headers, status) => {
    begin(line, [...headers, 'Transfer-Encoding: chunked']);
    goOn();
    expectLast(await answer(), status);
  });

  it('ends with its connection, however long it would go on', async () => {
    begin('GET /healthz', ['Transfer-Encoding: chunked']);
    goOn();
    await answer();
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
  });
});

describe('the connection', () => {
  it.each([
    ['a body that was read', [form, 'Content-Length: 3'], 'a=1'],
    ['a body of no bytes', ['Content-Length: 0'], ''],
  ])('goes on after %s', async (_, headers, body) => {
    begin('POST /sign-in', headers);
    socket.write(body);
    expect(await answer()).toMatch(/^connection: keep-alive$/im);
  });
});
