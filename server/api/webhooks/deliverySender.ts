import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../../http/logging.js';
import { backoffMs, withJitter } from '../../kernel/backoff.js';
import { withGrace } from '../../kernel/deadline.js';
import { triedForMs } from '../../store/clientEventStore.js';
import { createJob, type Job } from '../../store/job.js';
import type { Lease } from '../../store/locks.js';
import type { ClientWebhook, ClientWebhookStore, Delivery } from './clientWebhookStore.js';
import type { Posted, WebhookPost } from './webhookPost.js';
import type { WebhookSecrets } from './webhookSecrets.js';

export interface DeliverySenderDeps {
  /** The holder sends. */
  readonly lease: Lease;
  readonly store: ClientWebhookStore;
  readonly secrets: WebhookSecrets;
  readonly post: WebhookPost;
  /** Switches an address off that took nothing for days. */
  turnOff(clientId: string, failingSince: number): Promise<void>;
  readonly logger: Logger;
}

export interface DeliverySenderOptions {
  /** The pause between two looks for what is due, in milliseconds. */
  readonly lookEveryMs?: number;
  /** The pause after the first try that failed, in milliseconds; it doubles with each. */
  readonly firstRetryMs?: number;
  /** How long the stop waits for answers, in milliseconds. */
  readonly stopWithinMs?: number;
  /** A claim lasts this long, in milliseconds: longer than a post may take. When its process died, another one may then send it. */
  readonly claimMs?: number;
}

const atOnce = 8;
const longestRetryMs = 6 * 3_600_000;
/**
 * An address that took nothing for as long is switched off, in milliseconds: by the last try of something that was never
 * taken, which is three days after it happened, and a little less after its first try.
 */
const offAfterMs = triedForMs - 3_600_000;
/** How long an address is left alone at most after it took nothing of several, in milliseconds. */
const longestRestMs = 60_000;

/** An address that took nothing lately. */
interface Rest {
  readonly times: number;
  readonly until: number;
}

/** What is noted of a try that failed. */
const codeOf = (posted: Posted): string | null =>
  posted.taken ? null : posted.status === null ? posted.fault : `${posted.fault} ${posted.status}`;

/**
 * Sends what clients are to be told, from one instance at a time. Each is sent at least once: when the process dies
 * between an answer and our note of it, it goes out again, under the same id. What is about one user and connection goes
 * out one after the other, to one client; an address that is slow or fails keeps nobody else waiting.
 */
export function createDeliverySender(
  { lease, store, secrets, post, turnOff, logger }: DeliverySenderDeps,
  {
    lookEveryMs = 1000,
    firstRetryMs = 5000,
    stopWithinMs = 4000,
    claimMs = 20_000,
  }: DeliverySenderOptions = {},
): Job {
  const resting = new Map<string, Rest>();

  const isResting = (clientId: string): boolean => (resting.get(clientId)?.until ?? 0) > Date.now();

  /** The clients that something is due for, but for those that are left alone. */
  const clientsDue = (): Promise<string[]> =>
    store.clientsDue(Date.now(), [...resting.keys()].filter(isResting));

  async function noteFailure(delivery: Delivery, code: string): Promise<void> {
    const now = Date.now();
    const wait = Math.ceil(withJitter(backoffMs(firstRetryMs, longestRetryMs, delivery.tries)));
    const nextTryAt = now >= delivery.givenUpAt ? null : Math.min(now + wait, delivery.givenUpAt);
    await store.noteFailure(delivery.id, code, nextTryAt, now);
    const details = { delivery: delivery.id, client: delivery.clientId, tries: delivery.tries, code };
    if (nextTryAt === null) logger.warn(details, 'a webhook to another app was given up');
    else logger.info(details, 'a webhook to another app will be tried again');
    const since = await store.noteNotTaken(delivery.clientId, now);
    if (since !== null && now - since >= offAfterMs) await turnOff(delivery.clientId, since);
  }

  /** @returns whether it was taken; it counts as taken when there was nothing to send */
  async function send(webhook: ClientWebhook, delivery: Delivery, giveUp: AbortSignal): Promise<boolean> {
    const { id, payload: body, clientId } = delivery;
    if (body === null) throw new Error('a webhook without a body waits to be sent');
    const headers = secrets.headersOf(webhook, { id, body }, Date.now());
    if (headers === null) {
      await noteFailure(delivery, 'secret_lost');
      return false;
    }
    let posted: Posted;
    try {
      posted = await post({ url: webhook.url, headers, body }, giveUp);
    } catch (error) {
      if (!giveUp.aborted) throw error;
      await store.release(id, Date.now());
      return true;
    }
    const code = codeOf(posted);
    if (code !== null) {
      await noteFailure(delivery, code);
      return false;
    }
    await store.markDelivered(delivery, Date.now());
    await store.noteTaken(clientId);
    return true;
  }

  /** An address that takes nothing of several is left alone for a while. One that takes some is not at fault. */
  function rest(clientId: string, taken: boolean): void {
    if (taken) {
      resting.delete(clientId);
      return;
    }
    const times = (resting.get(clientId)?.times ?? 0) + 1;
    const until = Date.now() + backoffMs(firstRetryMs, Math.max(firstRetryMs, longestRestMs), times);
    resting.set(clientId, { times, until });
  }

  async function sendSome(clientId: string, giveUp: AbortSignal): Promise<void> {
    const webhook = await store.findToSend(clientId);
    const now = Date.now();
    const claimed = webhook === null ? [] : await store.claim(clientId, now, now + claimMs, atOnce);
    // It is gone, or another was quicker.
    if (webhook === null || claimed.length === 0) return rest(clientId, false);
    const known = claimed.filter(({ byScope }) => byScope === 0 || webhook.readsAll);
    // It lost the scope meanwhile.
    for (const delivery of claimed) if (!known.includes(delivery)) await store.withdraw(delivery.id);
    const ended = await Promise.allSettled(known.map((delivery) => send(webhook, delivery, giveUp)));
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
    const isTaken = ended.some((one) => one.status === 'fulfilled' && one.value);
    if (ended.length > 0) rest(clientId, isTaken);
  }

  async function sendAll(over: AbortSignal, giveUp: AbortSignal): Promise<void> {
    const underWay = new Map<string, Promise<void>>();
    const faults: unknown[] = [];
    try {
      while (!over.aborted && faults.length === 0) {
        const wasIdle = underWay.size === 0;
        for (const clientId of await clientsDue()) {
          // What was under way may have ended while this was looked up, and found that the address takes nothing.
          if (underWay.has(clientId) || isResting(clientId)) continue;
          const sending = sendSome(clientId, giveUp)
            .catch((error) => void faults.push(error))
            .finally(() => underWay.delete(clientId));
          underWay.set(clientId, sending);
        }
        if (underWay.size === 0) {
          if (wasIdle) break;
          // What ended while this was looked up may have made way for more.
          continue;
        }
        const wait = new AbortController();
        const look = pause(lookEveryMs, undefined, { signal: wait.signal, ref: false });
        await Promise.race([...underWay.values(), look.catch(() => undefined)]);
        wait.abort();
      }
    } finally {
      await Promise.all(underWay.values());
    }
    if (faults.length > 0) throw faults[0];
  }

  return createJob({
    name: 'webhooks to other apps',
    everyMs: lookEveryMs,
    lease,
    isDue: async () => (await clientsDue()).length > 0,
    perform: (over) => withGrace(stopWithinMs, over, (giveUp) => sendAll(over, giveUp)),
    logger,
  });
}
