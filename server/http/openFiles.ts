import { readFileSync } from 'node:fs';

/** An open page takes one file, or two behind a sandbox; the rest of the app some dozens. */
const enough = 4096;

/**
 * How many files this process may open, or null where the system does not tell (it is in `/proc` on Linux alone) or
 * sets no limit. Node.js has raised its own limit by then as far as it may.
 * @param limits what `/proc/self/limits` says
 */
export function openFileLimit(limits: string): number | null {
  const found = /^Max open files\s+(\d+)/m.exec(limits);
  return found === null ? null : Number(found[1]);
}

function ownLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}

/** Tells early what would else be noticed when many pages are open: new ones could not be. */
export function warnOfFewFiles(
  logger: { warn(details: object, message: string): void },
  limits: string = ownLimits(),
): void {
  const files = openFileLimit(limits);
  if (files === null || files >= enough) return;
  logger.warn(
    { files },
    `this process may open ${files} files, and each open page takes one: let it have at least ${enough} ` +
      '(LimitNOFILE in systemd, ulimits in Compose, ulimit -n in a shell)',
  );
}
