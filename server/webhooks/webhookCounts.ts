import type { WebhookSignature } from '../scalekit/webhookSignature.js';
import type { EventProcessing } from './eventProcessing.js';
import type { WebhookEventStore } from './webhookEventStore.js';
import type { WebhookRecorder } from './webhookRecorder.js';

/**
 * What became of a webhook: `refused`, or `recorded`, and for each try to process it `done`, `ignored` or `postponed`.
 * `caught_up` is an event that Scalekit's log told and no webhook had.
 */
export type WebhookResult = 'refused' | 'recorded' | 'caught_up' | 'done' | 'ignored' | 'postponed';

export type CountWebhook = (type: string, result: WebhookResult) => void;

const knownTypes: ReadonlySet<string> = new Set(
  [
    'created',
    'updated',
    'status_updated',
    'deleted',
    'magic_link_generated',
    'oauth_tokens_fetched',
    'oauth_succeeded',
    'token_refresh_succeeded',
    'token_refresh_failed',
  ].map((type) => `connected_account.${type}`),
);

/** Types that this version does not know are counted together. */
const typeOf = ({ type }: { readonly type: string }) => (knownTypes.has(type) ? type : 'other');

/** The type of a refused webhook is not trusted, so it is not counted by type. */
export const countingSignature = (signature: WebhookSignature, count: CountWebhook): WebhookSignature => ({
  async refusal(headers, rawBody) {
    const reason = await signature.refusal(headers, rawBody);
    if (reason !== null) count('unknown', 'refused');
    return reason;
  },
});

export const countingRecorder = (recorder: WebhookRecorder, count: CountWebhook): WebhookRecorder => ({
  async record(event) {
    await recorder.record(event);
    count(typeOf(event), 'recorded');
  },
});

export const countingLog =
  (record: WebhookEventStore['record'], count: CountWebhook): WebhookEventStore['record'] =>
  async (events) => {
    const news = await record(events);
    for (const event of events) if (news.includes(event.id)) count(typeOf(event), 'caught_up');
    return news;
  };

export const countingProcessing = (processing: EventProcessing, count: CountWebhook): EventProcessing => ({
  async begin(events) {
    const followUp = await processing.begin(events);
    return async (event) => {
      try {
        const outcome = await followUp(event);
        if (outcome !== 'given_up') count(typeOf(event), outcome);
        return outcome;
      } catch (error) {
        count(typeOf(event), 'postponed');
        throw error;
      }
    };
  },
});
