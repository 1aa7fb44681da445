import supertest from 'supertest';
import { accountStates } from '../../../server/accounts/states.js';
import { paths } from '../../../server/paths.js';
import { afterEach, describe, expect, it } from '../../support/jest.js';
import { createMemoryGateway } from '../../support/memoryGateway.js';
import { startTestApp, type TestApp } from '../../support/testApp.js';
import { Visitor } from '../../support/visitor.js';

const connections = 'gmail slack github notion linear jira exa asana'.split(' ');
const styleguide = paths.styleguide();
const oidc = {
  AUTH_MODE: 'oidc',
  OIDC_ISSUER_URL: 'https://id.example.com',
  OIDC_CLIENT_ID: 'app',
  OIDC_CLIENT_SECRET: 'secret',
};

let app: TestApp | null = null;

afterEach(async () => {
  await app?.close();
  app = null;
});

async function start(env: Record<string, string> = {}): Promise<TestApp> {
  const gateway = createMemoryGateway();
  for (const name of connections) gateway.scalekit.addConnection({ name, provider: name.toUpperCase() });
  app = await startTestApp({ gateway, env });
  return app;
}

describe('the style guide', () => {
  it('shows a row in every state, and leads to the status page in every state', async () => {
    const browser = await new Visitor((await start()).url).signIn('ada@example.com');
    const page = await browser.get(styleguide);
    expect(page.status).toBe(200);
    const states = new Set([...page.text.matchAll(/data-state="(\w+)"/g)].map(([, state]) => state));
    expect(states).toEqual(new Set(accountStates));
    const links = [...page.text.matchAll(/href="(\/styleguide\/status\/[^"]+)"/g)].map(
      ([, link = '']) => link,
    );
    expect(links.length).toBeGreaterThanOrEqual(6);
    const headings = [];
    for (const link of links) {
      const status = await browser.get(link);
      expect(status.status).toBe(200);
      headings.push(/<h1[^>]*>([^<]+)<\/h1>/.exec(status.text)?.[1]);
    }
    expect(headings).toEqual(expect.arrayContaining(['Connecting Gmail', 'Gmail is connected']));
  });

  it('shows them with titles as long as they can be', async () => {
    const browser = await new Visitor((await start()).url).signIn('ada@example.com');
    const page = await browser.get(paths.styleguide(true));
    expect(page.text).toMatch(/Gmail of the Very Long Named/);
    expect((await browser.get(paths.styleguideStatus('connected', true))).text).toMatch(/Very Long Named/);
  });

  it('has no status page of a state that there is not', async () => {
    const browser = await new Visitor((await start()).url).signIn('ada@example.com');
    expect((await browser.get(paths.styleguideStatus('nonsense'))).status).toBe(404);
  });

  it.each([
    ['with NODE_ENV=production', 'localhost', { NODE_ENV: 'production' }],
    ['off loopback', 'app.example.com', oidc],
  ])('is not there in production: %s', async (_where, host, env) => {
    const { url } = await start({
      ...env,
      PUBLIC_URL: `https://${host}`,
      SESSION_SECRET: 'a secret of the tests that is long enough',
      TRUST_PROXY: '1',
      SCALEKIT_ENVIRONMENT_URL: 'https://acme.scalekit.dev',
      SCALEKIT_CLIENT_ID: 'skc_1',
      SCALEKIT_CLIENT_SECRET: 'secret',
    });
    const headers = { Accept: 'text/html', Host: host, 'X-Forwarded-Proto': 'https' };
    for (const path of [styleguide, paths.styleguideStatus('connected')]) {
      const answer = await supertest(url).get(path).set(headers);
      expect(answer.status).toBe(404);
    }
    // Where there is a page, whoever is signed out is led to the sign-in.
    expect((await supertest(url).get(paths.connections).set(headers)).status).toBe(303);
  });
});
