import { setTimeout as pause } from 'node:timers/promises';
import type { SeenPage } from './directoryStore.js';

interface WaitingPage {
  readonly page: SeenPage;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Enough for whoever waited; on a busy machine more would only make the sync last longer. Milliseconds. */
const longestPause = 20;

/** More would keep the embedded database from everybody else for too long. */
const pagesAtOnce = 4;

/**
 * Writes pages that wait at the same time together, and then leaves the database to others for about as long as that took.
 * @param write writes some pages in one transaction
 */
export function createPageWriter(write: (pages: readonly SeenPage[]) => Promise<void>) {
  const waiting: WaitingPage[] = [];
  let isWriting = false;

  async function writeSome(): Promise<void> {
    const some = waiting.splice(0, pagesAtOnce);
    const began = performance.now();
    await write(some.map(({ page }) => page)).then(
      () => some.forEach(({ resolve }) => void resolve()),
      (error) => some.forEach(({ reject }) => void reject(error)),
    );
    await pause(Math.min(longestPause, performance.now() - began));
  }

  async function writeAll(): Promise<void> {
    if (isWriting) return;
    isWriting = true;
    while (waiting.length > 0) await writeSome();
    isWriting = false;
  }

  /** Resolves once the page is written. */
  return (page: SeenPage): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push({ page, resolve, reject });
      void writeAll();
    });
}
