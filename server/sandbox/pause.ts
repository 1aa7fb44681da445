import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** What ends every pause at the close, or at a reset. As many calls wait for it as are slow at the moment: that is no leak to warn of. */
export function createClosing(): AbortController {
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  return closing;
}

/** Waits, unless the sandbox closes meanwhile: then rejects, so that nothing is done after the close. */
export async function pause(ms: number, closing: AbortSignal): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { signal: closing });
}

/** Never answers: rejects when the caller has left or the sandbox closes. */
export function leave(gone: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(new Error('the caller has left'));
    if (gone.aborted) stop();
    else gone.addEventListener('abort', stop, { once: true });
  });
}
