import type { Logger } from '../http/logging.js';
import { backoffMs } from '../kernel/backoff.js';
import { withGrace } from '../kernel/deadline.js';
import { createJob, type Job } from '../store/job.js';
import type { Lease } from '../store/locks.js';
import type { OutboxKind } from './mailKinds.js';
import { type MailMessage, MailNotTaken, type MailTransport } from './mailTransport.js';
import type { OutboxMail, OutboxStore } from './outboxStore.js';

/** The mail to send now, or the reason not to send it. */
export type Preparation =
  | { readonly send: true; readonly kind: OutboxKind; readonly message: MailMessage }
  | { readonly send: false; readonly why: string };

/** Thrown when nobody can say now whether a mail is still true. It is tried again later. */
export class NotKnownYet extends Error {
  override readonly name = 'NotKnownYet';
}

export interface MailSenderDeps {
  /** The holder sends, so that no mail goes out twice. */
  readonly lease: Lease;
  readonly outbox: OutboxStore;
  /** Null while mail can't be sent; the outbox keeps it. */
  readonly transport: MailTransport | null;
  /** Checks that a mail is still true and wanted, and writes it. An error that it throws postpones the mail. */
  prepare(mail: OutboxMail): Promise<Preparation>;
  readonly logger: Logger;
}

export interface MailSenderOptions {
  /** The pause between two looks at the outbox, in milliseconds. */
  readonly lookEveryMs?: number;
  /** How long the stop waits for a mail that is being sent, in milliseconds. */
  readonly stopWithinMs?: number;
}

const mailsAtOnce = 50;
/** A claim lasts this long. When its process died, another one may then try the mail. */
const claimMs = 300_000;
const firstRetryMs = 60_000;
const longestRetryMs = 6 * 3_600_000;
/** With the pauses above, the tries span about three days. */
const triesInAll = 20;

/** The pause after this many tries, in milliseconds, or null to give the mail up. */
export const retryAfter = (tries: number): number | null =>
  tries >= triesInAll ? null : backoffMs(firstRetryMs, longestRetryMs, tries);

const isRefusal = (error: unknown) => error instanceof MailNotTaken && error.refused !== null;

function codeOf(error: unknown): string {
  if (error instanceof MailNotTaken) return error.code;
  return error instanceof Error ? error.name.slice(0, 60) : 'unknown';
}

/**
 * Sends the outbox, one mail after the other, from one instance at a time. A mail is sent at least once: when the
 * process dies between the mail server's answer and our note of it, or when that answer is lost, the mail goes out
 * again, under the same Message-ID.
 */
export function createMailSender(
  { lease, outbox, transport, prepare, logger }: MailSenderDeps,
  { lookEveryMs = 5000, stopWithinMs = 4000 }: MailSenderOptions = {},
): Job {
  async function send(mail: OutboxMail, by: MailTransport, signal: AbortSignal): Promise<void> {
    const preparation = await prepare(mail);
    if (!preparation.send) {
      await outbox.withdraw(mail.id);
      logger.info({ mail: mail.id, why: preparation.why }, 'a mail was withdrawn');
      return;
    }
    const { kind, message } = preparation;
    await outbox.amend(mail.id, { to: message.to, kind });
    await by.send(message, signal);
    await outbox.markSent(mail.id);
    logger.info({ mail: mail.id, kind }, 'a mail was sent');
  }

  async function noteFailure(mail: OutboxMail, error: unknown): Promise<void> {
    const forGood = error instanceof MailNotTaken && error.refused === 'forGood';
    const pause = forGood ? null : retryAfter(mail.tries);
    const code = codeOf(error);
    await outbox.noteFailure(mail.id, code, pause === null ? null : Date.now() + pause);
    const expected = error instanceof MailNotTaken;
    const told = expected
      ? { ...(error.why !== null && { why: `the mail server ${error.why}` }) }
      : { err: error };
    const details = { mail: mail.id, tries: mail.tries, code, ...told };
    if (pause === null) logger.error(details, 'a mail was given up');
    else logger.warn(details, 'a mail will be tried again');
  }

  async function sendBatch(by: MailTransport, over: AbortSignal, giveUp: AbortSignal): Promise<void> {
    for (let count = 0; count < mailsAtOnce && !over.aborted; count += 1) {
      const now = Date.now();
      const mail = await outbox.claim(now, now + claimMs);
      if (mail === null) return;
      try {
        await send(mail, by, giveUp);
      } catch (error) {
        await noteFailure(mail, error);
        // The fault is not in this mail, so the next one would fail too.
        if (!isRefusal(error)) return;
      }
    }
  }

  return createJob({
    name: 'mail sender',
    everyMs: lookEveryMs,
    lease,
    isDue: async () => transport !== null && (await outbox.hasDue(Date.now())),
    async perform(over) {
      if (transport === null) return;
      // The mail server may still accept the mail that is being sent at the stop.
      await withGrace(stopWithinMs, over, (giveUp) => sendBatch(transport, over, giveUp));
    },
    logger,
  });
}
