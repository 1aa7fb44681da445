import type { ChangeEvents } from '../../store/database/changeEvents.js';
import type { AccountsReading } from '../list/accountReader.js';
import type { UnverifiedStore } from './unverifiedStore.js';

export interface UnverifiedAccountsDeps {
  readonly store: UnverifiedStore;
  readonly events: Pick<ChangeEvents, 'subscribe' | 'isListening'>;
}

const none: ReadonlySet<string> = new Set();

/** How long "there is no alarm" is remembered while events of other instances do not arrive, in milliseconds. */
const unheardMs = 2000;

/** Knows which accounts are active without our verification. */
export function createUnverifiedAccounts({ store, events }: UnverifiedAccountsDeps) {
  let kept: { readonly any: Promise<boolean>; readonly asOf: number } | null = null;
  /** The readings without any. What raises an alarm drops the reading that may be concerned. */
  const without = new WeakSet<AccountsReading>();

  events.subscribe((event) => {
    if (event.kind === 'accounts' || event.kind === 'missed') kept = null;
  });

  function anyAlarm(): Promise<boolean> {
    const now = Date.now();
    if (kept !== null && (events.isListening() || now - kept.asOf < unheardMs)) return kept.any;
    const any = store.any();
    kept = { any, asOf: now };
    any.catch(() => {
      if (kept?.any === any) kept = null;
    });
    return any;
  }

  return {
    /**
     * The connections whose accounts are active by an activation that raised the alarm, until their user has approved
     * them here. One that was disconnected is none. It costs no query while there is no alarm at all, and otherwise one
     * for each reading.
     */
    async of(identifier: string, reading: AccountsReading): Promise<ReadonlySet<string>> {
      if (without.has(reading)) return none;
      const isActive = (name: string) => reading.accounts.get(name)?.status === 'active';
      if (![...reading.accounts.keys()].some(isActive) || !(await anyAlarm())) return none;
      const open = (await store.open(identifier)).filter(isActive);
      if (open.length > 0) return new Set(open);
      without.add(reading);
      return none;
    },
  };
}

export type UnverifiedAccounts = ReturnType<typeof createUnverifiedAccounts>;
