import { Router, raw } from 'express';
import { bounded } from '../http/bodies.js';
import { notFound } from '../http/commonErrors.js';
import { answerJson } from '../http/wantsJson.js';
import { routes } from '../paths.js';
import type { WebhookSignature } from '../scalekit/webhookSignature.js';
import { webhookRefused, webhookUnreadable } from './webhookErrors.js';
import { readWebhookEvent } from './webhookEvent.js';
import type { WebhookRecorder } from './webhookRecorder.js';

export interface WebhookRoutesDeps {
  /** Null while no secret is set. The address does not exist then. */
  readonly signature: WebhookSignature | null;
  readonly recorder: WebhookRecorder;
}

const limit = 64 * 1024;

/** Reads the raw bytes, whatever the content type, since the signature covers them. Refuses compressed bodies. */
const rawBody = bounded(limit, raw({ type: () => true, limit, inflate: false }));

/** Where Scalekit tells what happened. It has no session and no CSRF token: the signature is its proof. */
export function webhookRoutes({ signature, recorder }: WebhookRoutesDeps): Router {
  const router = Router();
  router.post(routes.scalekitWebhooks, answerJson, rawBody, async (request, response) => {
    if (signature === null) throw notFound();
    const body = Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '';
    const reason = await signature.refusal(request.headers, body);
    if (reason !== null) throw webhookRefused(reason);
    const event = readWebhookEvent(body, String(request.headers['webhook-id']));
    if (event === null) throw webhookUnreadable();
    await recorder.record({ ...event, reference: String(request.id), receivedAt: Date.now() });
    // Scalekit counts 200, 201 and 202 as delivered.
    response.status(200).end();
  });
  return router;
}
