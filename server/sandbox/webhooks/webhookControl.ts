import type { Environment, EventLogSettings } from '../environment.js';
import type { Account } from '../model.js';
import type { Delivery } from './deliveryLog.js';
import { timestamp, type WebhookType } from './webhookEvents.js';
import type { WebhookFault } from './webhookFaults.js';
import { checkTarget, type WebhookSender, type WebhookTarget } from './webhookSender.js';

/** @param accountOf throws when there is no such account */
export function createWebhookControl(
  environment: Environment,
  sender: WebhookSender,
  accountOf: (connectionName: string, identifier: string) => Account,
) {
  return {
    /** Where webhooks go, or null while there are none. */
    webhookUrl: (): string | null => sender.target?.url ?? null,
    /** Sends webhooks there from now on, or none. @throws Error when the address is not this machine's */
    setWebhook(target: WebhookTarget | null): void {
      sender.target = target && checkTarget(target);
    },
    webhookFault: (fault: WebhookFault): void => sender.faults.add(fault),
    webhookFaults: (): readonly WebhookFault[] => sender.faults.list(),
    clearWebhookFaults: (): void => sender.faults.clear(),
    /** Sends an event of any type about an account, though nothing happened to it. @returns the event's id */
    emit: (type: WebhookType, connectionName: string, identifier: string): string =>
      environment.announce(type, accountOf(connectionName, identifier)),
    eventLog: (): EventLogSettings => environment.eventLogSettings,
    /** @param changes what is left out stays as it is */
    setEventLog(changes: { [Name in keyof EventLogSettings]?: boolean | undefined }): void {
      const { nestedData, ownIds } = environment.eventLogSettings;
      environment.eventLogSettings = {
        nestedData: changes.nestedData ?? nestedData,
        ownIds: changes.ownIds ?? ownIds,
      };
    },
    /** Forgets what the event log has from before, as at the end of Scalekit's retention. @param time epoch milliseconds */
    forgetEventsBefore: (time: number): void =>
      environment.events.forgetBefore(timestamp(BigInt(Math.floor(time)) * 1_000_000n)),
    /** The last 500 webhooks, in the order in which their events occurred. */
    deliveries: (): Delivery[] => sender.log.list(),
    /** Resolves with the first accepted delivery in the log that matches, now or later. */
    waitForDelivery: (predicate: (delivery: Delivery) => boolean): Promise<Delivery> =>
      sender.log.waitFor(predicate),
  };
}

export type WebhookControl = ReturnType<typeof createWebhookControl>;
