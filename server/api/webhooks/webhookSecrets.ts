import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { createSealing } from '../../kernel/sealed.js';
import type { ClientWebhook } from './clientWebhookStore.js';

/** A signing secret, told once to whoever sets the address. */
export const newWebhookSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

/** What is signed, as the Standard Webhooks specification has it. */
export interface Signable {
  readonly id: string;
  readonly body: string;
}

/** The signing secrets of clients. In the database they are sealed. @param secrets the session secrets */
export function createWebhookSecrets(secrets: readonly string[]) {
  const sealing = createSealing(secrets, 'secrets of webhooks to other apps');

  /** The secrets that sign now, the new one first, or null when it can't be opened any more. */
  function secretsOf({ secret, oldSecret, oldUntil }: ClientWebhook, now: number): string[] | null {
    const current = sealing.open(secret);
    if (current === null) return null;
    const old = oldSecret === null || (oldUntil ?? 0) <= now ? null : sealing.open(oldSecret);
    return old === null ? [current] : [current, old];
  }

  return {
    seal: sealing.seal,

    /**
     * The headers of a delivery, signed by each secret that signs now.
     * @returns null when the secret can't be opened, since the session secret that sealed it is gone
     */
    headersOf(webhook: ClientWebhook, { id, body }: Signable, now: number): Record<string, string> | null {
      const signing = secretsOf(webhook, now);
      if (signing === null) return null;
      const at = new Date(now);
      return {
        'content-type': 'application/json',
        'user-agent': 'connect-accounts',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now / 1000)),
        'webhook-signature': signing.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
      };
    },
  };
}

export type WebhookSecrets = ReturnType<typeof createWebhookSecrets>;
