import { z } from 'zod';
import { accountStates } from '../accounts/states.js';
import { invitationOutcomes } from '../notify/invitations.js';
import { en } from '../words/texts.js';
import { time } from './apiSchemas.js';

/** What requests and answers about users look like; as in `apiSchemas.ts`. */

const { about } = en.userApi;

const connectionAnswer = z.object({
  name: z.string(),
  state: z.enum(accountStates).meta({ description: about.state }),
  not_ready_reason: z.enum(['unverified_activation']).nullable().meta({ description: about.notReadyReason }),
  since: time.nullable().meta({ description: about.since }),
  connect_url: z.string().nullable().meta({ description: about.connectUrl }),
});

export const statusAnswer = z.object({
  identifier: z.string(),
  ready: z.boolean().meta({ description: about.ready }),
  as_of: time.meta({ description: about.asOf }),
  stale: z.boolean().meta({ description: about.stale }),
  stale_reason: z.string().nullable().meta({ description: about.staleReason }),
  connections: z.array(connectionAnswer),
});

export const invitationBody = z.strictObject({
  address: z.string().nullish().meta({ maxLength: 254, description: about.address }),
});

export const invitationAnswer = z.object({
  outcome: z.enum(invitationOutcomes).meta({ description: about.outcome }),
  detail: z.string().meta({ description: about.detail }),
});

export const erasureAnswer = z.object({
  disconnected: z.array(z.string()).meta({ description: about.disconnected }),
  flows_cancelled: z.int().meta({ description: about.flowsCancelled }),
  sessions_ended: z.int().meta({ description: about.sessionsEnded }),
  erased: z.record(z.string(), z.int()).meta({ description: about.erased }),
});

export type StatusAnswer = z.output<typeof statusAnswer>;
export type InvitationAnswer = z.output<typeof invitationAnswer>;
export type ErasureAnswer = z.output<typeof erasureAnswer>;
