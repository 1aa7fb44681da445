import { useStage } from '../../../support/browser.js';
import { faultsOf } from '../../../support/browserAudit.js';
import { listScenes } from '../../../support/browserScenes.js';
import { describe, expect, it } from '../../../support/jest.js';

const stage = useStage();

describe('every state of the list, narrow and wide, light and dark', () => {
  it.each(Object.entries(listScenes))(
    '%s has no accessibility violation and no horizontal scrolling',
    async (_name, scene) => {
      await expect(faultsOf(await scene(stage))).resolves.toEqual([]);
    },
  );
});
