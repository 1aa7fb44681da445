import { z } from 'zod';
import { accountStates } from '../accounts/states.js';
import { invitationOutcomes } from '../notify/invitations.js';
import { english as t } from '../words/dictionary.js';
import { time } from './apiSchemas.js';

/** What requests and answers about users look like; as in `apiSchemas.ts`. */

const connectionAnswer = z.object({
  name: z.string(),
  state: z.enum(accountStates).meta({ description: t('api.users.about.state') }),
  not_ready_reason: z
    .enum(['unverified_activation'])
    .nullable()
    .meta({ description: t('api.users.about.notReadyReason') }),
  since: time.nullable().meta({ description: t('api.users.about.since') }),
  connected_as: z
    .string()
    .nullable()
    .meta({ description: t('api.users.about.connectedAs') }),
  connect_url: z
    .string()
    .nullable()
    .meta({ description: t('api.users.about.connectUrl') }),
});

export const statusAnswer = z.object({
  identifier: z.string(),
  ready: z.boolean().meta({ description: t('api.users.about.ready') }),
  as_of: time.meta({ description: t('api.users.about.asOf') }),
  stale: z.boolean().meta({ description: t('api.users.about.stale') }),
  stale_reason: z
    .string()
    .nullable()
    .meta({ description: t('api.users.about.staleReason') }),
  connections: z.array(connectionAnswer),
});

export const invitationBody = z.strictObject({
  address: z
    .string()
    .nullish()
    .meta({ maxLength: 254, description: t('api.users.about.address') }),
});

export const invitationAnswer = z.object({
  outcome: z.enum(invitationOutcomes).meta({ description: t('api.users.about.outcome') }),
  detail: z.string().meta({ description: t('api.users.about.detail') }),
});

export const erasureAnswer = z.object({
  disconnected: z.array(z.string()).meta({ description: t('api.users.about.disconnected') }),
  flows_cancelled: z.int().meta({ description: t('api.users.about.flowsCancelled') }),
  sessions_ended: z.int().meta({ description: t('api.users.about.sessionsEnded') }),
  erased: z.record(z.string(), z.int()).meta({ description: t('api.users.about.erased') }),
});

export type StatusAnswer = z.output<typeof statusAnswer>;
export type InvitationAnswer = z.output<typeof invitationAnswer>;
export type ErasureAnswer = z.output<typeof erasureAnswer>;
