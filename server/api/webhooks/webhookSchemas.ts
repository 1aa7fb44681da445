import { z } from 'zod';
import { accountStates } from '../../accounts/states.js';
import { onboardingStatuses } from '../../onboarding/onboardingSession.js';
import { type ClientEventType, clientEventTypes } from '../../store/clientEventStore.js';
import { english as t } from '../../words/dictionary.js';
import {
  connectionName,
  connectionOutcome,
  exampleIdentifier,
  exampleSessionId,
  metadata,
  time,
} from '../apiSchemas.js';

/** What other apps are told looks like: `connection.active` and the rest, by their types. */

const identifier = z
  .string()
  .meta({ description: t('api.webhooks.about.identifier'), examples: [exampleIdentifier] });

const bodyOf = <Type extends string, Data extends z.ZodType>(type: Type, data: Data) =>
  z.strictObject({
    type: z.literal(type),
    timestamp: time.meta({ description: t('api.webhooks.about.timestamp') }),
    sequence: z.int().meta({ description: t('api.webhooks.about.sequence'), examples: [1_773_324_125_000] }),
    data,
  });

const connectionData = (state: (typeof accountStates)[number]) =>
  z.strictObject({
    identifier,
    connection: connectionName.meta({ description: t('api.webhooks.about.connection') }),
    state: z.enum(accountStates).meta({ description: t('api.webhooks.about.state'), examples: [state] }),
    since: time.meta({ description: t('api.webhooks.about.since') }),
  });

const onboardingData = (status: (typeof onboardingStatuses)[number]) =>
  z.strictObject({
    identifier,
    session_id: z.string().meta({ examples: [exampleSessionId] }),
    status: z.enum(onboardingStatuses).meta({
      description: t('api.webhooks.about.status'),
      examples: [status],
    }),
    connections: z
      .array(connectionOutcome)
      .nullable()
      .meta({ description: t('api.webhooks.about.connections') }),
    metadata,
  });

/** The body of each type. */
export const webhookBodies = {
  'connection.active': bodyOf('connection.active', connectionData('active')),
  'connection.needs_user': bodyOf('connection.needs_user', connectionData('expired')),
  'connection.disconnected': bodyOf('connection.disconnected', connectionData('disconnected')),
  'onboarding.completed': bodyOf('onboarding.completed', onboardingData('complete')),
  'onboarding.ended': bodyOf('onboarding.ended', onboardingData('cancelled')),
  'user.erased': bodyOf('user.erased', z.strictObject({ identifier })),
} as const satisfies Record<ClientEventType, z.ZodType>;

const signed = (name: string, description: string, example: string) => ({
  name,
  in: 'header' as const,
  required: true,
  description,
  schema: { type: 'string' as const },
  example,
});

const operationIds: Readonly<Record<ClientEventType, string>> = {
  'connection.active': 'connectionActive',
  'connection.needs_user': 'connectionNeedsUser',
  'connection.disconnected': 'connectionDisconnected',
  'onboarding.completed': 'onboardingCompleted',
  'onboarding.ended': 'onboardingEnded',
  'user.erased': 'userErased',
};

/** The webhooks of the API's description. */
export const describedWebhooks = Object.fromEntries(
  clientEventTypes.map((type) => [
    type,
    {
      post: {
        operationId: operationIds[type],
        tags: [t('api.docs.tags.webhooks')],
        summary: t(`api.webhooks.types.${type}`),
        description: t('api.webhooks.description'),
        // A signature shows who sends it, and no key.
        security: [],
        parameters: [
          signed('webhook-id', t('api.webhooks.headers.id'), 'evt_0f3c9a51d2b8'),
          signed('webhook-timestamp', t('api.webhooks.headers.timestamp'), '1773324125'),
          signed('webhook-signature', t('api.webhooks.headers.signature'), 'v1,BASE64=='),
        ],
        requestBody: {
          required: true,
          content: { 'application/json': { schema: webhookBodies[type] } },
        },
        responses: { '2XX': { description: t('api.webhooks.taken') } },
      },
    },
  ]),
);
