import puppeteer, { type Browser, type BrowserContext, type Page } from 'puppeteer-core';

/** Firefox, driven over WebDriver BiDi. */
export interface Firefox {
  /** A page in a browser of somebody's own, with its own cookies. */
  visit(): Promise<Page>;
  /** Closes those pages. @returns what they wrote to the console as errors, and what they threw */
  leave(): Promise<string[]>;
  close(): Promise<void>;
}

/** @param executablePath the browser's program */
export async function startFirefox(executablePath: string): Promise<Firefox> {
  const browser: Browser = await puppeteer.launch({
    browser: 'firefox',
    protocol: 'webDriverBiDi',
    executablePath,
    headless: true,
    defaultViewport: { width: 1280, height: 900 },
    extraPrefsFirefox: {
      // A busy machine is no reason to ask about a script.
      'dom.max_script_run_time': 0,
    },
  });
  const contexts: BrowserContext[] = [];
  const faults: string[] = [];
  return {
    async visit() {
      const context = await browser.createBrowserContext();
      contexts.push(context);
      const page = await context.newPage();
      page.setDefaultTimeout(30_000);
      page.on('console', (message) => {
        if (['error', 'warn'].includes(message.type())) faults.push(message.text());
      });
      page.on('pageerror', (error) => faults.push(String(error)));
      return page;
    },
    async leave() {
      await Promise.all(contexts.splice(0).map((context) => context.close()));
      return faults.splice(0);
    },
    close: () => browser.close(),
  };
}

/** Presses the button of the form that posts to an address, and goes where it leads. */
export async function sendForm(page: Page, action: string, buttonAttributes = ''): Promise<void> {
  const button = await page.waitForSelector(`form[action="${action}"] button${buttonAttributes}`);
  await Promise.all([page.waitForNavigation(), button?.click()]);
}

/** Resolves when the page's main heading says this. */
export async function readHeading(page: Page, heading: string): Promise<void> {
  await page.waitForSelector(`xpath/.//h1[normalize-space() = "${heading}"]`);
}
