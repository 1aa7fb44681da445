import { execFile } from 'node:child_process';
import { mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Builds the app as `npm run build` does, into a folder of its own. @returns that folder */
export async function buildApp(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-built-'));
  const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [
    compiler,
    '-p',
    path.join(root, 'tsconfig.build.json'),
    '--outDir',
    path.join(folder, 'dist'),
  ];
  await promisify(execFile)(process.execPath, args, { cwd: root });
  for (const name of ['node_modules', 'public', 'views', 'package.json']) {
    await symlink(path.join(root, name), path.join(folder, name));
  }
  return folder;
}

/**
 * A script of the app, for a process of its own, as operators run it: a process that compiles what it loads takes twice
 * as long to start.
 */
export function builtScript(name: 'index.js' | 'commands/cli.js'): string {
  const folder = process.env.TEST_BUILT_APP;
  if (folder === undefined) throw new Error('the setup of the tests did not build the app');
  return path.join(folder, 'dist', name);
}
