import type { IncomingHttpHeaders } from 'node:http';
import type { ScalekitClient } from '@scalekit-sdk/node';

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

/** Verifying is a method of the client but uses no connection, so this client needs no real address. */
async function createVerifier(): Promise<ScalekitClient> {
  const { ScalekitClient } = await import('@scalekit-sdk/node');
  return new ScalekitClient('https://scalekit.invalid', 'none', 'none');
}

/**
 * Verifies with the SDK, which is loaded for the first webhook: all of it takes longer to load than the rest of the app.
 * Each secret is tried, so that one can be rotated while deliveries signed with the other are still on their way.
 * @param secrets `whsec_…`
 */
export function createWebhookSignature(secrets: readonly string[]) {
  let verifying: Promise<ScalekitClient> | null = null;

  function refusalOf(
    verifier: ScalekitClient,
    secret: string,
    headers: Record<string, string>,
    rawBody: string,
  ): string | null {
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
    async refusal(headers: IncomingHttpHeaders, rawBody: string): Promise<string | null> {
      verifying ??= createVerifier();
      const verifier = await verifying;
      const signed = signedPart(headers);
      let reason: string | null = 'no secret is set';
      for (const secret of secrets) {
        reason = refusalOf(verifier, secret, signed, rawBody);
        if (reason === null) return null;
      }
      return reason;
    },
  };
}
