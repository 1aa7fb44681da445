import type { Page } from 'playwright-core';
import { useStage } from '../support/browser.js';
import { signIn } from '../support/browserSteps.js';
import { describe, expect, it } from '../support/jest.js';

const stage = useStage();

const most = { bytes: 30_000, scriptBytes: 8_000, requests: 6 };

interface Loaded {
  readonly url: string;
  readonly type: string;
  readonly encoding: string;
  /** Over the wire, with the head of the answer. */
  bytes: number;
}

/** Notes all that a page loads, as the browser's network counts it. */
async function watchNetwork(page: Page): Promise<Map<string, Loaded>> {
  const loaded = new Map<string, Loaded>();
  const session = await page.context().newCDPSession(page);
  session.on('Network.responseReceived', ({ requestId, type, response }) => {
    const encoding = response.headers['Content-Encoding'] ?? 'none';
    loaded.set(requestId, { url: response.url, type, encoding, bytes: response.encodedDataLength });
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const one = loaded.get(requestId);
    if (one !== undefined) one.bytes = encodedDataLength;
  });
  await session.send('Network.enable');
  return loaded;
}

const bytesOf = (loaded: readonly Loaded[]) => loaded.reduce((sum, { bytes }) => sum + bytes, 0);

/** What a browser loads that has nothing of the app but its session, until its stream is open. */
async function coldVisit(): Promise<readonly Loaded[]> {
  const earlier = await stage.visit();
  await signIn(earlier, stage.app.url, stage.someone());
  const page = await stage.visit({ storageState: await earlier.context().storageState() });
  const loaded = await watchNetwork(page);
  // The page looks once more when its stream has opened.
  const looked = page.waitForResponse(
    (response) => response.request().resourceType() === 'fetch' && response.url().endsWith('/connections'),
  );
  await page.goto(`${stage.app.url}/connections`, { waitUntil: 'load' });
  await (await looked).finished();
  await expect(page.locator('[data-connection]').count()).resolves.toBe(14);
  return [...loaded.values()];
}

describe('a cold visit of the list', () => {
  it('takes few bytes and requests, and little script', async () => {
    const all = await coldVisit();
    const ofType = (type: string) => all.filter((one) => one.type === type);
    expect(bytesOf(all)).toBeLessThan(most.bytes);
    expect(all.length).toBeLessThanOrEqual(most.requests);
    expect(ofType('Script')).toHaveLength(1);
    expect(bytesOf(ofType('Script'))).toBeLessThan(most.scriptBytes);
    expect(ofType('Stylesheet')).toHaveLength(1);
  });

  it('comes compressed, but for its stream', async () => {
    const all = await coldVisit();
    const encodings = all.map(({ type, encoding }) => `${type} ${encoding}`);
    expect(new Set(encodings)).toEqual(
      new Set(['Document br', 'Stylesheet br', 'Script br', 'Fetch br', 'EventSource none']),
    );
  });
});
