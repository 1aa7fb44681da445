import type { OutboxStore } from './outboxStore.js';

/** What became of a try to send a mail: `failed` is tried again, `given_up` is not. */
export const mailResults = ['sent', 'withdrawn', 'failed', 'given_up'] as const;

export type MailResult = (typeof mailResults)[number];

/** The outbox as the sender has it, with what became of its mails counted. */
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
