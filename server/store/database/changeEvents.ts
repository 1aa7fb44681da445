import { EventEmitter } from 'node:events';
import { outsideRequest } from '../../kernel/requestBudget.js';

/**
 * Something changed, and whoever keeps or shows it should read it again.
 * - `accounts`: the connected accounts or flows of one user.
 * - `sessions`: sessions of one user ended.
 * - `clients`: API clients or their keys.
 * - `requirements`: the connections whose accounts have to be connected anew.
 * - `missed`: events may have been lost on the way, so that everything kept is in doubt.
 */
export type ChangeEvent =
  | { readonly kind: 'accounts'; readonly identifier: string }
  | { readonly kind: 'sessions'; readonly identifier: string }
  | { readonly kind: 'clients' }
  | { readonly kind: 'requirements' }
  | { readonly kind: 'missed' };

/** A change that a publisher announces. `missed` is only ever received. */
export type PublishedChange = Exclude<ChangeEvent, { kind: 'missed' }>;

export type ChangeListener = (event: ChangeEvent) => void;

const moments = ['at once', 'spread'] as const;

/**
 * When a listener is told of a change that its own instance publishes:
 * - `at once`: before `publish` returns.
 * - `spread`: once the other instances hear of it as well. That is for who makes browsers ask again: they come out at any instance, which
 *   would answer from what it keeps.
 *
 * A change that another instance publishes is told when it comes, in this order.
 */
export type Moment = (typeof moments)[number];

/** Change events between everything that shares a database. An event says "read again" and nothing else. */
export interface ChangeEvents {
  /**
   * Tells every listener on every instance: on this one at their moments, on the others soon after. The promise is
   * settled once it is on its way. It never rejects: what others could not be told is told as `missed` later.
   */
  publish(event: PublishedChange): Promise<void>;
  /** @returns how to stop listening */
  subscribe(listener: ChangeListener, moment?: Moment): () => void;
  /** Whether changes of other instances reach this one just now. */
  isListening(): boolean;
  close(): Promise<void>;
}

/** The listeners of one instance. */
export function createListeners() {
  const emitter = new EventEmitter().setMaxListeners(0);
  return {
    /** Tells those of one moment, or all. Listeners do not work for the request that made the change. */
    tell(event: ChangeEvent, moment?: Moment): void {
      outsideRequest(() => {
        for (const each of moments) if (moment === undefined || moment === each) emitter.emit(each, event);
      });
    },
    subscribe(listener: ChangeListener, moment: Moment = 'at once'): () => void {
      emitter.on(moment, listener);
      return () => void emitter.off(moment, listener);
    },
    clear: () => void emitter.removeAllListeners(),
  };
}

export type ChangeListeners = ReturnType<typeof createListeners>;

/** Change events within one process, which is all that SQLite has. */
export function createLocalChangeEvents(): ChangeEvents {
  const listeners = createListeners();
  return {
    async publish(event) {
      listeners.tell(event);
    },
    subscribe: listeners.subscribe,
    isListening: () => true,
    async close() {
      listeners.clear();
    },
  };
}
