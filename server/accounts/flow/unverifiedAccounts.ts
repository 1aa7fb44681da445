import type { RequestInfo } from '../../http/requestInfo.js';
import type { AuditTrail } from '../../store/auditTrail.js';
import type { ChangeEvents } from '../../store/database/changeEvents.js';
import type { AccountsReading } from '../list/accountReader.js';
import type { UnverifiedStore } from './unverifiedStore.js';

export interface UnverifiedAccountsDeps {
  readonly store: UnverifiedStore;
  readonly events: Pick<ChangeEvents, 'subscribe' | 'isListening'>;
  readonly audit: Pick<AuditTrail, 'recording'>;
  /** Whether the operator trusts whatever activates accounts of this connection. */
  isTrusted(connectionName: string): Promise<boolean>;
}

/** Which activations are accepted; null does not narrow it. */
export interface ActivationFilter {
  readonly connectionName: string | null;
  readonly identifier: string | null;
}

const acceptedAtOnce = 200;
/** More are accepted by asking again, so that no request takes too long. */
const mostAccepted = 5_000;

const none: ReadonlySet<string> = new Set();

/** How long "there is no alarm" is remembered while events of other instances do not arrive, in milliseconds. */
const unheardMs = 2000;

/** Knows which accounts are active without our verification. */
export function createUnverifiedAccounts({ store, events, audit, isTrusted }: UnverifiedAccountsDeps) {
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
      const open: string[] = [];
      for (const name of (await store.open(identifier)).filter(isActive)) {
        if (!(await isTrusted(name))) open.push(name);
      }
      if (open.length > 0) return new Set(open);
      without.add(reading);
      return none;
    },

    /** Open alarms about accounts that are active, newest first. */
    page: store.page,

    /**
     * Accepts activations that nobody verified here, such as those of accounts that the operator's backend imported, and
     * writes each down.
     * @param actor the key of the admin
     * @returns how many were accepted, 5,000 at most
     */
    async accept(filter: ActivationFilter, actor: string, info: RequestInfo): Promise<number> {
      let accepted = 0;
      for (let found = acceptedAtOnce; found === acceptedAtOnce && accepted < mostAccepted; ) {
        const batch = await store.page(filter, null, acceptedAtOnce);
        found = batch.length;
        await audit.recording(async ({ record }) => {
          for (const { identifier, connectionName } of batch) {
            record({ type: 'account.activation_accepted', actor, identifier, connectionName, ...info });
          }
        });
        accepted += found;
      }
      return accepted;
    },
  };
}

export type UnverifiedAccounts = ReturnType<typeof createUnverifiedAccounts>;
