import { existsSync } from 'node:fs';
import nodeModule from 'node:module';
import path from 'node:path';
import { dataFolder } from './config/dataFolder.js';

/** Since Node.js 22.8. */
interface CompileCache {
  enableCompileCache?(folder: string): unknown;
}

/** Has V8 keep what it compiles for the next start. The first one makes the folder, and begins without. */
function keepCompiled(): void {
  const folder = dataFolder();
  if (existsSync(folder))
    (nodeModule as CompileCache).enableCompileCache?.(path.join(folder, 'compile-cache'));
}

keepCompiled();
// Only now: what is imported above is compiled before anything here runs.
await import('./start.js');
