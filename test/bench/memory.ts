import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** What a process holds in memory, in MB. */
export function residentMb(pid: number): number {
  const statusFile = `/proc/${pid}/status`;
  const kilobytes = existsSync(statusFile)
    ? /VmRSS:\s+(\d+)/.exec(readFileSync(statusFile, 'utf8'))?.[1]
    : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return Number(kilobytes) / 1024;
}
