import type { EventPulse } from './webhookEventStore.js';

const lately = 10 * 60_000;
const untouchedAtMost = 10_000;
const pulseLasts = 10_000;

/** Tells from the recorded events whether webhooks arrive, since Scalekit may call another instance. */
export function createWebhookHealth() {
  let pulse: EventPulse = { newestReceivedAt: null, oldestUntouchedAt: null };
  let notedAt = 0;
  return {
    /** Takes in how the events stand now. */
    note(newer: EventPulse): void {
      pulse = newer;
      notedAt = Date.now();
    },
    /**
     * Whether webhooks are known to arrive, so that what was read may be relied on for longer: one came in the last
     * ten minutes, on any instance, none lies untouched for more than ten seconds, and both were looked up just now.
     * When in doubt it is false, and then what was read is soon read again.
     */
    arrive(): boolean {
      const now = Date.now();
      const { newestReceivedAt, oldestUntouchedAt } = pulse;
      if (newestReceivedAt === null || now - notedAt > pulseLasts) return false;
      return now - newestReceivedAt < lately && now - (oldestUntouchedAt ?? now) <= untouchedAtMost;
    },
    /** When the last one came, in epoch milliseconds, or null. */
    lastReceivedAt: (): number | null => pulse.newestReceivedAt,
  };
}

export type WebhookHealth = ReturnType<typeof createWebhookHealth>;
