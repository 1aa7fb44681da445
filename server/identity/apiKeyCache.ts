import type { ChangeEvents } from '../store/changeEvents.js';
import type { KnownKey } from './apiClientStore.js';

/**
 * Under a second, so that a revocation counts within one even where nobody tells this process of it: it may be the
 * command's, or the word of it may be lost.
 */
const reuseMs = 900;

interface Entry {
  readonly key: Promise<KnownKey | null>;
  readonly until: number;
}

/** Keys that were read a moment ago. A change of any client drops all of them. */
export function createKeyCache(
  read: (keyId: string) => Promise<KnownKey | null>,
  events: Pick<ChangeEvents, 'subscribe'>,
) {
  let entries = new Map<string, Entry>();

  events.subscribe((event) => {
    // A new map, so that a read that is under way is kept nowhere.
    if (event.kind === 'clients' || event.kind === 'missed') entries = new Map();
  });

  return {
    /** Requests at the same time share one read. */
    find(keyId: string): Promise<KnownKey | null> {
      const now = Date.now();
      const known = entries.get(keyId);
      if (known !== undefined && known.until > now) return known.key;
      const current = entries;
      const forget = () => void (current.get(keyId) === entry && current.delete(keyId));
      const entry: Entry = { key: read(keyId), until: now + reuseMs };
      current.set(keyId, entry);
      // Ids that don't exist are not kept, so that guesses fill no memory.
      entry.key.then((key) => key === null && forget(), forget);
      return entry.key;
    },
  };
}
