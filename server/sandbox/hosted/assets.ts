import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * A folder of the project, found upwards from this file, since the compiled file lies deeper than its source.
 * @throws Error when no folder above has it
 */
export function projectFolder(...path: string[]): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, ...path))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`the sandbox cannot find its folder ${join(...path)}`);
    folder = parent;
  }
  return join(folder, ...path);
}
