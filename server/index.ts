import { existsSync, readFileSync } from 'node:fs';
import nodeModule from 'node:module';
import path from 'node:path';
import { parseEnv } from 'node:util';

/** Since Node.js 22.8. */
interface CompileCache {
  enableCompileCache?(folder: string): unknown;
}

/** Where the data lies. What is wrong with the configuration is told later. */
function dataFolder(): string {
  const inFile = existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {};
  return process.env.DATA_DIR ?? inFile.DATA_DIR ?? 'data';
}

/** Has V8 keep what it compiles for the next start. The first one makes the folder, and begins without. */
function keepCompiled(): void {
  const folder = dataFolder();
  if (existsSync(folder))
    (nodeModule as CompileCache).enableCompileCache?.(path.join(folder, 'compile-cache'));
}

keepCompiled();
// Only now: whatever is imported above is compiled before anything here runs.
await import('./start.js');
