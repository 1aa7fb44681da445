import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandFailed, run } from './command.js';

/** Git ignores it, and with git everything that goes through the files of the project. */
export const workFolder = fileURLToPath(new URL('../../.nodes', import.meta.url));

/** There is no Node.js of a line, with what to do about it. */
export class NoNode extends Error {}

/** npm's own script, so that it can be run by any Node.js. @throws NoNode where npm did not start this process */
export function npmScript(): string {
  const script = process.env.npm_execpath;
  if (script === undefined) throw new NoNode('Run it by `npm run`.');
  return script;
}

/**
 * Gets the newest Node.js of a line from the npm package `node`. Its binary comes by an install script, which only
 * this package may run, and only in a folder of its own.
 * @returns the path of the binary
 * @throws NoNode
 */
export async function getNode(line: string): Promise<string> {
  const folder = path.join(workFolder, line, 'node');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), '{ "private": true }\n');
  const options = ['--ignore-scripts=false', '--no-audit', '--no-fund', '--loglevel=error'];
  try {
    await run(process.execPath, [npmScript(), 'install', ...options, `node@${line}`], { cwd: folder });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new NoNode(
      `The npm package "node" could not be installed in version ${line}. See whether \`npm view node@${line} version\` ` +
        'names one, and try again; or use a Node.js of that line that you have.',
    );
  }
  return path.join(folder, 'node_modules', 'node', 'bin', 'node');
}
