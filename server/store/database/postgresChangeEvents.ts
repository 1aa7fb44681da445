import { randomUUID } from 'node:crypto';
import { setInterval as every, setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { backoffMs, withJitter } from '../../kernel/backoff.js';
import { type ChangeEvent, type ChangeEvents, createListeners } from './changeEvents.js';
import { createClient, type StoreLogger, sessionSetup } from './postgresPool.js';

export interface ListenOptions {
  /** The first pause before listening is tried again, in milliseconds; it doubles with each try. */
  readonly retryMs?: number;
  readonly longestRetryMs?: number;
  /** How often the connection is checked, in milliseconds: a connection that was cut silently reports nothing. */
  readonly heartbeatMs?: number;
  /** Runs first on each new connection. While it fails the connection is not used. */
  readonly onOpen?: (client: pg.ClientBase) => Promise<void>;
}

const channel = 'connect_accounts_changes';

/** The payload of a notification. PostgreSQL allows 8,000 bytes, and an identifier has at most 100 characters. */
interface Payload {
  /** The publishing instance. It has told its own listeners already. */
  readonly from: string;
  readonly event: ChangeEvent;
}

/** Reads a payload. Returns null for a payload of a newer version that this one does not know. */
function parsed(text: string | undefined): Payload | null {
  try {
    const { from, event } = JSON.parse(text ?? '') as Payload;
    if (['clients', 'requirements', 'missed'].includes(event.kind)) return { from, event };
    const known = event.kind === 'accounts' || event.kind === 'sessions';
    return known && typeof event.identifier === 'string' ? { from, event } : null;
  } catch {
    return null;
  }
}

/**
 * Change events between the instances on one PostgreSQL database, by LISTEN on a connection outside the pool. It is
 * opened again whenever it is lost, and `missed` is told then, as it is to the others when they could not be told of a
 * change. While it is down the instance's own events still reach its own listeners.
 * @returns when the first try to listen is over, however it went
 */
export async function createPostgresChangeEvents(
  databaseUrl: string,
  pool: pg.Pool,
  logger: StoreLogger,
  { retryMs = 100, longestRetryMs = 1_000, heartbeatMs = 15_000, onOpen }: ListenOptions = {},
): Promise<ChangeEvents> {
  const instance = randomUUID();
  const listeners = createListeners();
  const prepare = sessionSetup(databaseUrl);
  const stop = new AbortController();
  let isHeard = false;

  function receive({ payload }: pg.Notification): void {
    const message = parsed(payload);
    if (message !== null && message.from !== instance) listeners.tell(message.event);
  }

  /** Listens until the connection is lost, and rejects then. */
  async function listen(onListening: () => void): Promise<never> {
    const client = createClient(databaseUrl);
    const over = new AbortController();
    const lost = new Promise<never>((_, reject) => {
      client.on('error', reject);
      client.on('end', () => reject(new Error('the connection ended')));
      stop.signal.addEventListener('abort', reject, { signal: over.signal });
    });
    client.on('notification', receive);
    try {
      await Promise.race([client.connect(), lost]);
      await prepare(client);
      await onOpen?.(client);
      await client.query(`listen ${channel}`);
      onListening();
      return await Promise.race([lost, heartbeats(client, over.signal)]);
    } finally {
      over.abort();
      lost.catch(() => undefined);
      await Promise.race([client.end(), pause(1_000, undefined, { ref: false })]).catch(() => undefined);
    }
  }

  async function heartbeats(client: pg.Client, signal: AbortSignal): Promise<never> {
    for await (const _ of every(heartbeatMs, undefined, { signal })) await client.query('select 1');
    throw new Error('the heartbeat ended');
  }

  /** Waits before the next try, longer after each failure; not after the close. */
  async function rest(failures: number): Promise<void> {
    const wait = withJitter(backoffMs(retryMs, longestRetryMs, failures));
    await pause(wait, undefined, { signal: stop.signal }).catch(() => undefined);
  }

  async function listenForever(onFirstTry: () => void): Promise<void> {
    let failures = 0;
    let firstTry = true;
    const onListening = () => {
      isHeard = true;
      failures = 0;
      if (!firstTry) {
        logger.info({}, 'listening for the changes of other instances again');
        listeners.tell({ kind: 'missed' });
      }
      firstTry = false;
      onFirstTry();
    };
    while (!stop.signal.aborted) {
      await listen(onListening).catch((error) => {
        isHeard = false;
        // Logged once, not for every try.
        if (!stop.signal.aborted && failures === 0)
          logger.warn({ err: error }, 'no changes of other instances are heard');
      });
      firstTry = false;
      onFirstTry();
      failures += 1;
      await rest(failures);
    }
  }

  const notify = (event: ChangeEvent) =>
    pool.query('select pg_notify($1, $2)', [
      channel,
      JSON.stringify({ from: instance, event } satisfies Payload),
    ]);

  let othersMissed = false;
  let telling: Promise<void> | null = null;

  /** Tells the others that they have missed something, once the database can be reached again. */
  async function tellMissed(): Promise<void> {
    for (let tries = 1; othersMissed && !stop.signal.aborted; tries += 1) {
      await rest(tries);
      // What can't be told from now on is missed anew.
      othersMissed = false;
      await notify({ kind: 'missed' }).catch(() => {
        othersMissed = true;
      });
    }
    telling = null;
  }

  let listening = Promise.resolve();
  await new Promise<void>((resolve) => {
    listening = listenForever(resolve);
  });

  return {
    async publish(event) {
      listeners.tell(event, 'at once');
      try {
        // PostgreSQL has signalled whoever listens by the time it answers.
        await notify(event);
      } catch (error) {
        logger.warn({ err: error }, 'the other instances could not be told of a change');
        othersMissed = true;
        telling ??= tellMissed();
      } finally {
        listeners.tell(event, 'spread');
      }
    },
    subscribe: listeners.subscribe,
    isListening: () => isHeard,
    async close() {
      stop.abort();
      await Promise.all([listening, telling]);
      listeners.clear();
    },
  };
}
