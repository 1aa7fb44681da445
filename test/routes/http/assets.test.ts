import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';
import { ada, type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';

let app: JourneyApp;

beforeAll(async () => {
  app = await startJourneyApp();
});

afterAll(() => app.close());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As it came over the wire. */
  readonly body: Buffer;
}

function ask(address: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(app.url + address, { method, headers, agent: false }, async (incoming) => {
      const parts: Buffer[] = [];
      for await (const part of incoming) parts.push(part as Buffer);
      const { statusCode: status = 0, headers: answered } = incoming;
      resolve({ status, headers: answered, body: Buffer.concat(parts) });
    });
    outgoing.on('error', reject).end();
  });
}

const style = () => app.deps.assets.urlOf('css/app.css');
const sourceOf = (name: string) => readFileSync(new URL(`../../../public/${name}`, import.meta.url), 'utf8');
/** What a file says to a browser. */
const saidBy = (text: string | Buffer) =>
  text
    .toString()
    .replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
const source = sourceOf('css/app.css');
const stale = () => style().replace(/\.[\w-]{10}\.css$/, '.0123456789.css');

const decoded = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
  identity: (body: Buffer) => body,
} as const;

describe('a style or script', () => {
  it.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, br;q=0', 'gzip'],
    ['identity', 'identity'],
    ['zstd', 'identity'],
  ] as const)('comes as who takes %s takes it', async (accepted, encoding) => {
    const { status, headers, body } = await ask(style(), { 'accept-encoding': accepted });
    expect(status).toBe(200);
    expect(headers['content-encoding'] ?? 'identity').toBe(encoding);
    expect(headers['content-type']).toBe('text/css; charset=utf-8');
    expect(headers.vary).toBe('Accept-Encoding');
    expect(headers['content-length']).toBe(String(body.length));
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(saidBy(decoded[encoding](body))).toBe(saidBy(source));
    const head = await ask(style(), { 'accept-encoding': accepted }, 'HEAD');
    const { date: _, connection: __, 'x-request-id': ___, ...said } = headers;
    expect(head.headers).toMatchObject(said);
    expect(head.body).toHaveLength(0);
  });

  it('is smallest in Brotli', async () => {
    const sizes = [];
    for (const accepted of ['br', 'gzip', 'identity']) {
      sizes.push((await ask(style(), { 'accept-encoding': accepted })).body.length);
    }
    expect(sizes).toEqual([...sizes].sort((one, other) => one - other));
    expect(sizes[0]).toBeLessThan(source.length / 4);
  });

  it('has a tag of its own in each encoding, and is not sent again to who has it', async () => {
    const tags = new Set<string>();
    for (const accepted of ['br', 'gzip', 'identity']) {
      const { etag = '' } = (await ask(style(), { 'accept-encoding': accepted })).headers;
      tags.add(etag);
      const again = await ask(style(), { 'accept-encoding': accepted, 'if-none-match': etag });
      expect([again.status, again.body.length]).toEqual([304, 0]);
      expect(again.headers).toMatchObject({ etag, vary: 'Accept-Encoding' });
    }
    expect(tags.size).toBe(3);
    const [ofBrotli = ''] = tags;
    expect((await ask(style(), { 'accept-encoding': 'gzip', 'if-none-match': ofBrotli })).status).toBe(200);
  });

  it('comes in parts, of the encoding that was asked for', async () => {
    const whole = await ask(style(), { 'accept-encoding': 'br' });
    const part = (range: string, more: Record<string, string> = {}) =>
      ask(style(), { 'accept-encoding': 'br', range, ...more });
    const first = await part('bytes=0-99');
    expect([first.status, first.headers['content-encoding']]).toEqual([206, 'br']);
    expect(first.headers['content-range']).toBe(`bytes 0-99/${whole.body.length}`);
    expect(first.headers['content-length']).toBe('100');
    const rest = await part('bytes=100-', { 'if-range': whole.headers.etag ?? '' });
    expect(Buffer.concat([first.body, rest.body]).equals(whole.body)).toBe(true);
    const plain = await ask(style(), { 'accept-encoding': 'identity', range: 'bytes=-5' });
    expect(plain.body.toString()).toBe(source.slice(-5));
    const beyond = await part('bytes=9999999-');
    expect([beyond.status, beyond.headers['content-range']]).toEqual([416, `bytes */${whole.body.length}`]);
    const changed = await part('bytes=0-9', { 'if-range': '"another"' });
    expect([changed.status, changed.body.length]).toEqual([200, whole.body.length]);
  });

  it.each([
    ['of another version', stale],
    ['without a version', () => '/assets/css/app.css'],
    ['as it was before', () => '/assets/css/app.css?v=abcdefghij'],
  ])('comes by its name %s, to be kept by nobody', async (_, address) => {
    const { status, headers, body } = await ask(address(), { 'accept-encoding': 'br' });
    expect([status, headers['cache-control']]).toEqual([200, 'no-cache']);
    expect(saidBy(brotliDecompressSync(body))).toBe(saidBy(source));
    const again = await ask(address(), { 'accept-encoding': 'br', 'if-none-match': headers.etag ?? '' });
    expect(again.status).toBe(304);
  });

  it('is no file that is not there, and nothing that is posted', async () => {
    expect((await ask('/assets/css/nothing.0123456789.css')).status).toBe(404);
    expect((await ask(style(), {}, 'POST')).status).toBe(403);
  });
});

describe('the script of a page', () => {
  const scripts = [
    'js/submitOnce.js',
    'js/filter.js',
    'js/list.js',
    'js/live.js',
    'js/menu.js',
    'js/times.js',
  ];

  it('is one file, of all that the page needs, in their order', async () => {
    const visitor = await app.signIn(ada);
    const { text } = await visitor.get('/connections');
    const found = [...text.matchAll(/<script type="module" src="([^"]+)"/g)].map(([, address]) => address);
    expect(found).toEqual([
      expect.stringMatching(/^\/assets\/js\/submitOnce\+filter\+list\+live\+menu\+times\.[\w-]{10}\.js$/),
    ]);
    const { headers, body } = await ask(found[0] ?? '', { 'accept-encoding': 'br' });
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    const script = saidBy(brotliDecompressSync(body));
    const starts = scripts.map((name) => script.indexOf(saidBy(sourceOf(name))));
    expect(starts).not.toContain(-1);
    expect(starts).toEqual([...starts].sort((one, other) => one - other));
  });

  it.each([
    [
      'another version of this app',
      () => app.deps.assets.scriptOf(scripts).replace(/\.[\w-]{10}\.js$/, '.0123456789.js'),
    ],
    ['an app that had one script more', () => '/assets/js/submitOnce+gone+filter+list+live.0123456789.js'],
    ['an app that has not shown the page yet', () => '/assets/js/live+list+filter+submitOnce.0123456789.js'],
  ])('is there for a page of %s, and is kept by nobody', async (_, address) => {
    const { status, headers, body } = await ask(address(), { 'accept-encoding': 'br' });
    expect([status, headers['cache-control']]).toEqual([200, 'no-cache']);
    const script = brotliDecompressSync(body).toString();
    for (const words of ['live:changed', 'data-submitted']) expect(script).toContain(words);
  });

  it.each([
    '/assets/js/gone.0123456789.js',
    '/assets/js/+.0123456789.js',
    '/assets/js/..+list.0123456789.js',
  ])('is nothing of what is not there: %s', async (address) => {
    expect((await ask(address)).status).toBe(404);
  });

  it('names a script once, however often it is asked for', async () => {
    const { body } = await ask(`/assets/js/${'list+'.repeat(200)}list.0123456789.js`);
    expect(body.toString().split('const firstPollMs')).toHaveLength(2);
  });
});
