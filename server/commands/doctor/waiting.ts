import { setTimeout as pause } from 'node:timers/promises';

export interface Waiting {
  /** How long to wait, in milliseconds. */
  readonly waitMs: number;
  /** How often to look, in milliseconds. */
  readonly lookEveryMs: number;
}

/** Looks now, and again until something is there. @returns null when nothing was there in time */
export async function waitFor<T>(
  look: () => Promise<T | null>,
  { waitMs, lookEveryMs }: Waiting,
): Promise<T | null> {
  const end = Date.now() + waitMs;
  for (;;) {
    const found = await look();
    const leftMs = end - Date.now();
    if (found !== null || leftMs <= 0) return found;
    await pause(Math.min(lookEveryMs, leftMs));
  }
}
