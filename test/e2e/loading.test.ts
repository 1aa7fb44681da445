import { gzipSync } from 'node:zlib';
import { useStage } from '../support/browser.js';
import { anyViolation, watchShifts, widths } from '../support/browserAudit.js';
import { arriveAt, button, connectByConsent, signIn } from '../support/browserSteps.js';
import { describe, expect, it } from '../support/jest.js';

const stage = useStage();

describe('how pages load', () => {
  it.each(widths)('at %i pixels, the list and the status page hold still', async (width) => {
    const page = await stage.visit({ viewport: { width, height: 800 } });
    const shifted = await watchShifts(page);
    const identifier = stage.someone();
    await signIn(page, stage.app.url, identifier);
    await page.evaluate('document.fonts.ready');
    await expect(shifted()).resolves.toBeLessThanOrEqual(0.01);
    await button(page, 'Connect Exa').click();
    await arriveAt(page, 'Enter your Exa key');
    stage.app.sandbox.control.setAccount({ connectionName: 'exa', identifier, status: 'ACTIVE' });
    await arriveAt(page, 'Exa is connected');
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
    await button(page, 'Connect Exa').click();
    await arriveAt(page, 'Enter your Exa key');
    await page.waitForLoadState();
    const sizes = (await Promise.all(files.values())).map((body) => gzipSync(body).length);
    expect(sizes.length).toBeGreaterThanOrEqual(3);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(20_000);
  });

  it('stays usable in the colours that the system forces', async () => {
    const page = await stage.visit({ forcedColors: 'active' });
    await signIn(page, stage.app.url, 'grace@example.com');
    const styles = await page.evaluate(`[...document.querySelectorAll('.button, .card, .field')]
      .filter((element) => element.checkVisibility() && !element.matches('.plain'))
      .map((element) => getComputedStyle(element).borderTopStyle)`);
    expect(new Set(styles as string[])).toEqual(new Set(['solid']));
    await expect(anyViolation(page)).resolves.toEqual([]);
    await connectByConsent(page, 'Connect Linear', 'Linear');
  });
});
