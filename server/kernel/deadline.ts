import { setMaxListeners } from 'node:events';

/**
 * Does work with a signal that aborts at a deadline, with a `TimeoutError`, or when the work is given up. Nothing of it stays in memory:
 * what `AbortSignal.any` makes stays for good once a listener is left on it, as libraries and HTTP requests leave one.
 * @param ms how long the work may take, in milliseconds
 * @param stop gives it up
 * @param work has to end once its signal aborts
 * @throws the reason of `stop` when it has aborted before, and what the work throws
 */
export async function withDeadline<Result>(
  ms: number,
  stop: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  stop?.throwIfAborted();
  const over = new AbortController();
  const late = () => over.abort(new DOMException('The time is up.', 'TimeoutError'));
  const giveUp = () => over.abort(stop?.reason);
  const timer = setTimeout(late, ms).unref();
  stop?.addEventListener('abort', giveUp, { once: true });
  try {
    return await work(over.signal);
  } finally {
    clearTimeout(timer);
    stop?.removeEventListener('abort', giveUp);
  }
}

/**
 * Does work with a signal that aborts some time after `over`, so that what is under way at a stop may still end.
 * @param graceMs how long after, in milliseconds
 * @param over tells the work to begin nothing more
 */
export async function withGrace(
  graceMs: number,
  over: AbortSignal,
  work: (giveUp: AbortSignal) => Promise<void>,
): Promise<void> {
  const giveUp = new AbortController();
  // As many listen to it as are under way: that is no leak to warn of.
  setMaxListeners(0, giveUp.signal);
  const end = () => setTimeout(() => giveUp.abort(), graceMs).unref();
  over.addEventListener('abort', end, { once: true });
  try {
    await work(giveUp.signal);
  } finally {
    over.removeEventListener('abort', end);
  }
}

/** Whether an error says that a deadline has passed. */
export const isTimeUp = (error: unknown): boolean =>
  error instanceof DOMException && error.name === 'TimeoutError';

/** Rejects with the reason of a signal once it aborts. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  const ended = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  // Whoever waits for it waits for something else as well, which may come first.
  ended.catch(() => undefined);
  return ended;
}
