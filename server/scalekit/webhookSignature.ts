import type { IncomingHttpHeaders } from 'node:http';
import { ScalekitClient } from '@scalekit-sdk/node';

/** Tells whether a webhook is Scalekit's. */
export type WebhookSignature = ReturnType<typeof createWebhookSignature>;

const signedHeaders = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

function signedPart(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    signedHeaders.flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

/**
 * Verifies with the SDK. Each secret is tried, so that one can be rotated while deliveries signed with the other
 * are still on their way.
 * @param secrets `whsec_…`
 */
export function createWebhookSignature(secrets: readonly string[]) {
  // Verifying is a method of the client but uses no connection, so this client needs no real address.
  const verifier = new ScalekitClient('https://scalekit.invalid', 'none', 'none');

  function refusalOf(secret: string, headers: Record<string, string>, rawBody: string): string | null {
    try {
      return verifier.verifyWebhookPayload(secret, headers, rawBody) ? null : 'Invalid Signature';
    } catch (error) {
      return error instanceof Error ? error.message : 'Invalid Signature';
    }
  }

  return {
    /**
     * @param headers with the names in lower case, as Node has them
     * @param rawBody the body as it came: the signature covers its bytes, not its JSON
     * @returns why the webhook is refused, in words without any of its content, or null when one of the secrets
     * signed it within the last five minutes
     */
    refusal(headers: IncomingHttpHeaders, rawBody: string): string | null {
      const signed = signedPart(headers);
      let reason: string | null = 'no secret is set';
      for (const secret of secrets) {
        reason = refusalOf(secret, signed, rawBody);
        if (reason === null) return null;
      }
      return reason;
    },
  };
}
