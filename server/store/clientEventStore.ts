import { randomUUID } from 'node:crypto';
import { isoTime } from '../kernel/times.js';
import type { ClientDeliveriesTable, Db } from './database/schema.js';

/** What other apps are told of, by webhooks. */
export const clientEventTypes = [
  'connection.active',
  'connection.needs_user',
  'connection.disconnected',
  'onboarding.completed',
  'onboarding.ended',
  'user.erased',
] as const;
export type ClientEventType = (typeof clientEventTypes)[number];

/** Something that other apps are told of. */
export interface ClientEvent {
  readonly type: ClientEventType;
  readonly identifier: string;
  /** Null for what is about the user and no connection. */
  readonly connectionName: string | null;
  /** What is said of it, besides the identifier. Nothing that a client may not know. */
  readonly data: Readonly<Record<string, unknown>>;
  /** The only client that is told, whose own onboarding it is about; left out where all are told who may know of the user. */
  readonly onlyClient?: string;
}

/** How long an event is tried to be delivered, in milliseconds. */
export const triedForMs = 3 * 24 * 3_600_000;

/** Who may be told of a user. */
interface Listener {
  readonly clientId: string;
  readonly byScope: boolean;
}

/** Who is told, and after which sequence. */
interface Audience {
  listenersOf(event: Pick<ClientEvent, 'identifier' | 'onlyClient'>): readonly Listener[];
  lastSequenceOf(identifier: string): number;
}

const nobody: Audience = { listenersOf: () => [], lastSequenceOf: () => 0 };

/** Whether a client may read the status of all users. @param scopes as they are stored */
export const readsAllUsers = (scopes: string): boolean =>
  (JSON.parse(scopes) as string[]).includes('status:read');

/** Far below the number of parameters that either database takes. */
const atOnce = 400;

function* batchesOf<Item>(items: readonly Item[]): Generator<Item[]> {
  for (let start = 0; start < items.length; start += atOnce) yield items.slice(start, start + atOnce);
}

/** Adds to a list in a map. */
function push<Key, Item>(map: Map<Key, Item[]>, key: Key, item: Item): void {
  const items = map.get(key);
  if (items === undefined) map.set(key, [item]);
  else items.push(item);
}

/** The clients whose addresses are set, and whether each may read the status of all users. */
async function readListeners(db: Db): Promise<Listener[]> {
  const rows = await db
    .selectFrom('clientWebhooks')
    .innerJoin('apiClients', 'apiClients.id', 'clientWebhooks.clientId')
    .select(['apiClients.id', 'apiClients.scopes'])
    .where('apiClients.revokedAt', 'is', null)
    .execute();
  return rows.map(({ id, scopes }) => ({
    clientId: id,
    byScope: readsAllUsers(scopes),
  }));
}

/** The clients that led a user through an onboarding in which the check of the user was passed. */
async function readLedBy(
  db: Db,
  identifiers: readonly string[],
  clientIds: readonly string[],
): Promise<Map<string, Listener[]>> {
  const ledBy = new Map<string, Listener[]>();
  if (clientIds.length === 0) return ledBy;
  for (const batch of batchesOf(identifiers)) {
    const rows = await db
      .selectFrom('onboardingSessions')
      .select(['identifier', 'clientId'])
      .distinct()
      .where('identifier', 'in', batch)
      .where('clientId', 'in', clientIds)
      .where('checkedAt', 'is not', null)
      .execute();
    for (const { identifier, clientId } of rows) push(ledBy, identifier, { clientId, byScope: false });
  }
  return ledBy;
}

async function readLastSequences(db: Db, identifiers: readonly string[]): Promise<Map<string, number>> {
  const last = new Map<string, number>();
  for (const batch of batchesOf(identifiers)) {
    const rows = await db
      .selectFrom('clientDeliveries')
      .select((row) => ['identifier', row.fn.max<number>('sequence').as('sequence')])
      .where('identifier', 'in', batch)
      .groupBy('identifier')
      .execute();
    for (const { identifier, sequence } of rows) last.set(identifier ?? '', sequence);
  }
  return last;
}

/** A client with `status:read` may know of every user, any other of those whom it led through, as far as that was checked. */
async function audienceOf(db: Db, given: readonly string[]): Promise<Audience> {
  const listeners = await readListeners(db);
  if (listeners.length === 0) return nobody;
  const identifiers = [...new Set(given)];
  const ofAll = listeners.filter(({ byScope }) => byScope);
  const others = listeners.filter(({ byScope }) => !byScope);
  const ledBy = await readLedBy(
    db,
    identifiers,
    others.map(({ clientId }) => clientId),
  );
  const last = await readLastSequences(db, identifiers);
  return {
    listenersOf: ({ identifier, onlyClient }) =>
      onlyClient === undefined
        ? [...ofAll, ...(ledBy.get(identifier) ?? [])]
        : // Its own onboarding is its own, whatever else it may know of the user.
          listeners
            .filter(({ clientId }) => clientId === onlyClient)
            .map(({ clientId }) => ({ clientId, byScope: false })),
    lastSequenceOf: (identifier) => last.get(identifier) ?? 0,
  };
}

type NewDelivery = Omit<ClientDeliveriesTable, 'purgedWhenDelivered' | 'tries'>;

function deliveriesOf(events: readonly ClientEvent[], audience: Audience, at: number): NewDelivery[] {
  const sequences = new Map<string, number>();
  return events.flatMap((event) => {
    const { type, identifier, connectionName, data } = event;
    const before = sequences.get(identifier) ?? audience.lastSequenceOf(identifier);
    // The time, so that it goes on growing when what was before is forgotten; more, where the clock stood or went back.
    const sequence = Math.max(at, before + 1);
    sequences.set(identifier, sequence);
    const payload = JSON.stringify({
      type,
      timestamp: isoTime(at),
      sequence,
      data: { identifier, ...data },
    });
    return audience.listenersOf(event).map(({ clientId, byScope }) => ({
      id: `evt_${randomUUID().replaceAll('-', '')}`,
      clientId,
      type,
      identifier,
      connectionName,
      sequence,
      payload,
      byScope: Number(byScope),
      createdAt: at,
      nextTryAt: at,
      givenUpAt: at + triedForMs,
      sentAgainAt: null,
      deliveredAt: null,
      failedAt: null,
      lastError: null,
    }));
  });
}

async function insert(db: Db, deliveries: readonly NewDelivery[]): Promise<void> {
  for (let start = 0; start < deliveries.length; start += 200) {
    await db
      .insertInto('clientDeliveries')
      .values(deliveries.slice(start, start + 200))
      .execute();
  }
}

/**
 * Writes down what other apps are to be told, for each that may know it, and whose address is set. Call it within the
 * transaction that makes the change, so that either both are there or neither. What happens to one user and connection
 * has to be told one after the other, as the writers of the projection do.
 * @returns how many deliveries that makes
 */
export async function tellClients(
  db: Db,
  events: readonly ClientEvent[],
  at: number = Date.now(),
): Promise<number> {
  if (events.length === 0) return 0;
  const audience = await audienceOf(
    db,
    events.map(({ identifier }) => identifier),
  );
  const deliveries = deliveriesOf(events, audience, at);
  await insert(db, deliveries);
  return deliveries.length;
}

/**
 * Finds out who is told that a user is erased, while it can still be told whose user they are.
 * @returns forgets what else was told of them, and writes that down; to be called when the rest is deleted. It gives how
 * many deliveries were deleted
 */
export async function erasureToTell(db: Db, identifier: string, at: number): Promise<() => Promise<number>> {
  const audience = await audienceOf(db, [identifier]);
  const event: ClientEvent = { type: 'user.erased', identifier, connectionName: null, data: {} };
  return async () => {
    const { numDeletedRows } = await db
      .deleteFrom('clientDeliveries')
      .where('identifier', '=', identifier)
      .where((row) => row.or([row('type', '!=', event.type), row('deliveredAt', 'is not', null)]))
      .executeTakeFirst();
    const rows = deliveriesOf([event], audience, at).map((row) => ({ ...row, purgedWhenDelivered: 1 }));
    await insert(db, rows);
    return Number(numDeletedRows);
  };
}

/**
 * Forgets what was told of somebody who is gone by themselves. What was not delivered yet still is, and forgotten then.
 */
export async function forgetTold(db: Db, identifier: string): Promise<void> {
  await db
    .deleteFrom('clientDeliveries')
    .where('identifier', '=', identifier)
    .where((row) => row.or([row('deliveredAt', 'is not', null), row('failedAt', 'is not', null)]))
    .execute();
  await db
    .updateTable('clientDeliveries')
    .set({ purgedWhenDelivered: 1 })
    .where('identifier', '=', identifier)
    .execute();
}
