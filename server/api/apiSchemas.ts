import { z } from 'zod';
import { failureCodes } from '../accounts/flow/failureCodes.js';
import { scopes, userChecks } from '../identity/clients/apiClient.js';
import { urlMaxLength } from '../identity/clients/registeredUrls.js';
import { identifierMaxLength } from '../kernel/identifier.js';
import {
  longestOpenMinutes,
  onboardingStatuses,
  onceOpenMinutes,
  outcomeKinds,
} from '../onboarding/onboardingSession.js';
import { fieldCodes } from '../onboarding/refusals.js';
import { english as t } from '../words/dictionary.js';
import { problemCodes } from './problemCodes.js';

/**
 * What requests and answers about onboardings look like. Requests are checked with these very schemas, and the
 * OpenAPI description is made of them. What depends on the client or on what there is here is checked after that.
 */

export const exampleIdentifier = 'ada@example.com';
export const exampleSessionId = 'obs_7c0f2d9a4b';

const address = z.string().max(urlMaxLength);

/** Text that comes back as it is, in an address and from every database. */
const wholeText = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .refine((value) => !/[\p{Cc}\p{Cs}]/u.test(value), t('api.onboarding.fields.invisible'));

/** BCP 47: well-formed, whether or not the app speaks it. */
function isLanguageTag(value: string): boolean {
  try {
    return Intl.getCanonicalLocales(value).length === 1;
  } catch {
    return false;
  }
}

const metadataPairs = 20;
/** As JSON: it comes back in an address. */
const metadataMaxLength = 2000;

/** The other app's own pairs. */
export const metadata = z
  .record(z.string().regex(/^[\w.-]{1,40}$/, t('api.onboarding.fields.metadataName')), wholeText(200))
  .meta({
    description: t('api.onboarding.about.metadata'),
    examples: [{ workspace: 'w_42', plan: 'team' }],
    maxProperties: metadataPairs,
  });

const isShortMetadata = (pairs: Readonly<Record<string, string>>) =>
  Object.keys(pairs).length <= metadataPairs && JSON.stringify(pairs).length <= metadataMaxLength;

/** Its own rules say more than a schema can: `identity/identifier.ts`. */
const identifier = z
  .string()
  .meta({ minLength: 1, maxLength: identifierMaxLength, examples: [exampleIdentifier] });

const askedConnection = z
  .strictObject(
    {
      name: z
        .string()
        .min(1)
        .max(400)
        .meta({ description: t('api.onboarding.about.connectionName'), examples: ['gmail'] }),
      required: z
        .boolean()
        .default(true)
        .meta({ description: t('api.onboarding.about.required') }),
    },
    {
      error: ({ code }) =>
        code === 'invalid_type'
          ? t('api.onboarding.fields.connectionShape', { example: '{"name": "gmail", "required": true}' })
          : undefined,
    },
  )
  .meta({ id: 'AskedConnection' });

export const createBody = z
  .strictObject({
    identifier: identifier.meta({ description: t('api.onboarding.about.identifier') }),
    display_name: z
      .string()
      .max(200)
      .nullish()
      .meta({ description: t('api.onboarding.about.displayName'), examples: ['Ada Lovelace'] }),
    connections: z
      .array(askedConnection)
      .min(1)
      .max(20)
      .meta({ description: t('api.onboarding.about.connections') }),
    return_url: address.meta({
      description: t('api.onboarding.about.returnUrl'),
      examples: ['https://acme.example/back'],
    }),
    confirm_url: address.nullish().meta({
      description: t('api.onboarding.about.confirmUrl'),
      examples: ['https://acme.example/confirm'],
    }),
    refresh_url: address
      .nullish()
      .meta({ description: t('api.onboarding.about.refreshUrl'), examples: [null] }),
    state: wholeText(512)
      .nullish()
      .meta({ description: t('api.onboarding.about.state'), examples: ['f3Xk9b2Qw7'] }),
    user_check: z
      .enum(userChecks)
      .default('confirm')
      .meta({ description: t('api.onboarding.about.userCheck') }),
    locale: z
      .string()
      .max(35)
      .refine(isLanguageTag, t('api.onboarding.fields.locale'))
      .nullish()
      .meta({ description: t('api.onboarding.about.locale'), examples: ['ja'] }),
    metadata: metadata.refine(isShortMetadata, t('api.onboarding.fields.metadata')).nullish(),
    open_minutes: z
      .int()
      .min(1)
      .max(longestOpenMinutes, t('api.onboarding.fields.openMinutes', { most: longestOpenMinutes }))
      .default(5)
      .meta({ description: t('api.onboarding.about.openMinutes', { once: onceOpenMinutes }) }),
  })
  .meta({ id: 'NewOnboardingSession' });

/** What a list of onboardings is asked for by. A query has texts alone. */
export const listQuery = z.strictObject({
  status: z.enum(onboardingStatuses).optional(),
  identifier: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

export const confirmBody = z
  .strictObject({
    nonce: z
      .string()
      .min(1)
      .max(200)
      .meta({ description: t('api.onboarding.about.nonce'), examples: ['Rk2vX8mQp4'] }),
    identifier: identifier.meta({ description: t('api.onboarding.about.ownIdentifier') }),
  })
  .meta({ id: 'Confirmation' });

export const time = z.string().meta({ format: 'date-time', examples: ['2026-03-12T14:02:05.000Z'] });

/** A connection in an answer. */
export const connectionName = z.string().meta({ examples: ['gmail'] });

const sessionId = z.string().meta({ examples: [exampleSessionId] });
const url = (example: string, description: string) => z.string().meta({ description, examples: [example] });

export const createdAnswer = z
  .object({
    id: sessionId,
    url: url('https://connect.example.com/onboarding/start?t=Xy3', t('api.onboarding.about.url')),
    expires_at: time.meta({ description: t('api.onboarding.about.openUntil') }),
  })
  .meta({ id: 'CreatedOnboardingSession' });

export const confirmedAnswer = z
  .object({
    continue_url: url(
      'https://connect.example.com/onboarding/continue?t=Pq7',
      t('api.onboarding.about.continueUrl'),
    ),
  })
  .meta({ id: 'Confirmed' });

/** What came of one connection. */
const outcome = z
  .strictObject({
    kind: z.enum(outcomeKinds).meta({ description: t('api.onboarding.about.outcomeKind') }),
    reason: z
      .enum(failureCodes)
      .nullable()
      .meta({ description: t('api.onboarding.about.outcomeReason'), examples: [null] }),
  })
  .meta({ id: 'Outcome' });

export const connectionOutcome = z
  .strictObject({
    name: connectionName,
    required: z.boolean().meta({ examples: [true] }),
    outcome: outcome.nullable().meta({ description: t('api.onboarding.about.outcome') }),
  })
  .meta({ id: 'ConnectionOutcome' });

export const sessionAnswer = z
  .object({
    id: sessionId,
    status: z.enum(onboardingStatuses).meta({ description: t('api.onboarding.about.status') }),
    identifier,
    connections: z.array(connectionOutcome),
    as_of: time.nullable().meta({ description: t('api.onboarding.about.asOf') }),
    user_check: z.enum(userChecks),
    state: z
      .string()
      .nullable()
      .meta({ examples: ['f3Xk9b2Qw7'] }),
    metadata,
    return_url: z.string().meta({ examples: ['https://acme.example/back'] }),
    created_at: time,
    started_at: time.nullable(),
    expires_at: time.meta({ description: t('api.onboarding.about.expiresAt') }),
    ended_at: time.nullable().meta({ examples: [null] }),
  })
  .meta({ id: 'OnboardingSession' });

export const sessionsAnswer = z
  .object({
    sessions: z.array(sessionAnswer).meta({ description: t('api.onboarding.about.sessions') }),
    next: z
      .string()
      .nullable()
      .meta({ description: t('api.onboarding.about.next'), examples: ['1773324125000.obs_7c0f2d9a4b'] }),
  })
  .meta({ id: 'OnboardingSessions' });

export const clientAnswer = z
  .object({
    id: z.string().meta({ examples: ['9b1f6c02-51f7-4c0e-8a57-6d0c1f0e2a44'] }),
    name: z.string().meta({ examples: ['Acme Assistant'] }),
    scopes: z.array(z.enum(scopes)),
  })
  .meta({ id: 'Client' });

/** RFC 7517 and 7518, 6.2; the example is that of RFC 7515, A.3. */
const resultKey = z
  .object({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: z.string().meta({ examples: ['f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU'] }),
    y: z.string().meta({ examples: ['x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0'] }),
    kid: z.string().meta({ examples: ['2026-03'] }),
    alg: z.literal('ES256'),
    use: z.literal('sig'),
  })
  .meta({ id: 'ResultKey' });

export const keysAnswer = z.object({ keys: z.array(resultKey) }).meta({ id: 'ResultKeys' });

export const descriptionAnswer = z.looseObject({ openapi: z.literal('3.1.0') });

/** RFC 9457. */
export const problemAnswer = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: t('api.onboarding.about.detail') }),
    code: z.enum(problemCodes).meta({ description: t('api.onboarding.about.code') }),
    reference: z.string().meta({ description: t('api.onboarding.about.reference') }),
    errors: z
      .array(z.object({ field: z.string(), code: z.enum(fieldCodes), detail: z.string() }))
      .optional()
      .meta({ description: t('api.onboarding.about.errors') }),
  })
  .meta({ id: 'Problem' });

export type SessionAnswer = z.output<typeof sessionAnswer>;
export type SessionsAnswer = z.output<typeof sessionsAnswer>;
export type CreatedAnswer = z.output<typeof createdAnswer>;
