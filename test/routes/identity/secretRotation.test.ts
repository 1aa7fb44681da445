import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { createMemoryGateway } from '../../support/memoryGateway.js';
import { Surfer } from '../../support/surfer.js';
import { startTestApp } from '../../support/testApp.js';

const old = 'the-old-session-secret-0123456789abcdef';
const newer = 'the-new-session-secret-0123456789abcdef';

let dataDir: string;
let surfer: Surfer;

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
  surfer = new Surfer();
});

afterEach(() => rm(dataDir, { recursive: true, force: true }));

/** Runs the app with other secrets on the same data. */
async function during<T>(secrets: string, work: (url: string) => Promise<T>): Promise<T> {
  const gateway = createMemoryGateway();
  gateway.scalekit.addConnection({ name: 'gmail', provider: 'GMAIL' });
  const app = await startTestApp({ gateway, dataDir, env: { SESSION_SECRET: secrets } });
  try {
    return await work(app.url);
  } finally {
    await app.close();
  }
}

async function signIn(url: string): Promise<void> {
  const page = await surfer.go(`${url}/sign-in`);
  const [, _csrf = ''] = /name="_csrf" value="([^"]+)"/.exec(page.text) ?? [];
  await surfer.go(`${url}/sign-in`, { method: 'POST', form: { identifier: 'ada@example.com', _csrf } });
}

const isSignedIn = async (url: string) => (await surfer.ask(`${url}/connections`)).status === 200;

describe('replacing the session secret', () => {
  it('signs nobody out while the old one is still in the list', async () => {
    await during(old, signIn);
    expect(await during(`${newer},${old}`, isSignedIn)).toBe(true);
    expect(await during(newer, isSignedIn)).toBe(false);
  });

  it('signs with the first, so that the old one can go when the sessions from before are over', async () => {
    await during(`${newer},${old}`, signIn);
    expect(await during(newer, isSignedIn)).toBe(true);
    expect(await during(old, isSignedIn)).toBe(false);
  });

  it('can begin by letting every instance know the new one before any signs with it', async () => {
    await during(`${newer},${old}`, signIn);
    expect(await during(`${old},${newer}`, isSignedIn)).toBe(true);
  });
});
