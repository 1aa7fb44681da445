import { DomainError } from '../kernel/errors.js';

/** Why a webhook was refused, for the log alone. */
class Refusal extends Error {
  override readonly name = 'Refusal';
  // Where it was thrown says nothing, and anybody can fill the log with it.
  override readonly stack = '';
}

/** The webhook is not signed by any of the secrets, or not within the last five minutes. */
export const webhookRefused = (reason: string) =>
  new DomainError({
    code: 'webhook_refused',
    status: 401,
    level: 'info',
    heading: 'Not verified',
    sentences: ['The signature or the time of this webhook was not accepted.'],
    cause: new Refusal(reason),
  });

/** The webhook is signed and yet no event. */
export const webhookUnreadable = () =>
  new DomainError({
    code: 'webhook_unreadable',
    status: 400,
    level: 'warn',
    heading: 'Not an event',
    sentences: ['The body of this webhook is not a JSON object.'],
  });
