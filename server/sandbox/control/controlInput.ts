import { z } from 'zod';
import { connectionTypes } from '../connectionTypes.js';
import { accountStatuses, verificationModes } from '../model.js';
import { callNames } from '../rpc/calls.js';
import { webhookTypes } from '../webhooks/webhookEvents.js';
import { checkTarget } from '../webhooks/webhookSender.js';
import { faultErrors, proxyAnswers } from './faults.js';

/** What the control's API and page accept. Times are milliseconds. */

const milliseconds = z.coerce
  .number()
  .int()
  .min(0)
  .max(24 * 60 * 60_000);
const positiveMilliseconds = milliseconds.min(1);
const name = z.string().regex(/^[a-zA-Z0-9_: -]{1,400}$/, 'is not a connection name');
const identifier = z.string().min(1).max(100);

export const accountKey = z.strictObject({ connectionName: name, identifier });

export const accountInput = z.strictObject({
  connectionName: name,
  identifier,
  status: z.enum(accountStatuses),
  providerAccount: z.string().min(1).max(200).optional(),
});

export const accountsQuery = z.object({
  search: z.string().max(100).default(''),
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

export const connectionInput = z.strictObject({
  name,
  provider: z.string().min(1).max(50).optional(),
  type: z.enum(connectionTypes).optional(),
  title: z.string().min(1).max(100).optional(),
  scopes: z.array(z.string().max(200)).max(50).optional(),
  enabled: z.boolean().optional(),
  configured: z.boolean().optional(),
});

export const settingsInput = z.strictObject({
  verification: z.enum(verificationModes).optional(),
  linkLifetimeMs: positiveMilliseconds.optional(),
  slowProviderMs: milliseconds.optional(),
  linkMakesAccount: z.boolean().optional(),
});

export const faultInput = z
  .strictObject({
    method: z.enum(callNames).optional(),
    latencyMs: milliseconds.optional(),
    error: z.enum(faultErrors).optional(),
    answer: z.enum(proxyAnswers).optional(),
    lostAnswer: z.boolean().optional(),
    times: z.coerce.number().int().min(1).max(1_000_000).optional(),
  })
  .refine(({ latencyMs, error, answer, lostAnswer }) => latencyMs || error || answer || lostAnswer, {
    error: 'name a latency, an error, an answer of the provider or a lost answer',
  })
  .refine(({ method, answer }) => answer === undefined || method === 'proxy', {
    error: 'only the proxy hands on what a provider answers',
    path: ['answer'],
  });

export const consentFaultInput = z.strictObject({
  connectionName: name.optional(),
  error: z.string().min(1).max(200),
  description: z.string().max(2000).default(''),
  withoutState: z.boolean().optional(),
  times: z.coerce.number().int().min(1).max(1_000_000).optional(),
});

export const webhookInput = z
  .strictObject({ url: z.string().max(300), secret: z.string().max(300) })
  .transform((target, context) => {
    try {
      return checkTarget(target);
    } catch (error) {
      context.addIssue(error instanceof Error ? error.message : 'is not accepted');
      return z.NEVER;
    }
  });

export const webhookFaultInput = z
  .strictObject({
    type: z.enum(webhookTypes).optional(),
    repeat: z.coerce.number().int().min(1).max(100).optional(),
    reverse: z.coerce.number().int().min(2).max(100).optional(),
    delayMs: milliseconds.optional(),
    drop: z.boolean().optional(),
    withoutConnectionName: z.boolean().optional(),
    times: z.coerce.number().int().min(1).max(1_000_000).optional(),
  })
  .refine(
    (fault) => fault.repeat || fault.reverse || fault.delayMs || fault.drop || fault.withoutConnectionName,
    {
      error: 'name a repeat, an order, a delay, a loss or a missing name',
    },
  );

export const emitInput = z.strictObject({
  type: z.enum(webhookTypes),
  connectionName: name,
  identifier,
});

export const eventLogInput = z.strictObject({
  nestedData: z.boolean().optional(),
  ownIds: z.boolean().optional(),
});

/** The latest time that a `Date` can have, in epoch milliseconds. */
const latestTime = 8.64e15;

/** `before` is in epoch milliseconds. */
export const forgetEventsInput = z.strictObject({ before: z.coerce.number().int().min(0).max(latestTime) });
