import { DomainError } from '../kernel/errors.js';
import { told } from '../words/words.js';

/** Why a webhook was refused, for the log alone. */
class Refusal extends Error {
  override readonly name = 'Refusal';
  // The stack says nothing, and anybody could fill the log with it.
  override readonly stack = '';
}

/** The webhook is not signed by any of the secrets, or not within the last five minutes. */
export const webhookRefused = (reason: string) =>
  new DomainError({
    code: 'webhook_refused',
    status: 401,
    level: 'info',
    told: told('webhooks.refused'),
    cause: new Refusal(reason),
  });

/** The webhook is signed but is not an event. */
export const webhookUnreadable = () =>
  new DomainError({
    code: 'webhook_unreadable',
    status: 400,
    level: 'warn',
    told: told('webhooks.unreadable'),
  });
