import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { launchOptions } from './chromium.js';
import { afterAll, afterEach, beforeAll, expect } from './jest.js';
import { type SandboxedApp, startSandboxedApp } from './testApp.js';

type AppOptions = NonNullable<Parameters<typeof startSandboxedApp>[0]>;

export interface VisitOptions extends BrowserContextOptions {
  /** Faults that this visit is expected to bring about, and that are then none. */
  readonly expected?: readonly RegExp[];
}

/** One browser and one app for the tests of a file. */
export interface Stage {
  readonly app: SandboxedApp;
  /** A page in a browser of somebody's own: with its own cookies, and closed with the test. */
  visit(options?: VisitOptions): Promise<Page>;
  /** Another app for this test alone, closed with it. */
  otherApp(options?: AppOptions): Promise<SandboxedApp>;
  /** Closes something with the test. */
  closeLater(closable: { close(): Promise<void> }): void;
  /** An identifier that no other test of the file uses. */
  someone(): string;
}

/** Chromium writes to the console that a document came with an error status; the tests look at the page itself. */
const isAnswered = (text: string) =>
  /^Failed to load resource: the server responded with a status of/.test(text);

/** Notes every console error (a CSP violation is one) and every uncaught error of a page's own. */
function watch(context: BrowserContext, faults: string[], expected: readonly RegExp[]): void {
  const note = (text: string) => {
    if (!expected.some((pattern) => pattern.test(text))) faults.push(text);
  };
  context.on('console', (message) => {
    const ofDocument = message.location().url === message.page()?.url() && isAnswered(message.text());
    if (['error', 'warning'].includes(message.type()) && !ofDocument) {
      note(`${message.text()} at ${message.location().url}`);
    }
  });
  context.on('weberror', (error) => note(String(error.error())));
}

/** Registers what a file of browser tests begins and ends with. A test fails when a page of it wrote an error. */
export function useStage(options: AppOptions = {}): Stage {
  let app: SandboxedApp | null = null;
  let browser: Browser | null = null;
  let people = 0;
  const contexts: BrowserContext[] = [];
  const closables: { close(): Promise<void> }[] = [];
  const faults: string[] = [];

  beforeAll(async () => {
    const executablePath = process.env.CHROMIUM_PATH;
    if (executablePath === undefined) throw new Error('the set-up of the tests found no browser');
    browser = await chromium.launch(launchOptions(executablePath));
    app = await startSandboxedApp(options);
  });

  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    await Promise.all(closables.splice(0).map((closable) => closable.close()));
    app?.sandbox.control.clearFaults();
    expect(faults.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await app?.close();
  });

  return {
    get app() {
      if (app === null) throw new Error('the app starts with the first test');
      return app;
    },
    async visit({ expected = [], ...contextOptions } = {}) {
      if (browser === null) throw new Error('the browser starts with the first test');
      const context = await browser.newContext({
        viewport: { width: 1280, height: 900 },
        reducedMotion: 'reduce',
        ...contextOptions,
      });
      context.setDefaultTimeout(60_000);
      contexts.push(context);
      watch(context, faults, expected);
      return context.newPage();
    },
    async otherApp(otherOptions) {
      const other = await startSandboxedApp(otherOptions);
      closables.push(other);
      return other;
    },
    closeLater: (closable) => closables.push(closable),
    someone() {
      people += 1;
      return `someone-${people}@example.com`;
    },
  };
}
