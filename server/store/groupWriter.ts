import { setTimeout as pause } from 'node:timers/promises';

interface Waiting<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupWriterOptions {
  /** How many are written together. More would keep the embedded database from everybody else for too long. */
  readonly atOnce: number;
  /** After each group the database is left to others for as long as that took, but no longer than this. Milliseconds. */
  readonly longestPauseMs: number;
}

/**
 * Writes together what waits at the same time, so that it costs one transaction.
 * @param write writes a group
 * @returns takes one item, and resolves once it is written
 */
export function createGroupWriter<Item>(
  write: (items: readonly Item[]) => Promise<unknown>,
  { atOnce, longestPauseMs }: GroupWriterOptions,
): (item: Item) => Promise<void> {
  const waiting: Waiting<Item>[] = [];
  let isWriting = false;

  async function writeGroup(): Promise<void> {
    const group = waiting.splice(0, atOnce);
    const began = performance.now();
    await write(group.map(({ item }) => item)).then(
      () => group.forEach(({ resolve }) => void resolve()),
      (error) => group.forEach(({ reject }) => void reject(error)),
    );
    if (longestPauseMs > 0) await pause(Math.min(longestPauseMs, performance.now() - began));
  }

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) await writeGroup();
    isWriting = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (isWriting) return;
      isWriting = true;
      // Not before what else has arrived by now is read.
      setImmediate(() => void writeAll());
    });
}
