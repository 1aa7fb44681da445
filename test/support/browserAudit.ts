import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

/** What is measured of a page in a browser, and asserted of every one. */

/** As on a phone, and on a desk. In pixels. */
export const widths = [360, 1280];
const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

async function violationsOn(page: Page, choose: (axe: AxeBuilder) => AxeBuilder): Promise<string[]> {
  // The legacy mode checks within the page; the other one opens a page of its own, and there are no frames here.
  const { violations } = await choose(new AxeBuilder({ page })).setLegacyMode().analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
}

/** What axe finds against WCAG 2.2 AA, and against its own best practices. */
export const anyViolation = (page: Page) => violationsOn(page, (axe) => axe.withTags(standards));

/** The same, in both themes. What is no matter of colour is the same in both. */
export async function violationsInBothThemes(page: Page): Promise<string[]> {
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await anyViolation(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  const ofColour = ['color-contrast', 'link-in-text-block'];
  return [...light, ...(await violationsOn(page, (axe) => axe.withRules(ofColour)))];
}

/** By how many pixels the page is wider than its window. */
export const overhang = (page: Page) =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

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
