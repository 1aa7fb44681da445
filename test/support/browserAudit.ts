import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

/** What is measured of a page in a browser, and asserted of every one. */

/** As on a phone, and on a desk. In pixels. */
export const widths = [360, 1280];
const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** What is no matter of colour is the same in both themes. */
const ofColour = ['color-contrast', 'link-in-text-block'];

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Asks axe inside the page for the violations alone: all else that it tells takes three times as long. */
async function violationsOf(page: Page, runOnly: object): Promise<string[]> {
  if (await page.evaluate('window.axe === undefined')) await page.evaluate(axe);
  const options = JSON.stringify({ runOnly, resultTypes: ['violations'] });
  const violations = await page.evaluate(`axe.run(document, ${options}).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`);
  return violations as string[];
}

/** What axe finds against WCAG 2.2 AA, and against its own best practices. */
export const anyViolation = (page: Page): Promise<string[]> =>
  violationsOf(page, { type: 'tag', values: standards });

async function violationsInBothThemes(page: Page): Promise<string[]> {
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await anyViolation(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  return [...light, ...(await violationsOf(page, { type: 'rule', values: ofColour }))];
}

/**
 * Waits until the page has its size and its styles, which a busy browser takes a little later. Asked from outside:
 * Playwright's own waiting evaluates text inside the page, which the page's policy forbids.
 */
async function untilDrawn(page: Page, width: number): Promise<void> {
  const isDrawn = `innerWidth === ${width} && document.readyState === 'complete'`;
  while (!(await page.evaluate(isDrawn))) await page.waitForTimeout(20);
}

/** The links that look as the browser draws them, for want of a style. */
async function unstyledLinks(page: Page): Promise<string[]> {
  const links = await page.evaluate(`(() => {
    const plain = document.body.appendChild(document.createElement('a'));
    plain.href = '#';
    plain.style.all = 'revert';
    const { color } = getComputedStyle(plain);
    plain.remove();
    return [...document.links].filter((link) => getComputedStyle(link).color === color)
      .map(({ outerHTML }) => outerHTML);
  })()`);
  return (links as string[]).map((html) => `a link without a style: ${html}`);
}

/** What is wrong with a page, narrow and wide, light and dark: accessibility, links without a style, and scrolling to the side. */
export async function faultsOf(page: Page): Promise<string[]> {
  const faults: string[] = [];
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    await untilDrawn(page, width);
    const overhang = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    if (overhang !== 0) faults.push(`at ${width} pixels: it is ${overhang} pixels too wide`);
    faults.push(
      ...(await violationsInBothThemes(page)).map((violation) => `at ${width} pixels: ${violation}`),
    );
  }
  return [...faults, ...(await unstyledLinks(page))];
}

/** Adds up the layout shifts that nobody caused by typing or clicking (CLS without its windows). */
export async function watchShifts(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(`
    window.shifted = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
  `);
  return () =>
    page.evaluate(
      'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(window.shifted))))',
    ) as Promise<number>;
}
