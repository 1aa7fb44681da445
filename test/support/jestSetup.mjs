import { readdirSync } from 'node:fs';
import path from 'node:path';
import { tsImport } from 'tsx/esm/api';

/** Whether a browser test is among those that were asked for. */
function wantsBrowser({ rootDir, testPathPatterns }) {
  const folder = path.join(rootDir, 'test', 'e2e');
  const wanted = testPathPatterns.toExecutor({ rootDir });
  return readdirSync(folder).some(
    (file) => /\.test\.ts$/.test(file) && wanted.isMatch(path.join(folder, file)),
  );
}

/** Finds the browser once for all test files; they get it by `CHROMIUM_PATH`. */
export default async function setUp(globalConfig) {
  if (!wantsBrowser(globalConfig)) return;
  const { findChromium } = await tsImport('./chromium.ts', import.meta.url);
  process.env.CHROMIUM_PATH = await findChromium();
}
