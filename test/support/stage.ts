import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { launchOptions } from './chromium.js';
import { type SandboxedApp, startSandboxedApp } from './testApp.js';

export type AppOptions = NonNullable<Parameters<typeof startSandboxedApp>[0]>;

export interface VisitOptions extends BrowserContextOptions {
  /** Faults that this visit is expected to bring about, and that are then none. */
  readonly expected?: readonly RegExp[];
}

/** One browser and one app. */
export interface Stage {
  readonly app: SandboxedApp;
  /** A page in a browser of somebody's own: with its own cookies, and closed with the scene. */
  visit(options?: VisitOptions): Promise<Page>;
  /** Another app for this scene alone, closed with it. */
  otherApp(options?: AppOptions): Promise<SandboxedApp>;
  /** Closes something with the scene. */
  closeLater(closable: { close(): Promise<void> }): void;
  /** An identifier that nobody else on this stage has. */
  someone(): string;
}

/** Brings a browser to one page in one state. */
export type Scene = (stage: Stage) => Promise<Page>;
export type Scenes = Readonly<Record<string, Scene>>;

export interface OpenStage extends Stage {
  /** Closes what the scene opened. @returns the faults of its pages */
  clear(): Promise<string[]>;
  close(): Promise<void>;
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

/**
 * Starts a browser and an app.
 * @param executablePath the browser's program
 * @param locale of the browser's user
 */
export async function startStage(
  executablePath: string,
  options: AppOptions = {},
  locale = 'en-GB',
): Promise<OpenStage> {
  const browser: Browser = await chromium.launch(launchOptions(executablePath));
  const app = await startSandboxedApp(options);
  const contexts: BrowserContext[] = [];
  const closables: { close(): Promise<void> }[] = [];
  const faults: string[] = [];
  let people = 0;
  return {
    app,
    async visit({ expected = [], ...contextOptions } = {}) {
      const context = await browser.newContext({
        viewport: { width: 1280, height: 900 },
        reducedMotion: 'reduce',
        locale,
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
    async clear() {
      await Promise.all(contexts.splice(0).map((context) => context.close()));
      await Promise.all(closables.splice(0).map((closable) => closable.close()));
      app.sandbox.control.clearFaults();
      return faults.splice(0);
    },
    async close() {
      await browser.close();
      await app.close();
    },
  };
}
