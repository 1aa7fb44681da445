import type { ChangeEvents } from '../../store/database/changeEvents.js';
import type { KnownKey } from './apiClientStore.js';

/**
 * Under a second, so that a revocation counts within one even where nobody tells this process of it: it may be the
 * command's, or the word of it may be lost.
 */
const reuseMs = 900;

/** For a key that is not among them, which may have been made elsewhere since. It bounds the reads of guesses. */
const reuseForUnknownMs = 100;

interface Entry {
  readonly keys: Promise<ReadonlyMap<string, KnownKey>>;
  readonly readAt: number;
}

/**
 * The keys that open something, as they were read a moment ago. They are read all at once: an operator has a handful,
 * and a key that is not among them, of which anybody can send any number, costs no read of its own.
 */
export function createKeyCache(
  read: () => Promise<readonly KnownKey[]>,
  events: Pick<ChangeEvents, 'subscribe'>,
) {
  let latest: Entry | null = null;

  events.subscribe((event) => {
    if (event.kind === 'clients' || event.kind === 'missed') latest = null;
  });

  /** Requests at the same time share one read. */
  function readWithin(ms: number): Entry['keys'] {
    const now = Date.now();
    if (latest !== null && now - latest.readAt < ms) return latest.keys;
    const keys = read().then((known) => new Map(known.map((key) => [key.id, key])));
    const entry: Entry = { keys, readAt: now };
    latest = entry;
    keys.catch(() => {
      if (latest === entry) latest = null;
    });
    return keys;
  }

  return {
    async find(keyId: string): Promise<KnownKey | null> {
      const known = (await readWithin(reuseMs)).get(keyId);
      return known ?? (await readWithin(reuseForUnknownMs)).get(keyId) ?? null;
    },
  };
}
