import { flowLifetimeMs } from '../accounts/flow/flow.js';
import type { FlowEnding } from '../accounts/flow/flowEnding.js';
import type { FlowProgressReader } from '../accounts/flow/flowProgress.js';
import type { FlowStore } from '../accounts/flow/flowStore.js';
import {
  type AccountPair,
  activationSpanMs as aroundMs,
  type Span,
  type UnverifiedActivations,
} from '../accounts/flow/unverifiedActivation.js';
import type { AccountReader } from '../accounts/list/accountReader.js';
import type { CatalogueReader } from '../accounts/list/catalogue.js';
import type { ToldAccount, ToldAccounts } from '../accounts/toldAccount.js';
import type { RequestInfo } from '../http/requestInfo.js';
import { groupBy } from '../kernel/groupBy.js';
import { inParallel } from '../kernel/inParallel.js';
import type { AuthorizationKind, ConnectedAccount } from '../scalekit/gateway.js';
import { ScalekitError } from '../scalekit/scalekitError.js';
import { eventMillis } from './eventTime.js';
import type { LastKnownAccountsStore } from './lastKnownAccountsStore.js';
import { type DatedEvent, newestEvents, reviseAccounts } from './lastKnownRevision.js';
import { type EventAccount, eventTypes } from './webhookEvent.js';
import type { ClaimedEvent, EventOutcome, WebhookEventStore } from './webhookEventStore.js';

export interface EventProcessingDeps {
  readonly reader: AccountReader;
  readonly catalogue: CatalogueReader;
  readonly flows: FlowStore;
  readonly progress: FlowProgressReader;
  readonly ending: FlowEnding;
  readonly activations: UnverifiedActivations;
  readonly events: Pick<WebhookEventStore, 'lastOccurrences'>;
  readonly lastKnown: LastKnownAccountsStore;
  /** Takes over what events say of accounts, for admins to see. */
  readonly directory: ToldAccounts;
  readonly userVerification: 'custom' | 'scalekit';
}

/** An event of one user, about an account. */
export interface AccountEvent extends ClaimedEvent {
  readonly account: EventAccount;
}

type EventsByUser = ReadonlyMap<string, readonly AccountEvent[]>;

/** What was last known of users' accounts, by identifier. */
type LastKnown = ReadonlyMap<string, readonly ConnectedAccount[]>;

/** What was known of users before any of their events is followed up. */
interface Known {
  readonly accounts: LastKnown;
  readonly withOpenFlows: ReadonlySet<string>;
}

/** Whether an event counts can't be decided yet, because something it depends on is still under way. */
export class NotDecidedYet extends Error {
  override readonly name = 'NotDecidedYet';
}

function nullWhenNotAnswered(error: unknown): null {
  if (error instanceof ScalekitError) return null;
  throw error;
}

/** Of how many users things are done at the same time. */
export const usersAtOnce = 8;

const infoOf = ({ reference }: ClaimedEvent): RequestInfo => ({ reference, address: null });

/** Whether accounts of this kind turn active by a verification of ours alone; when in doubt they do. */
const isVerified = (kind: AuthorizationKind) => kind === 'oauth' || kind === 'other';

const turnedActive = ({ type, account }: AccountEvent): boolean =>
  type === eventTypes.statusUpdated && account.status === 'active' && account.oldStatus !== 'active';

/** Processes events. A payload decides nothing: everything that counts is read from Scalekit after the event arrived. */
export function createEventProcessing(deps: EventProcessingDeps) {
  const { reader, catalogue, flows, progress, activations } = deps;

  async function nameOf({ connectionName, connectionId }: EventAccount): Promise<string | null> {
    if (connectionName !== null || connectionId === null) return connectionName;
    return (await catalogue.read()).findById(connectionId)?.connection.name ?? null;
  }

  async function toTold(newest: Iterable<DatedEvent>): Promise<ToldAccount[]> {
    const told: ToldAccount[] = [];
    for (const { account, type, occurredAt } of newest) {
      const connectionName = await nameOf(account).catch(nullWhenNotAnswered);
      // The next read, or the next full sync, shows it.
      if (connectionName === null) continue;
      const { id: accountId, status, lastUsedAt, tokenExpiresAt } = account;
      const isDeleted = type === eventTypes.deleted;
      const at = eventMillis(occurredAt);
      told.push({ accountId, connectionName, status, isDeleted, occurredAt: at, lastUsedAt, tokenExpiresAt });
    }
    return told;
  }

  /** Many events only say that an account was used. Those have to be cheap. */
  async function withNews(told: EventsByUser): Promise<ReadonlySet<string>> {
    const newest = new Map<string, ToldAccount[]>();
    for (const [identifier, events] of told) {
      newest.set(identifier, await toTold(newestEvents(events, new Map()).values()));
    }
    return deps.directory.withNews(newest);
  }

  /**
   * Revises what was last known, tells every instance to read again, and then tells the directory, which open pages need not wait for.
   * @returns what was last known before
   */
  async function spread(told: EventsByUser): Promise<LastKnown> {
    const before = await deps.lastKnown.read([...told.keys()]);
    const news = await withNews(told);
    const concerned = [...told].filter(([identifier]) => before.has(identifier) || news.has(identifier));
    const accountIds = new Set(concerned.flatMap(([, events]) => events.map(({ account }) => account.id)));
    const last = await deps.events.lastOccurrences([...accountIds]);
    const eventsOf = (identifier: string) => told.get(identifier) ?? [];
    await inParallel(before.keys(), usersAtOnce, (identifier) =>
      deps.lastKnown.revise(identifier, (accounts, asOf) =>
        reviseAccounts(accounts, asOf, eventsOf(identifier), last),
      ),
    );
    await reader.changedAtScalekit([...told.keys()]);
    await inParallel(news, usersAtOnce, async (identifier) => {
      const newest = await toTold(newestEvents(eventsOf(identifier), last).values());
      if (newest.length > 0) await deps.directory.told(identifier, newest);
    });
    return before;
  }

  async function bringForward(pair: AccountPair, event: AccountEvent): Promise<void> {
    for (const flow of await flows.unended(pair.identifier, pair.connectionName)) {
      const { answer } = await progress.advance(flow, infoOf(event));
      if (answer?.fresh === false) throw answer.error;
    }
  }

  /**
   * Whether an expired account turned active by a refresh of its token alone.
   * @throws NotDecidedYet while the event that says so may come
   */
  async function healed({ account, receivedAt }: AccountEvent, around: Span): Promise<boolean> {
    if (account.oldStatus !== 'expired') return false;
    if (await activations.refreshedAlone(account.id, around)) return true;
    if (Date.now() < receivedAt + aroundMs) throw new NotDecidedYet('a refresh may explain it');
    return false;
  }

  async function raiseUnlessVerified(pair: AccountPair, event: AccountEvent): Promise<void> {
    const at = event.occurredAt === null ? event.receivedAt : eventMillis(event.occurredAt);
    const asked = { from: at - aroundMs, to: at + aroundMs };
    // A verification that is under way holds the pair until its outcome is recorded.
    await deps.ending.withPair(pair.identifier, pair.connectionName, async () => {
      const activation = await activations.explain(pair, asked);
      if (activation === 'undecided') throw new NotDecidedYet('a verification has no outcome yet');
      if (activation === 'verified' || (await healed(event, asked))) return;
      const noticed = { from: at - aroundMs, to: at + flowLifetimeMs };
      await activations.raise(pair, noticed, event.id, infoOf(event));
      // An earlier reading does not include the alarm.
      await reader.changedAtScalekit([pair.identifier]);
    });
  }

  async function followUp(event: AccountEvent, known: Known): Promise<EventOutcome> {
    const { identifier, id } = event.account;
    const suspicious = turnedActive(event) && deps.userVerification === 'custom';
    const accountsBefore = known.accounts.get(identifier);
    const unheardOf = accountsBefore !== undefined && !accountsBefore.some((account) => account.id === id);
    if (!known.withOpenFlows.has(identifier) && !suspicious && !unheardOf) return 'done';

    const { accounts } = await reader.read(identifier);
    const current = [...accounts.values()].find((account) => account.id === id);
    const isDeleted = current === undefined && event.type === eventTypes.deleted;
    const connectionName = current?.connectionName ?? (isDeleted ? await nameOf(event.account) : null);
    // The account of the event is gone, or was replaced by another one.
    if (connectionName === null || (isDeleted && accounts.has(connectionName))) return 'ignored';

    const pair = { identifier, connectionName };
    await bringForward(pair, event);
    if (suspicious && current?.status === 'active') {
      const kind = (await catalogue.read()).find(connectionName)?.connection.kind ?? 'oauth';
      if (isVerified(kind)) await raiseUnlessVerified(pair, event);
    }
    return 'done';
  }

  return {
    /**
     * Does for many events at once what each of them stands for: first what needs no answer of Scalekit's,
     * what was last known and telling every instance to read again.
     * @param events at least one
     * @returns what follows one event up, to be called for each; it rejects, with a `ScalekitError` and others, when
     * that has to be tried again later
     */
    async begin(events: readonly AccountEvent[]): Promise<(event: AccountEvent) => Promise<EventOutcome>> {
      const told = groupBy(events, ({ account }) => account.identifier);
      const known = { accounts: await spread(told), withOpenFlows: await flows.withOpen([...told.keys()]) };
      return (event) => followUp(event, known);
    },
  };
}

export type EventProcessing = ReturnType<typeof createEventProcessing>;
