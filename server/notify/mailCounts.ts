import type { OutboxStore } from './outboxStore.js';

/** The outcome of a try to send a mail: after `failed` comes another try, after `given_up` none. */
export const mailResults = ['sent', 'withdrawn', 'failed', 'given_up'] as const;

export type MailResult = (typeof mailResults)[number];

/** The sender's outbox, with its outcomes counted for the metrics. */
export const countingOutbox = (outbox: OutboxStore, count: (result: MailResult) => void): OutboxStore => ({
  ...outbox,
  async markSent(id) {
    await outbox.markSent(id);
    count('sent');
  },
  async withdraw(id) {
    await outbox.withdraw(id);
    count('withdrawn');
  },
  async noteFailure(id, error, nextTryAt) {
    await outbox.noteFailure(id, error, nextTryAt);
    count(nextTryAt === null ? 'given_up' : 'failed');
  },
});
