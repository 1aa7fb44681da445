import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

export const defaultDataDir = 'data';

/**
 * Where the data lies, for what comes before the configuration is read: this module needs no other. What is wrong with the
 * configuration is told later.
 */
export function dataFolder(): string {
  const inFile = existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {};
  return process.env.DATA_DIR ?? inFile.DATA_DIR ?? defaultDataDir;
}
