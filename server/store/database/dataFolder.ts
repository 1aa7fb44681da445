import { randomUUID } from 'node:crypto';
import { accessSync, constants, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** As much as SQLite writes at once. */
const page = Buffer.alloc(4096);

/**
 * Makes the folder of the embedded database where it is missing, and looks whether it can be written. SQLite would say
 * of every fault but that it can't open its file.
 * @throws Error of the file system
 */
export function makeWritableFolder(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  accessSync(dataDir, constants.W_OK);
  const file = path.join(dataDir, `.written-${randomUUID()}`);
  try {
    writeFileSync(file, page, { mode: 0o600 });
  } finally {
    rmSync(file, { force: true });
  }
}
