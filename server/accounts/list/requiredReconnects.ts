import type { ConnectedAccount } from '../../scalekit/gateway.js';
import type { ChangeEvents } from '../../store/database/changeEvents.js';
import { mustReconnect, type ReconnectRequirement } from './reconnectRule.js';
import type { ReconnectStore } from './reconnectStore.js';

/** The connections that one user has to connect anew although their accounts are active. */
export type MustReconnect = ReadonlySet<string>;

export interface RequiredReconnectsDeps {
  readonly store: ReconnectStore;
  readonly events: ChangeEvents;
}

const none: MustReconnect = new Set();

/** How old the list may be while other instances are not heard, in milliseconds. */
const unheardMs = 2000;

/** Knows which accounts are too old for what their connection needs now. */
export function createRequiredReconnects({ store, events }: RequiredReconnectsDeps) {
  type Kept = Promise<ReadonlyMap<string, ReconnectRequirement>>;
  let kept: { readonly list: Kept; readonly asOf: number } | null = null;

  events.subscribe((event) => {
    if (event.kind === 'requirements' || event.kind === 'missed') kept = null;
  });

  async function read() {
    const requirements = await store.list();
    return new Map(requirements.map((requirement) => [requirement.connectionName, requirement]));
  }

  function all(): Kept {
    const now = Date.now();
    if (kept !== null && (events.isListening() || now - kept.asOf < unheardMs)) return kept.list;
    const list = read();
    kept = { list, asOf: now };
    list.catch(() => {
      if (kept?.list === list) kept = null;
    });
    return list;
  }

  return {
    /** What is required of each connection, by its name. It costs no query while nothing changes. */
    all,

    /** Which of a user's accounts have to be connected anew. It costs no query unless one of them is concerned. */
    async of(identifier: string, accounts: ReadonlyMap<string, ConnectedAccount>): Promise<MustReconnect> {
      const requirements = await all();
      if (requirements.size === 0) return none;
      const concerned = [...requirements.keys()].filter((name) => accounts.get(name)?.status === 'active');
      if (concerned.length === 0) return none;
      const authorizedAt = await store.authorizedAt(identifier, concerned);
      return new Set(
        concerned.filter((name) =>
          mustReconnect(accounts.get(name), authorizedAt.get(name) ?? null, requirements.get(name)),
        ),
      );
    },

    /** Requires it, here and on every instance. */
    async require(requirement: ReconnectRequirement): Promise<void> {
      await store.require(requirement);
      await events.publish({ kind: 'requirements' });
    },

    /** Takes it back. @returns whether anything was required */
    async withdraw(connectionName: string): Promise<boolean> {
      const withdrawn = await store.withdraw(connectionName);
      await events.publish({ kind: 'requirements' });
      return withdrawn;
    },
  };
}

export type RequiredReconnects = ReturnType<typeof createRequiredReconnects>;
