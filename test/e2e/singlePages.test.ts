import { useStage } from '../support/browser.js';
import { faultsOf } from '../support/browserAudit.js';
import { singleScenes } from '../support/browserScenes.js';
import { describe, expect, it } from '../support/jest.js';

const stage = useStage();

describe('every other page, narrow and wide, light and dark', () => {
  it.each(Object.entries(singleScenes))(
    '%s has no accessibility violation and no horizontal scrolling',
    async (_name, scene) => {
      await expect(faultsOf(await scene(stage))).resolves.toEqual([]);
    },
  );
});
