import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Options of Node.js that let a server be told to drop what it does not need any more. */
export const collectable = [
  '--expose-gc',
  '--import',
  fileURLToPath(new URL('./collectGarbage.mjs', import.meta.url)),
];

/** Has a server that was started with those options do so. */
export const collectGarbage = (pid: number): boolean => process.kill(pid, 'SIGWINCH');

/** What a process holds in memory, in MB. */
export function residentMb(pid: number): number {
  const statusFile = `/proc/${pid}/status`;
  const kilobytes = existsSync(statusFile)
    ? /VmRSS:\s+(\d+)/.exec(readFileSync(statusFile, 'utf8'))?.[1]
    : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return Number(kilobytes) / 1024;
}
