import { EventEmitter } from 'node:events';

/**
 * Something changed, and whoever keeps or shows it should read it again.
 * - `accounts`: the connected accounts or flows of one user.
 * - `sessions`: sessions of one user ended.
 * - `missed`: events may have been lost on the way, so that everything kept is in doubt.
 */
export type ChangeEvent =
  | { readonly kind: 'accounts'; readonly identifier: string }
  | { readonly kind: 'sessions'; readonly identifier: string }
  | { readonly kind: 'missed' };

export type ChangeListener = (event: ChangeEvent) => void;

/** Change events between everything that shares a database. An event says "read again" and nothing else. */
export interface ChangeEvents {
  /** Tells every listener on every instance, this one included; the promise is settled once it is on its way. */
  publish(event: Exclude<ChangeEvent, { kind: 'missed' }>): Promise<void>;
  /** @returns how to stop listening */
  subscribe(listener: ChangeListener): () => void;
  close(): Promise<void>;
}

/** Change events within one process, which is all that SQLite has. */
export function createLocalChangeEvents(): ChangeEvents {
  const emitter = new EventEmitter().setMaxListeners(0);
  return {
    async publish(event) {
      emitter.emit('change', event);
    },
    subscribe(listener) {
      emitter.on('change', listener);
      return () => emitter.off('change', listener);
    },
    async close() {
      emitter.removeAllListeners();
    },
  };
}
