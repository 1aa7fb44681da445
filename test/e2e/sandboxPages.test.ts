import { useStage } from '../support/browser.js';
import { scenes } from '../support/browserScenes.js';
import { describe, expect, it } from '../support/jest.js';

const stage = useStage();

const ofTheSandbox = Object.entries(scenes).filter(([name]) =>
  /consent|credentials|ending|control/.test(name),
);

describe('every page of the sandbox, on a phone whose letters are half as large again', () => {
  it.each(ofTheSandbox)('%s has them too, and fits', async (_name, scene) => {
    const page = await scene(stage);
    // A busy browser applies the styles a little later.
    await page.waitForLoadState();
    await page.setViewportSize({ width: 360, height: 640 });
    const sizes = await page.evaluate(`(() => {
      document.documentElement.style.fontSize = '24px';
      const { fontSize } = getComputedStyle(document.querySelector('h1'));
      const { scrollWidth, clientWidth } = document.documentElement;
      const low = [...document.querySelectorAll('button, input:not([type=checkbox]), summary')]
        .filter((one) => one.offsetHeight > 0 && one.offsetHeight < 44).map((one) => one.outerHTML);
      return { fontSize, overhang: scrollWidth - clientWidth, low };
    })()`);
    expect(sizes).toEqual({ fontSize: '30px', overhang: 0, low: [] });
  });
});
