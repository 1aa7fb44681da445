import supertest from 'supertest';
import { afterAll, attacks, beforeAll, describe, expect, it } from '../../../support/jest.js';
import { Visitor } from '../../../support/visitor.js';
import { ada, type JourneyApp, startJourneyApp } from '../../accounts/flow/journeys.js';

const sandboxOrigin = 'http://127.0.0.1:3999';

let app: JourneyApp;
let visitor: Visitor;

beforeAll(async () => {
  app = await startJourneyApp({ sandboxOrigin });
  visitor = await app.signIn(ada);
});

afterAll(() => app.close());

describe('the headers of pages', () => {
  const pages = [
    '/connections',
    '/connections/gmail/disconnect',
    '/connect/gmail',
    '/nothing',
    '/user/verify',
  ];

  it.each(pages)('keep %s out of frames, caches and referrers', async (path) => {
    attacks('no-frames', 'private-pages');
    const { headers } = await visitor.get(path);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['x-frame-options']).toBe('DENY');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-request-id']).toMatch(/^\w{3}-\w{3}$/);
    expect(headers['x-powered-by']).toBeUndefined();
  });

  it.each(pages)('allow %s neither inline code nor another origin', async (path) => {
    attacks('no-inline-code', 'forms-reach-providers');
    const policy = (await visitor.get(path)).headers['content-security-policy'] ?? '';
    const directives = new Map(
      policy.split(';').map((directive) => {
        const [name = '', ...values] = directive.trim().split(' ');
        return [name, values.join(' ')];
      }),
    );
    expect(policy).not.toContain('unsafe');
    expect(directives.get('default-src')).toBe("'none'");
    expect(directives.get('script-src')).toBe("'self'");
    expect(directives.get('style-src')).toBe("'self'");
    expect(directives.get('frame-ancestors')).toBe("'none'");
    expect(directives.get('base-uri')).toBe("'none'");
    expect(directives.get('form-action')).toBe(`'self' https: ${sandboxOrigin}`);
  });

  it.each(pages)('are needed by nothing inline on %s', async (path) => {
    attacks('no-inline-code');
    const { text } = await visitor.get(path);
    expect(text).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle="|\son\w+="/);
  });
});

describe('what everybody may load', () => {
  it('is the word to robots that nothing is theirs', async () => {
    const response = await new Visitor(app.url).get('/robots.txt');
    expect(response.text).toBe('User-agent: *\nDisallow: /\n');
  });

  it('is a favicon at its usual address', async () => {
    const redirect = await new Visitor(app.url).get('/favicon.ico');
    const icon = await supertest(app.url).get(redirect.headers.location ?? '');
    expect(icon.status).toBe(200);
    expect(icon.headers['content-type']).toMatch(/^image\//);
  });

  it('is style and script, kept by browsers for as long as they do not change', async () => {
    const { text } = await new Visitor(app.url).get('/sign-in');
    const addresses = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(
      ([, address]) => address ?? '',
    );
    expect(addresses.length).toBeGreaterThan(2);
    for (const address of addresses) {
      const response = await supertest(app.url).get(address);
      expect(response.status).toBe(200);
      expect(response.headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(response.headers['set-cookie']).toBeUndefined();
    }
  });

  it.each([
    '/assets/',
    '/assets/nothing.css',
    '/assets/../jest.config.js',
    '/assets/%2e%2e/jest.config.js',
    '/assets/..%2fjest.config.js',
    '/assets/%00',
    '/assets/%zz',
  ])('is nothing else: %s', async (path) => {
    const response = await new Visitor(app.url).get(path);
    expect([400, 404]).toContain(response.status);
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.text).toContain('If you ask for help');
    expect(response.text).not.toContain('testEnvironment');
  });
});

describe('health', () => {
  it('is alive and ready while the database answers', async () => {
    const alive = await supertest(app.url).get('/healthz');
    expect(alive.status).toBe(200);
    expect(alive.body).toEqual({ status: 'alive' });
    const ready = await supertest(app.url).get('/readyz');
    expect(ready.status).toBe(200);
    expect(ready.body).toMatchObject({
      status: 'ready',
      database: 'answers',
      scalekit: { state: 'unknown' },
    });
    expect(ready.headers['cache-control']).toBe('no-store');
  });

  it('is alive but not ready without a database, and pages say so in words', async () => {
    const broken = await startJourneyApp();
    try {
      const signedIn = await broken.signIn(ada);
      await broken.deps.db.destroy();
      expect((await supertest(broken.url).get('/healthz')).status).toBe(200);
      const ready = await supertest(broken.url).get('/readyz');
      expect(ready.status).toBe(503);
      expect(ready.body).toMatchObject({ status: 'not ready', database: 'fails' });
      const page = await signedIn.get('/connections');
      expect(page.status).toBe(500);
      expect(page.text).toContain('Something went wrong on our side');
      expect(page.text).not.toMatch(/\bat .*\.(?:ts|js):\d|node_modules|driver/);
      const json = await signedIn.getJson('/connections/gmail/status.json');
      expect(json.status).toBe(500);
      expect(Object.keys(json.body).sort()).toEqual([
        'code',
        'detail',
        'reference',
        'status',
        'title',
        'type',
      ]);
    } finally {
      await broken.close();
    }
  });
});
