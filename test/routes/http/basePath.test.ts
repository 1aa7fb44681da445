import { freePort } from '../../support/freePort.js';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';
import { type Landing, Surfer } from '../../support/surfer.js';
import { type SandboxedApp, startSandboxedApp } from '../../support/testApp.js';

let app: SandboxedApp;
let publicUrl: string;

beforeAll(async () => {
  const port = await freePort();
  publicUrl = `http://127.0.0.1:${port}/apps/connect`;
  app = await startSandboxedApp({
    port,
    env: { PUBLIC_URL: publicUrl, ADMIN_IDENTIFIERS: 'admin@example.com' },
  });
});

afterAll(async () => {
  await app.close();
});

const addressesIn = ({ text }: Landing, names = 'href|src|action|formaction|data-[a-z-]*url'): string[] =>
  [...text.matchAll(new RegExp(`\\s(?:${names})="([^"#][^"]*)"`, 'g'))].map(([, address = '']) =>
    address.replaceAll('&amp;', '&'),
  );

async function signedIn(identifier: string): Promise<Surfer> {
  const surfer = new Surfer();
  const page = await surfer.go(`${publicUrl}/sign-in`);
  const [, token = ''] = /name="_csrf" value="([^"]+)"/.exec(page.text) ?? [];
  const landing = await surfer.go(`${publicUrl}/sign-in`, {
    method: 'POST',
    form: { identifier, _csrf: token },
  });
  expect(landing.url).toBe(`${publicUrl}/connections`);
  return surfer;
}

describe('an app whose public URL has a path', () => {
  it.each(['admin@example.com', 'ada@example.com'])(
    'leads %s from no page out of that path',
    async (identifier) => {
      const surfer = await signedIn(identifier);
      const waiting = [`${publicUrl}/`, `${publicUrl}/api/v1/docs`];
      const seen = new Set<string>();
      for (
        let address = waiting.shift();
        address !== undefined && seen.size < 150;
        address = waiting.shift()
      ) {
        const [place = ''] = address.split('?');
        if (seen.has(place)) continue;
        seen.add(place);
        const landing = await surfer.go(address);
        expect([address, landing.status < 400]).toEqual([address, true]);
        expect(landing.url.startsWith(publicUrl)).toBe(true);
        if (!landing.headers.get('content-type')?.startsWith('text/html')) continue;
        const links = new Set(addressesIn(landing, 'href|src'));
        for (const found of addressesIn(landing)) {
          if (/^https?:\/\/localhost:\d+\//.test(found)) continue;
          const { href } = new URL(found, landing.url);
          if (new URL(href).origin === new URL(publicUrl).origin) {
            expect([landing.url, found, href.startsWith(`${publicUrl}/`)]).toEqual([
              landing.url,
              found,
              true,
            ]);
            if (links.has(found)) waiting.push(href);
          }
        }
      }
      expect(seen.size).toBeGreaterThan(10);
    },
  );

  it('connects an account, by the consent at Scalekit and back', async () => {
    const surfer = await signedIn('grace@example.com');
    const list = await surfer.go(`${publicUrl}/connections`);
    const [, token = ''] = /name="_csrf" value="([^"]+)"/.exec(list.text) ?? [];
    const consent = await surfer.go(`${publicUrl}/connections/gmail/connect`, {
      method: 'POST',
      form: { _csrf: token },
    });
    expect(consent.url.startsWith(app.sandbox.url)).toBe(true);
    const back = await surfer.go(consent.url, { method: 'POST', form: { outcome: 'allow' } });
    expect(back.way.some((url) => url.startsWith(`${publicUrl}/user/verify?`))).toBe(true);
    expect(back.url.startsWith(`${publicUrl}/connections`)).toBe(true);
    const account = app.sandbox.control
      .accounts()
      .find(({ identifier }) => identifier === 'grace@example.com');
    expect(account?.status).toMatch(/active/i);
  });

  it('keeps cookies apart from those of a neighbour, and answers probes at the root', async () => {
    const { port } = new URL(publicUrl);
    const page = await fetch(`${publicUrl}/sign-in`);
    expect(page.headers.getSetCookie()[0]).toMatch(/^connect-form\.apps\.connect=/);
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    expect((await fetch(`${publicUrl}/healthz`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    expect((await fetch(`${publicUrl}/readyz`)).status).toBe(404);
    const outside = await fetch(`http://127.0.0.1:${port}/connections`, { redirect: 'manual' });
    expect([outside.status, await outside.text()]).toEqual([
      404,
      'Nothing is here. This app is under /apps/connect/\n',
    ]);
    expect((await fetch(`http://127.0.0.1:${port}/apps/connections`)).status).toBe(404);
  });

  it('names it in the description of the API', async () => {
    const description = (await (await fetch(`${publicUrl}/api/v1/openapi.json`)).json()) as {
      servers: unknown;
    };
    expect(description.servers).toEqual([{ url: publicUrl }]);
  });
});
