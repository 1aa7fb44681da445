import { gzipSync } from 'node:zlib';
import { AxeBuilder } from '@axe-core/playwright';
import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { en } from '../../server/web/texts.js';
import { useStage } from '../support/browser.js';
import { type SceneName, scenes } from '../support/browserScenes.js';
import { arriveAt, button, connectByConsent, signIn } from '../support/browserSteps.js';

const stage = useStage();

const widths = [360, 1280];
const colorSchemes = ['light', 'dark'] as const;
const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

async function violationsOn(page: Page): Promise<string[]> {
  // The legacy mode checks within the page; the other one opens a page of its own, and there are no frames here.
  const { violations } = await new AxeBuilder({ page }).withTags(standards).setLegacyMode().analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
}

const overhang = (page: Page) =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

describe('every page, narrow and wide, light and dark', () => {
  it.each(Object.keys(scenes) as SceneName[])(
    '%s has no accessibility violation and no horizontal scrolling',
    async (scene) => {
      const page = await scenes[scene](stage);
      for (const width of widths) {
        await page.setViewportSize({ width, height: 800 });
        expect({ width, overhang: await overhang(page) }).toEqual({ width, overhang: 0 });
        for (const colorScheme of colorSchemes) {
          await page.emulateMedia({ colorScheme });
          expect({ width, colorScheme, violations: await violationsOn(page) }).toEqual({
            width,
            colorScheme,
            violations: [],
          });
        }
      }
    },
  );
});

/** Adds up the layout shifts that nobody caused by typing or clicking (CLS without its windows). */
async function watchShifts(page: Page): Promise<() => Promise<number>> {
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

describe('how pages load', () => {
  it.each(widths)('at %i pixels, the list and the status page hold still', async (width) => {
    const page = await stage.visit({ viewport: { width, height: 800 } });
    const shifted = await watchShifts(page);
    const identifier = stage.someone();
    await signIn(page, stage.app.url, identifier);
    await page.evaluate('document.fonts.ready');
    await expect(shifted()).resolves.toBeLessThanOrEqual(0.01);
    await button(page, en.actions.connect('Exa')).click();
    await arriveAt(page, en.flow.connecting('Exa'));
    stage.app.sandbox.control.setAccount({ connectionName: 'exa', identifier, status: 'ACTIVE' });
    await arriveAt(page, en.flow.connected('Exa'));
    await expect(shifted()).resolves.toBeLessThanOrEqual(0.01);
  });

  it('takes less than 20 kB of style and script together, compressed', async () => {
    const page = await stage.visit();
    const files = new Map<string, Promise<Buffer>>();
    page.on('response', (response) => {
      if (['stylesheet', 'script'].includes(response.request().resourceType())) {
        files.set(response.url(), response.body());
      }
    });
    await signIn(page, stage.app.url, stage.someone());
    await button(page, en.actions.connect('Exa')).click();
    await arriveAt(page, en.flow.connecting('Exa'));
    await page.waitForLoadState();
    const sizes = (await Promise.all(files.values())).map((body) => gzipSync(body).length);
    expect(sizes.length).toBeGreaterThanOrEqual(4);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(20_000);
  });

  it('stays usable in the colours that the system forces', async () => {
    const page = await stage.visit({ forcedColors: 'active' });
    await signIn(page, stage.app.url, 'grace@example.com');
    const styles = await page.evaluate(`[...document.querySelectorAll('.button, .card, .field')]
      .filter((element) => element.checkVisibility() && !element.matches('.plain'))
      .map((element) => getComputedStyle(element).borderTopStyle)`);
    expect(new Set(styles as string[])).toEqual(new Set(['solid']));
    await expect(violationsOn(page)).resolves.toEqual([]);
    await connectByConsent(page, en.actions.connect('Linear'), 'Linear');
  });
});
