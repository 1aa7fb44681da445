import { setTimeout as pause } from 'node:timers/promises';
import { routes } from '../../server/paths.js';
import { collectGarbage, residentMb } from '../bench/memory.js';
import type { ServerProcess } from '../bench/processes.js';
import { type Instance, metricsToken } from './setting.js';
import type { Sample } from './slope.js';

/** The memory of a process, in MB, after it dropped what it does not need. */
export interface Life {
  readonly name: string;
  readonly pid: number;
  readonly resident: Sample[];
  readonly heap: Sample[];
}

/** How long dropping it may take, in milliseconds. */
const collectingMs = 500;
const hourMs = 3_600_000;

async function heapMb({ url }: ServerProcess): Promise<number> {
  const headers = { authorization: `Bearer ${metricsToken}` };
  const answer = await fetch(url + routes.metrics, { headers, signal: AbortSignal.timeout(5_000) });
  const bytes = /^nodejs_heap_size_used_bytes (\S+)$/m.exec(await answer.text())?.[1];
  if (bytes === undefined) throw new Error('an instance does not say how much memory it uses');
  return Number(bytes) / 2 ** 20;
}

/** Measures every process that runs until the end, so often. What can't be asked just now is left out. */
export async function watchMemory(
  instances: readonly Instance[],
  everyMs: number,
  signal: AbortSignal,
): Promise<Life[]> {
  const lives: Life[] = [];

  async function sample({ name, server }: Instance): Promise<void> {
    if (server === null) return;
    const { pid } = server;
    try {
      collectGarbage(pid);
      await pause(collectingMs);
      const [heap, resident] = [await heapMb(server), residentMb(pid)];
      const at = performance.now() / hourMs;
      const life = lives.find((one) => one.pid === pid) ?? { name, pid, resident: [], heap: [] };
      if (!lives.includes(life)) lives.push(life);
      life.heap.push({ at, value: heap });
      life.resident.push({ at, value: resident });
    } catch {
      // It ended meanwhile, or its database did.
    }
  }

  for (let next = performance.now(); !signal.aborted; next += everyMs) {
    await Promise.all(instances.map(sample));
    await pause(Math.max(0, next + everyMs - performance.now()), undefined, { signal }).catch(
      () => undefined,
    );
  }
  return lives;
}
