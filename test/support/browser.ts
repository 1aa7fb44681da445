import { afterAll, afterEach, beforeAll, expect } from './jest.js';
import { type AppOptions, type OpenStage, type Stage, startStage } from './stage.js';

export type { Stage, VisitOptions } from './stage.js';

/** Registers what a file of browser tests begins and ends with. A test fails when a page of it wrote an error. */
export function useStage(options: AppOptions = {}): Stage {
  let stage: OpenStage | null = null;

  const open = (): OpenStage => {
    if (stage === null) throw new Error('the browser and the app start with the first test');
    return stage;
  };

  beforeAll(async () => {
    const executablePath = process.env.CHROMIUM_PATH;
    if (executablePath === undefined) throw new Error('the set-up of the tests found no browser');
    stage = await startStage(executablePath, options);
  });

  afterEach(async () => {
    expect(await stage?.clear()).toEqual([]);
  });

  afterAll(() => stage?.close());

  return {
    get app() {
      return open().app;
    },
    visit: (visitOptions) => open().visit(visitOptions),
    otherApp: (otherOptions) => open().otherApp(otherOptions),
    closeLater: (closable) => open().closeLater(closable),
    someone: () => open().someone(),
  };
}
