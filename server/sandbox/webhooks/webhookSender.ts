import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { isTimeUp, withDeadline } from '../../kernel/deadline.js';
import { isLoopbackHost, loopbackHosts } from '../../kernel/loopback.js';
import { parsedUrl } from '../../kernel/parsedUrl.js';
import { createClosing, pause } from '../pause.js';
import { type Delivery, DeliveryLog } from './deliveryLog.js';
import type { WebhookEvent } from './webhookEvents.js';
import { WebhookFaults, type WebhookStrike } from './webhookFaults.js';

/** Where webhooks go, and what they are signed with. */
export interface WebhookTarget {
  /** Plain http, on this machine. */
  readonly url: string;
  /** `whsec_…` */
  readonly secret: string;
}

export interface WebhookSenderOptions {
  readonly target: WebhookTarget | null;
  /** The first pause after a try that was not accepted, in milliseconds; it doubles with each. */
  readonly retryMs: number;
}

interface Message {
  readonly delivery: Delivery;
  readonly target: WebhookTarget;
  readonly body: string;
  readonly strike: WebhookStrike;
}

const triesAtMost = 6;
const answerWithinMs = 10_000;
/** Any other answer counts as a failure, 204 too. */
const accepted: ReadonlySet<number | string> = new Set([200, 201, 202]);
const sentAtOnce = 50;
const heldForMs = 1_000;

/** A secret as Scalekit makes them. */
export const newWebhookSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

/**
 * Holds a target to this machine: nothing of a sandbox leaves it.
 * @throws Error for any other address, and for a secret that is none
 */
export function checkTarget({ url, secret }: WebhookTarget): WebhookTarget {
  const parsed = parsedUrl(url);
  if (parsed?.protocol !== 'http:' || !isLoopbackHost(parsed.hostname)) {
    throw new Error(`the sandbox sends webhooks to http on ${loopbackHosts.join(', ')} only`);
  }
  if (!/^whsec_[A-Za-z0-9+/]{20,}={0,2}$/.test(secret)) throw new Error('a webhook secret is whsec_<base64>');
  return { url: parsed.href, secret };
}

/** Sends webhooks as the Standard Webhooks specification has it: signed, at least once, tried again. */
export class WebhookSender {
  readonly faults = new WebhookFaults();
  readonly log = new DeliveryLog();
  target: WebhookTarget | null;
  #held: Message[] = [];
  #sending = 0;
  readonly #queue: (() => void)[] = [];
  /** Ends the pauses of what was sent since the last reset. */
  #since = createClosing();

  constructor(
    private readonly options: WebhookSenderOptions,
    private readonly closing: AbortSignal,
  ) {
    this.target = options.target && checkTarget(options.target);
    closing.addEventListener('abort', () => this.#since.abort(), { once: true });
  }

  /** Forgets what was sent and what waits, and goes back to the target at the start. */
  reset(): void {
    this.#since.abort();
    this.#since = createClosing();
    this.#held = [];
    this.target = this.options.target && checkTarget(this.options.target);
    this.faults.clear();
    this.log.clear();
  }

  /** Sends an event, if there is anybody to tell. */
  send(event: WebhookEvent): void {
    if (this.target === null) return;
    const strike = this.faults.take(event.type);
    const { connection_name: connectionName = '', ...others } = event.data;
    const delivery: Delivery = {
      id: `msg_${randomBytes(12).toString('hex')}`,
      eventId: event.id,
      type: event.type,
      connectionName,
      identifier: event.data.identifier,
      at: Date.now(),
      status: 'waiting',
      answers: [],
    };
    const body = JSON.stringify(strike.withoutConnectionName ? { ...event, data: others } : event);
    this.log.add(delivery);
    if (strike.drop) this.log.settle(delivery, 'dropped');
    else this.#dispatch({ delivery, target: this.target, body, strike });
  }

  #dispatch(message: Message): void {
    const { reverse } = message.strike;
    if (reverse < 2) {
      void this.#deliverAll([message]);
      return;
    }
    this.#held.push(message);
    if (this.#held.length >= reverse) this.#releaseHeld();
    else if (this.#held.length === 1) void this.#pause(heldForMs).then(() => this.#releaseHeld(), ignore);
  }

  #releaseHeld(): void {
    const messages = this.#held.reverse();
    this.#held = [];
    void this.#deliverAll(messages);
  }

  /** One after the other, so that an order that was asked for is kept. */
  async #deliverAll(messages: readonly Message[]): Promise<void> {
    const since = this.#since;
    await this.#enter();
    try {
      for (const message of messages) await this.#deliver(message, since.signal);
    } catch {
      // The sandbox was reset, or it closes.
    } finally {
      this.#sending -= 1;
      this.#queue.shift()?.();
    }
  }

  async #enter(): Promise<void> {
    if (this.#sending >= sentAtOnce) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#sending += 1;
  }

  #pause(ms: number, since = this.#since.signal): Promise<void> {
    return pause(ms, since);
  }

  async #deliver(message: Message, since: AbortSignal): Promise<void> {
    const { delivery, strike } = message;
    await this.#pause(strike.delayMs, since);
    for (let left = strike.repeat; left >= 0; left -= 1) {
      if (await this.#deliverOnce(message, since)) continue;
      this.log.settle(delivery, 'failed');
      return;
    }
    this.log.settle(delivery, 'delivered');
  }

  async #deliverOnce(message: Message, since: AbortSignal): Promise<boolean> {
    for (let tries = 1; ; tries += 1) {
      since.throwIfAborted();
      const answer = await this.#post(message);
      message.delivery.answers.push(answer);
      if (accepted.has(answer)) return true;
      if (tries === triesAtMost) return false;
      await this.#pause(this.options.retryMs * 2 ** (tries - 1), since);
    }
  }

  async #post({ delivery, target, body }: Message): Promise<number | string> {
    const now = new Date();
    try {
      return await withDeadline(answerWithinMs, this.closing, async (signal) => {
        const response = await fetch(target.url, {
          method: 'POST',
          body,
          redirect: 'manual',
          signal,
          headers: {
            'content-type': 'application/json',
            'webhook-id': delivery.id,
            'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
            'webhook-signature': new Webhook(target.secret).sign(delivery.id, now, body),
          },
        });
        await response.arrayBuffer();
        return response.status;
      });
    } catch (error) {
      this.closing.throwIfAborted();
      return isTimeUp(error) ? 'no answer in time' : 'not reached';
    }
  }
}

const ignore = () => undefined;
