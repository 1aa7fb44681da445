import { LRUCache } from 'lru-cache';
import { inParallel } from '../../kernel/inParallel.js';
import { outsideRequest, withinBudget } from '../../kernel/requestBudget.js';
import type { ConnectedAccount, ScalekitGateway } from '../../scalekit/gateway.js';
import { outOfTime, ScalekitError } from '../../scalekit/scalekitError.js';
import { type ChangeEvents, createLocalChangeEvents } from '../../store/database/changeEvents.js';
import { DatabaseFault } from '../../store/database/databaseFault.js';
import type { LastKnownStore } from '../../store/lastKnownStore.js';

/** All connected accounts of one user, as read at one time. */
export interface AccountsReading {
  readonly accounts: ReadonlyMap<string, ConnectedAccount>;
  /** When the read began, in epoch milliseconds: what is shown is at least as new as this. */
  readonly asOf: number;
}

/** A reading, or the last one that succeeded and why there is no newer one. */
export type AccountsAnswer =
  | { readonly fresh: true; readonly reading: AccountsReading }
  | { readonly fresh: false; readonly reading: AccountsReading | null; readonly error: ScalekitError };

/** What is kept of a user since the last drop. */
interface Kept {
  last: AccountsReading;
  /** What the database holds, so that nothing is written while nothing changes. */
  stored: { readonly json: string; readonly asOf: number } | null;
  /** Until then the user is known to have no open flow. A flow that begins drops the entry. */
  noFlowUntil: number;
}

/** A result may answer for longer than usual while webhooks arrive, since the app hears of each change then. */
export interface LongerReuse {
  /** Whether webhooks are known to arrive just now. */
  allowed(): boolean;
  /** Whether the user can still finish a flow. */
  isFlowOpen(identifier: string): Promise<boolean>;
  /** Milliseconds. */
  readonly reuseMs?: number;
  /** While a flow of the user is open, webhooks or not. Milliseconds. */
  readonly reuseInFlowMs?: number;
}

/** How long a status that was read may be shown while webhooks arrive, in milliseconds. */
const longerReuseMs = 30_000;

/** The same while a flow of the user is open: a true read then happens at least this often. */
export const longerReuseInFlowMs = 5_000;

export interface AccountReaderOptions {
  /** How long a result answers for, in milliseconds. */
  readonly reuseMs?: number;
  /** What allows a result to answer for longer; nothing when left out. */
  readonly longer?: LongerReuse;
  /** How many users' results are kept; those that were asked for last. */
  readonly keptUsers?: number;
  /** How instances tell each other of changes; within this process only when left out. */
  readonly events?: ChangeEvents;
  /** Whether what a read showed may be kept and told; always when left out. */
  readonly mayKeep?: MayKeep;
}

/** Who learns of readings and changes. */
export interface ReaderSubscriber {
  /** What a true read of all of a user's accounts showed, whenever that may be news. The read waits for it. */
  read?: ReadObserver;
  /** A step of this app changed a user's accounts. Every instance was told before. */
  changed?(identifier: string): Promise<void>;
  /** Scalekit changed users' accounts, as webhooks say. Every instance was told before. */
  changedAtScalekit?(identifiers: readonly string[]): Promise<void>;
}

/** @param asOf when the read began */
export type ReadObserver = (
  identifier: string,
  accounts: readonly ConnectedAccount[],
  asOf: number,
) => Promise<void>;

/** @param asOf when the read began */
export type MayKeep = (
  identifier: string,
  accounts: readonly ConnectedAccount[],
  asOf: number,
) => Promise<boolean>;

/** An unchanged reading is written down again after this long, so that "as of" stays honest after a restart. */
const rewriteAfterMs = 60_000;

/** Shorter than `longerReuseInFlowMs`: a flow that began at another instance, unheard here, still has its true read in time. */
const noFlowForMs = 3000;

/** Of how many users the other instances are told at the same time. */
const publishedAtOnce = 8;

/** Where a user's accounts are kept among what is last known. */
export const lastKnownSubject = (identifier: string) => `accounts:${identifier}`;

const byConnection = (accounts: readonly ConnectedAccount[]) =>
  new Map(accounts.map((account) => [account.connectionName, account]));

/**
 * Reads statuses: one listing answers for all of a user's connections, requests at the same time share it, and
 * a result is reused for about a second, or for longer while changes are heard of.
 */
export function createAccountReader(
  gateway: ScalekitGateway,
  lastKnown: LastKnownStore,
  {
    reuseMs = 1000,
    longer,
    keptUsers = 10_000,
    events = createLocalChangeEvents(),
    mayKeep = async () => true,
  }: AccountReaderOptions = {},
) {
  const subscribers: ReaderSubscriber[] = [];
  /** The calls under way that began after the last drop of their user. Every one is shared, however many there are. */
  const underWay = new Map<string, Promise<AccountsReading>>();
  const kept = new LRUCache<string, Kept>({ max: keptUsers });

  function keep(identifier: string, last: AccountsReading): Kept {
    const entry = kept.get(identifier) ?? { last, stored: null, noFlowUntil: 0 };
    entry.last = last;
    kept.set(identifier, entry);
    return entry;
  }

  async function tell(...[identifier, accounts, asOf]: Parameters<ReadObserver>): Promise<void> {
    // Its user may have been erased meanwhile.
    if (!(await mayKeep(identifier, accounts, asOf))) return;
    for (const subscriber of subscribers) await subscriber.read?.(identifier, accounts, asOf);
  }

  async function store(identifier: string, entry: Kept, listed: ConnectedAccount[], asOf: number) {
    const json = JSON.stringify(listed);
    if (entry.stored?.json === json && asOf - entry.stored.asOf < rewriteAfterMs) return;
    entry.stored = { json, asOf };
    if (!(await mayKeep(identifier, listed, asOf))) {
      entry.stored = null;
      return;
    }
    try {
      await lastKnown.write(lastKnownSubject(identifier), listed, asOf);
      await tell(identifier, listed, asOf);
    } catch (error) {
      if (!(error instanceof DatabaseFault && error.kind === 'unwritable')) throw error;
      // What was read is true all the same. It is written down by the next read that can.
      entry.stored = null;
    }
  }

  function begin(identifier: string): Promise<AccountsReading> {
    const run = async (): Promise<AccountsReading> => {
      const asOf = Date.now();
      const listed = await gateway.listConnectedAccounts(identifier);
      const reading = { accounts: byConnection(listed), asOf };
      if (underWay.get(identifier) === promise) {
        await store(identifier, keep(identifier, reading), listed, asOf);
      }
      return reading;
    };
    // Others may wait for it longer than the request that asked first.
    const promise: Promise<AccountsReading> = outsideRequest(run).finally(() => {
      if (underWay.get(identifier) === promise) underWay.delete(identifier);
    });
    underWay.set(identifier, promise);
    return promise;
  }

  async function mayAnswer(identifier: string, entry: Kept): Promise<boolean> {
    const { last } = entry;
    const now = Date.now();
    const ageMs = now - last.asOf;
    if (ageMs < reuseMs) return true;
    if (longer === undefined || ageMs >= (longer.reuseMs ?? longerReuseMs)) return false;
    if (!longer.allowed() || !events.isListening()) return false;
    if (ageMs < (longer.reuseInFlowMs ?? longerReuseInFlowMs) || now < entry.noFlowUntil) return true;
    if (await longer.isFlowOpen(identifier)) return false;
    // A drop meanwhile may be for a flow that began.
    if (entry.last === last) entry.noFlowUntil = now + noFlowForMs;
    return true;
  }

  async function read(identifier: string): Promise<AccountsReading> {
    const found = kept.get(identifier);
    if (found !== undefined) {
      const { last } = found;
      // It may be dropped meanwhile.
      if ((await mayAnswer(identifier, found)) && kept.get(identifier)?.last === last) return last;
    }
    return withinBudget(underWay.get(identifier) ?? begin(identifier), () =>
      outOfTime('listConnectedAccounts'),
    );
  }

  async function recall(identifier: string): Promise<AccountsReading | null> {
    const last = kept.get(identifier)?.last ?? null;
    const stored = await lastKnown.read<ConnectedAccount[]>(lastKnownSubject(identifier));
    if (stored === null || (last !== null && last.asOf >= stored.asOf)) return last;
    return { accounts: byConnection(stored.value), asOf: stored.asOf };
  }

  function drop(identifier: string): void {
    underWay.delete(identifier);
    kept.delete(identifier);
  }

  const publish = (identifier: string) => events.publish({ kind: 'accounts', identifier });

  events.subscribe((event) => {
    if (event.kind === 'accounts') drop(event.identifier);
    else if (event.kind === 'missed') {
      underWay.clear();
      kept.clear();
    }
  });

  return {
    /** The user's accounts, as old at most as the options allow. @throws ScalekitError */
    read,
    /** The user's accounts, or the last known ones while Scalekit can't answer. */
    async readOrRecall(identifier: string): Promise<AccountsAnswer> {
      try {
        return { fresh: true, reading: await read(identifier) };
      } catch (error) {
        if (!(error instanceof ScalekitError)) throw error;
        return { fresh: false, reading: await recall(identifier), error };
      }
    },
    /** Drops what this instance keeps of a user. A read that began before is neither kept nor shared. */
    drop,
    /** Drops what every instance keeps of a user, since it changed: here at once, elsewhere within a moment. */
    async changed(identifier: string): Promise<void> {
      await publish(identifier);
      for (const subscriber of subscribers) await subscriber.changed?.(identifier);
    },
    /** The same for users whose accounts webhooks say something of. */
    async changedAtScalekit(identifiers: readonly string[]): Promise<void> {
      await inParallel(identifiers, publishedAtOnce, publish);
      for (const subscriber of subscribers) await subscriber.changedAtScalekit?.(identifiers);
    },
    /** Tells the subscribers what a true read showed that somebody else made. */
    tell,
    /** Subscribers are told one after the other, in the order in which they subscribed. */
    subscribe(subscriber: ReaderSubscriber): void {
      subscribers.push(subscriber);
    },
  };
}

export type AccountReader = ReturnType<typeof createAccountReader>;
