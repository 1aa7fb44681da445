import type { ClientWebhook, Delivery, DeliveryState } from '../../api/webhooks/clientWebhookStore.js';
import type { WebhookUrlFault } from '../../api/webhooks/clientWebhooks.js';
import { type Posted, type PostFault, postFaults } from '../../api/webhooks/webhookPost.js';
import type { NewestFirst } from '../../http/pageKey.js';
import type { ApiClient } from '../../identity/clients/apiClient.js';
import { inOneLine } from '../../kernel/plainText.js';
import { adminPaths } from '../../paths.js';
import { momentOf, numberText } from '../../words/formats.js';
import type { Said, Translate } from '../../words/words.js';
import type { AdminNotice } from '../adminNotice.js';
import type { ConfirmPage } from '../confirmPage.js';
import { overlapHours } from './clientPage.js';

/** What was typed for an address, and why it can't be one. */
export interface TypedUrl {
  readonly typed: string;
  readonly fault: WebhookUrlFault;
}

export const urlFaultText = (t: Translate, fault: WebhookUrlFault): string =>
  fault === 'forbidden_address'
    ? t('adminClients.webhook.forbidden')
    : t('adminClients.webhook.urlFault', { fault: t(`adminClients.settingsFaults.urlFaults.${fault}`) });

const isFault = (text: string): text is PostFault => (postFaults as readonly string[]).includes(text);

/** Why a delivery was not taken, in words. @param code as it is stored: a fault, and the status of the answer if there was one */
export function faultText(t: Translate, code: string): string {
  const [fault = '', status] = code.split(' ');
  if (!isFault(fault)) return inOneLine(code);
  return t(`adminClients.webhook.faults.${fault}`, { status: status ?? '' });
}

/** What came of a test event, for the next page. */
export function testNotice(t: Translate, posted: Posted): AdminNotice {
  if (posted.taken)
    return { tone: 'active', sentence: t('adminClients.webhook.tested', { status: posted.status }) };
  const reason = faultText(t, `${posted.fault} ${posted.status ?? ''}`.trim());
  return { tone: 'attention', sentence: t('adminClients.webhook.notTested', { reason }) };
}

function standingOf(t: Translate, { offAt, failingSince }: ClientWebhook): { tone: string; said: Said } {
  if (offAt !== null)
    return {
      tone: 'broken',
      said: t.parts('adminClients.webhook.standings.off', { time: momentOf(t, offAt) }),
    };
  if (failingSince !== null) {
    const time = momentOf(t, failingSince);
    return { tone: 'attention', said: t.parts('adminClients.webhook.standings.failing', { time }) };
  }
  return { tone: 'active', said: [t('adminClients.webhook.standings.on')] };
}

/** What the page of a client says of its webhooks. */
export function webhookFacts(
  t: Translate,
  { id }: ApiClient,
  webhook: ClientWebhook | null,
  wrong: TypedUrl | null = null,
  now = Date.now(),
) {
  const both = webhook !== null && webhook.oldSecret !== null && (webhook.oldUntil ?? 0) > now;
  return {
    url: wrong?.typed ?? webhook?.url ?? '',
    fault: wrong === null ? null : urlFaultText(t, wrong.fault),
    postUrl: adminPaths.clientWebhook(id),
    set:
      webhook === null
        ? null
        : {
            standing: standingOf(t, webhook),
            both: both
              ? t.parts('adminClients.webhook.both', { time: momentOf(t, webhook.oldUntil ?? 0) })
              : null,
            isOff: webhook.offAt !== null,
            testUrl: adminPaths.testClientWebhook(id),
            turnOnUrl: adminPaths.turnOnClientWebhook(id),
            rotateUrl: adminPaths.rotateClientWebhook(id),
            removeUrl: adminPaths.removeClientWebhook(id),
            deliveriesUrl: adminPaths.clientDeliveries(id),
          },
  };
}

/** Asks before a client gets a new webhook secret. */
export const rotateWebhookPage = (t: Translate, { id, name }: ApiClient): ConfirmPage => ({
  current: 'clients',
  heading: t('adminClients.webhook.rotate.heading', { name }),
  facts: [],
  sentences: t.lines('adminClients.webhook.rotate.sentences'),
  form: {
    postUrl: adminPaths.rotateClientWebhook(id),
    label: t('adminClients.webhook.rotate.action'),
    danger: false,
    field: {
      kind: 'choice',
      name: 'overlap',
      label: t('adminClients.webhook.rotate.overlap'),
      options: overlapHours.map((hours) => ({
        value: hours,
        label: t(`adminClients.webhook.rotate.overlaps.${hours}`),
      })),
    },
  },
  sample: null,
  back: { label: name, url: adminPaths.client(id) },
});

/** Asks before a client is told of nothing any more. */
export const removeWebhookPage = (t: Translate, { id, name }: ApiClient): ConfirmPage => ({
  current: 'clients',
  heading: t('adminClients.webhook.remove.heading', { name }),
  facts: [],
  sentences: t.lines('adminClients.webhook.remove.sentences'),
  form: {
    postUrl: adminPaths.removeClientWebhook(id),
    label: t('adminClients.webhook.remove.action'),
    danger: true,
  },
  sample: null,
  back: { label: name, url: adminPaths.client(id) },
});

export const deliveryStates = ['waiting', 'delivered', 'failed'] as const satisfies readonly DeliveryState[];

const tones = { waiting: 'attention', delivered: 'active', failed: 'broken' } as const;

function deliveryStanding(t: Translate, delivery: Delivery, isOff: boolean): Said {
  const { state, tries, lastError, deliveredAt, failedAt, nextTryAt } = delivery;
  const reason = lastError === null ? '' : faultText(t, lastError);
  switch (state) {
    case 'delivered':
      return t.parts('adminClients.deliveries.standing.delivered', { time: momentOf(t, deliveredAt ?? 0) });
    case 'failed':
      return t.parts('adminClients.deliveries.standing.failed', {
        time: momentOf(t, failedAt ?? 0),
        tries,
        reason,
      });
    case 'waiting': {
      if (isOff) return [t('adminClients.deliveries.standing.off')];
      const time = momentOf(t, Math.max(nextTryAt, Date.now()));
      return lastError === null
        ? [t('adminClients.deliveries.standing.due')]
        : t.parts('adminClients.deliveries.standing.retry', { time, tries, reason });
    }
  }
}

export interface DeliveriesFacts {
  readonly client: ApiClient;
  readonly webhook: ClientWebhook | null;
  readonly choice: DeliveryState | null;
  readonly page: NewestFirst<Delivery>;
  readonly counts: { readonly waiting: number; readonly failed: number };
}

/** What `pages/admin/deliveries` is rendered with. */
export function deliveriesPage(t: Translate, { client, webhook, choice, page, counts }: DeliveriesFacts) {
  const { id } = client;
  const isOff = webhook !== null && webhook.offAt !== null;
  const countOf = (state: DeliveryState) => (state === 'delivered' ? null : numberText(t, counts[state]));
  return {
    heading: t('adminClients.deliveries.heading', { name: client.name }),
    clientUrl: adminPaths.client(id),
    tabs: [
      {
        label: t('adminClients.deliveries.states.all'),
        count: null,
        url: adminPaths.clientDeliveries(id),
        isCurrent: choice === null,
      },
      ...deliveryStates.map((state) => ({
        label: t(`adminClients.deliveries.states.${state}`),
        count: countOf(state),
        url: adminPaths.clientDeliveries(id, state),
        isCurrent: choice === state,
      })),
    ],
    rows: page.rows.map((delivery) => ({
      id: delivery.id,
      time: momentOf(t, delivery.createdAt),
      type: delivery.type,
      connection: delivery.connectionName === null ? null : inOneLine(delivery.connectionName),
      identifier: delivery.identifier === null ? null : inOneLine(delivery.identifier),
      userUrl: delivery.identifier === null ? null : adminPaths.user(delivery.identifier),
      tone: tones[delivery.state],
      state: t(`adminClients.deliveries.states.${delivery.state}`),
      standing: deliveryStanding(t, delivery, isOff),
      againUrl:
        delivery.payload === null || delivery.state === 'waiting'
          ? null
          : adminPaths.sendDeliveryAgain(id, delivery.id),
    })),
    newestUrl: page.isNewest ? null : adminPaths.clientDeliveries(id, choice),
    olderUrl: page.older === null ? null : adminPaths.clientDeliveries(id, choice, page.older),
  };
}
