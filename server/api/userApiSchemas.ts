import { z } from 'zod';
import { accountStates } from '../accounts/states.js';
import { invitationOutcomes } from '../notify/invitations.js';
import { english as t } from '../words/dictionary.js';
import { connectionName, exampleIdentifier, time } from './apiSchemas.js';

/** What requests and answers about users look like; as in `apiSchemas.ts`. */

const connectionAnswer = z
  .object({
    name: connectionName,
    state: z.enum(accountStates).meta({ description: t('api.users.about.state'), examples: ['active'] }),
    not_ready_reason: z
      .enum(['unverified_activation'])
      .nullable()
      .meta({ description: t('api.users.about.notReadyReason'), examples: [null] }),
    since: time.nullable().meta({ description: t('api.users.about.since') }),
    connected_as: z
      .string()
      .nullable()
      .meta({ description: t('api.users.about.connectedAs'), examples: ['ada@gmail.com'] }),
    connect_url: z
      .string()
      .nullable()
      .meta({ description: t('api.users.about.connectUrl'), examples: [null] }),
  })
  .meta({ id: 'UserConnection' });

export const statusAnswer = z
  .object({
    identifier: z.string().meta({ examples: [exampleIdentifier] }),
    ready: z.boolean().meta({ description: t('api.users.about.ready'), examples: [true] }),
    as_of: time.meta({ description: t('api.users.about.asOf') }),
    stale: z.boolean().meta({ description: t('api.users.about.stale'), examples: [false] }),
    stale_reason: z
      .string()
      .nullable()
      .meta({ description: t('api.users.about.staleReason'), examples: [null] }),
    connections: z.array(connectionAnswer),
  })
  .meta({ id: 'UserConnections' });

export const invitationBody = z
  .strictObject({
    address: z
      .string()
      .nullish()
      .meta({ maxLength: 254, description: t('api.users.about.address'), examples: ['ada@example.com'] }),
  })
  .meta({ id: 'Invitation' });

export const invitationAnswer = z
  .object({
    outcome: z.enum(invitationOutcomes).meta({ description: t('api.users.about.outcome') }),
    detail: z.string().meta({
      description: t('api.users.about.detail'),
      examples: [t('api.users.outcomes.queued')],
    }),
  })
  .meta({ id: 'InvitationOutcome' });

export const erasureAnswer = z
  .object({
    disconnected: z
      .array(z.string())
      .meta({ description: t('api.users.about.disconnected'), examples: [['gmail']] }),
    flows_cancelled: z.int().meta({ description: t('api.users.about.flowsCancelled'), examples: [0] }),
    sessions_ended: z.int().meta({ description: t('api.users.about.sessionsEnded'), examples: [1] }),
    erased: z
      .record(z.string(), z.int())
      .meta({ description: t('api.users.about.erased'), examples: [{ users: 1, auditEvents: 12 }] }),
  })
  .meta({ id: 'Erasure' });

export type StatusAnswer = z.output<typeof statusAnswer>;
export type InvitationAnswer = z.output<typeof invitationAnswer>;
export type ErasureAnswer = z.output<typeof erasureAnswer>;
