import { FaultList } from '../control/faultList.js';
import type { WebhookType } from './webhookEvents.js';

/** How the delivery of a webhook can go wrong, as it does on real networks. */
export interface WebhookFault {
  /** The type that it strikes; all types when left out. */
  readonly type?: WebhookType | undefined;
  /** How many more times it is delivered, with the same `webhook-id`. */
  readonly repeat?: number | undefined;
  /** Holds back this many events and delivers them in reverse order, after a second at the latest. */
  readonly reverse?: number | undefined;
  /** Milliseconds before it is sent. */
  readonly delayMs?: number | undefined;
  /** It is never sent. */
  readonly drop?: boolean | undefined;
  readonly withoutConnectionName?: boolean | undefined;
  /** How many events it strikes; all of them when left out. */
  readonly times?: number | undefined;
}

/** What strikes one event: all faults that match it, taken together. */
export interface WebhookStrike {
  readonly repeat: number;
  readonly reverse: number;
  readonly delayMs: number;
  readonly drop: boolean;
  readonly withoutConnectionName: boolean;
}

const sumOf = (numbers: readonly (number | undefined)[]) =>
  numbers.reduce<number>((sum, number = 0) => sum + number, 0);

export class WebhookFaults extends FaultList<WebhookFault> {
  /** Takes what strikes this event. */
  take(type: WebhookType): WebhookStrike {
    const matching = this.strike((fault) => fault.type === undefined || fault.type === type);
    return {
      repeat: sumOf(matching.map(({ repeat }) => repeat)),
      reverse: Math.max(0, ...matching.map(({ reverse = 0 }) => reverse)),
      delayMs: sumOf(matching.map(({ delayMs }) => delayMs)),
      drop: matching.some(({ drop }) => drop),
      withoutConnectionName: matching.some(({ withoutConnectionName }) => withoutConnectionName),
    };
  }
}
