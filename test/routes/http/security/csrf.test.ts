import { afterAll, attacks, beforeAll, describe, expect, it } from '../../../support/jest.js';
import { Visitor } from '../../../support/visitor.js';
import { ada, type JourneyApp, startJourneyApp } from '../../accounts/flow/journeys.js';

let app: JourneyApp;

beforeAll(async () => {
  app = await startJourneyApp();
});

afterAll(() => app.close());

const tokensIn = (text: string) =>
  [...text.matchAll(/name="_csrf" value="([^"]+)"/g)].map(([, token]) => token ?? '');

const bytesOf = (token: string) => Buffer.from(token, 'base64url');

/** A token with one bit of it changed. */
function spoilt(token: string, index: number): string {
  const bytes = bytesOf(token);
  bytes[index] = (bytes[index] ?? 0) ^ 1;
  return bytes.toString('base64url');
}

const disconnect = (visitor: Visitor, token: string) =>
  visitor.postWithToken(token, '/connections/gmail/disconnect');

const markIn = (text: string) => /data-session="([^"]+)"/.exec(text)?.[1];

describe('the token of a signed-in user’s forms', () => {
  it('is another one on each page, and each is good', async () => {
    const visitor = await app.signIn(ada);
    const tokens = [];
    for (let page = 0; page < 3; page += 1) {
      tokens.push(...new Set(tokensIn((await visitor.get('/connections')).text)));
    }
    expect(new Set(tokens).size).toBe(3);
    for (const token of tokens) expect((await disconnect(visitor, token)).status).toBe(303);
  });

  it('has no byte in common with the next one, but by chance', async () => {
    const visitor = await app.signIn(ada);
    const seen = Array.from({ length: 64 }, () => new Set<number>());
    for (let page = 0; page < 8; page += 1) {
      await visitor.get('/account');
      for (const [index, byte] of bytesOf(visitor.token).entries()) seen[index]?.add(byte);
    }
    expect(seen.filter((values) => values.size === 1)).toEqual([]);
  });

  it('is never on a page as the session has it', async () => {
    const visitor = await app.signIn(ada);
    const rows = await app.deps.db.selectFrom('sessions').select('data').execute();
    const kept = rows.map(({ data }) => (JSON.parse(data) as { csrfToken?: string }).csrfToken ?? '');
    expect(kept.length).toBeGreaterThan(0);
    const { text } = await visitor.get('/connections');
    for (const token of kept) {
      expect(token).toMatch(/^[\w-]{43}$/);
      expect(text).not.toContain(token);
      expect((await disconnect(visitor, token)).status).toBe(403);
    }
  });

  it.each([0, 31, 32, 63])('is refused when a bit of its byte %i is another', async (index) => {
    const visitor = await app.signIn(ada);
    expect((await disconnect(visitor, spoilt(visitor.token, index))).status).toBe(403);
    expect((await disconnect(visitor, visitor.token)).status).toBe(303);
  });

  it.each([
    ['half of it', (token: string) => token.slice(0, 43)],
    ['more than it', (token: string) => `${token}AAAA`],
    ['nothing but the same byte', () => Buffer.alloc(64).toString('base64url')],
  ])('is refused when it is %s', async (_, change) => {
    attacks('post-with-proof');
    const visitor = await app.signIn(ada);
    expect((await disconnect(visitor, change(visitor.token))).status).toBe(403);
  });
});

describe('the Origin header', () => {
  it('decides nothing: the token of the session does', async () => {
    attacks('origin-decides-nothing');
    const visitor = await app.signIn(ada);
    const path = '/connections/gmail/disconnect';
    for (const origin of ['null', 'https://evil.example', app.url]) {
      const headers = { Origin: origin, 'Sec-Fetch-Site': 'cross-site' };
      expect((await visitor.post(path, {}, headers)).status).toBe(303);
      expect((await visitor.postWithToken(null, path, {}, headers)).status).toBe(403);
    }
  });
});

describe('the token of the sign-in’s form', () => {
  it('is another one on each page, and each is good', async () => {
    const visitor = new Visitor(app.url);
    const tokens = [];
    for (let page = 0; page < 3; page += 1) {
      await visitor.get('/sign-in');
      tokens.push(visitor.token);
    }
    expect(new Set(tokens).size).toBe(3);
    expect(new Set(tokens.map((token) => bytesOf(token)[0])).size).toBeGreaterThan(1);
    const [first = ''] = tokens;
    const refused = await visitor.postWithToken(spoilt(first, 40), '/sign-in', { identifier: ada });
    expect(refused.status).toBe(403);
    expect((await visitor.postWithToken(first, '/sign-in', { identifier: ada })).status).toBe(303);
  });
});

describe('the mark of a session on its pages', () => {
  it('stays the same within a session, and is another one in the next', async () => {
    const visitor = await app.signIn(ada);
    const mark = markIn((await visitor.get('/connections')).text);
    expect(mark).toMatch(/^[\w-]{16}$/);
    expect(markIn((await visitor.get('/account')).text)).toBe(mark);
    await visitor.post('/sign-in', { identifier: ada });
    const next = markIn((await visitor.get('/connections')).text);
    expect(next).toMatch(/^[\w-]{16}$/);
    expect(next).not.toBe(mark);
  });
});
