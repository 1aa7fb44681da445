import type { Environment } from '../environment.js';
import type { Account } from '../model.js';
import type { Delivery } from './deliveryLog.js';
import type { WebhookType } from './webhookEvents.js';
import type { WebhookFault } from './webhookFaults.js';
import { checkTarget, type WebhookSender, type WebhookTarget } from './webhookSender.js';

/** The control over what is sent. */
export interface WebhookControl {
  /** Where webhooks go, or null while there are none. */
  webhookUrl(): string | null;
  /** Sends webhooks there from now on, or none. @throws Error when the address is not this machine's */
  setWebhook(target: WebhookTarget | null): void;
  webhookFault(fault: WebhookFault): void;
  webhookFaults(): readonly WebhookFault[];
  clearWebhookFaults(): void;
  /** Sends an event of any type about an account, though nothing happened to it. @returns the event's id */
  emit(type: WebhookType, connectionName: string, identifier: string): string;
  /** The last 500 webhooks, in the order in which their events occurred. */
  deliveries(): Delivery[];
  /** Resolves with the first delivery in the log that was accepted and is the one, now or later. */
  waitForDelivery(predicate: (delivery: Delivery) => boolean): Promise<Delivery>;
}

/** @param accountOf throws when there is no such account */
export function createWebhookControl(
  environment: Environment,
  sender: WebhookSender,
  accountOf: (connectionName: string, identifier: string) => Account,
): WebhookControl {
  return {
    webhookUrl: () => sender.target?.url ?? null,
    setWebhook(target) {
      sender.target = target && checkTarget(target);
    },
    webhookFault: (fault) => sender.faults.add(fault),
    webhookFaults: () => sender.faults.list(),
    clearWebhookFaults: () => sender.faults.clear(),
    emit: (type, connectionName, identifier) =>
      environment.announce(type, accountOf(connectionName, identifier)),
    deliveries: () => sender.log.list(),
    waitForDelivery: (predicate) => sender.log.waitFor(predicate),
  };
}
