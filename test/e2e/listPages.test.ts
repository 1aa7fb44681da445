import { describe, expect, it } from '@jest/globals';
import { useStage } from '../support/browser.js';
import { overhang, violationsInBothThemes, widths } from '../support/browserAudit.js';
import { listScenes } from '../support/browserScenes.js';

const stage = useStage();

describe('every state of the list, narrow and wide, light and dark', () => {
  it.each(Object.entries(listScenes))(
    '%s has no accessibility violation and no horizontal scrolling',
    async (_name, scene) => {
      const page = await scene(stage);
      for (const width of widths) {
        await page.setViewportSize({ width, height: 800 });
        expect({ width, overhang: await overhang(page) }).toEqual({ width, overhang: 0 });
        expect({ width, violations: await violationsInBothThemes(page) }).toEqual({ width, violations: [] });
      }
    },
  );
});
