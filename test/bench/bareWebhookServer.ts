import express from 'express';
import { createLogger } from '../../server/http/logging.js';
import { createWebhookSignature } from '../../server/scalekit/webhookSignature.js';
import { openDatabase } from '../../server/store/database/openDatabase.js';
import { readWebhookEvent } from '../../server/webhooks/webhookEvent.js';
import { createWebhookEventStore } from '../../server/webhooks/webhookEventStore.js';
import { createWebhookRecorder } from '../../server/webhooks/webhookRecorder.js';
import { createBareApp, serve } from './bareApp.js';

/** The measure of the webhook route: an Express app that reads, verifies and stores events as the app does, and no more. */
const { DATA_DIR = '', SCALEKIT_WEBHOOK_SECRETS = '' } = process.env;
const { db, close } = await openDatabase({ dataDir: DATA_DIR, databaseUrl: null }, createLogger('silent'));
const signature = createWebhookSignature([SCALEKIT_WEBHOOK_SECRETS]);
const recorder = createWebhookRecorder(createWebhookEventStore(db), {
  claimsUntil: () => null,
  take: () => undefined,
});
const app = createBareApp();
app.post(
  '/webhooks/scalekit',
  express.raw({ type: () => true, limit: '64kb', inflate: false }),
  async (request, response) => {
    const body = request.body.toString('utf8');
    if ((await signature.refusal(request.headers, body)) !== null) return response.sendStatus(401);
    const event = readWebhookEvent(body, String(request.headers['webhook-id']));
    if (event === null) return response.sendStatus(400);
    await recorder.record({ ...event, reference: 'none', receivedAt: Date.now() });
    response.status(200).end();
  },
);
serve(app, close);
