import type { z } from 'zod';
import type {
  ZodOpenApiComponentsObject,
  ZodOpenApiOperationObject,
  ZodOpenApiParameterObject,
} from 'zod-openapi';
import type { Scope } from '../identity/clients/apiClient.js';
import { english as t } from '../words/dictionary.js';
import { problemAnswer } from './apiSchemas.js';

/** What operations are grouped by, in their order. */
export const tags = ['users', 'onboarding', 'client', 'webhooks'] as const;

/** With what status a request may be refused. */
const statuses = [400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 502, 503, 504] as const;
export type ProblemStatus = (typeof statuses)[number];

/** By what each operation is known, to clients too. */
export type OperationId =
  | 'readUserConnections'
  | 'inviteUser'
  | 'eraseUser'
  | 'listOnboardingSessions'
  | 'createOnboardingSession'
  | 'readOnboardingSession'
  | 'cancelOnboardingSession'
  | 'confirmOnboardingSession'
  | 'listConnections'
  | 'readOwnClient'
  | 'readResultKeys'
  | 'readDescription';

/** One thing that can be asked. */
export interface Described {
  readonly id: OperationId;
  readonly tag: Exclude<(typeof tags)[number], 'webhooks'>;
  readonly summary: string;
  /** `client` for any client, `anybody` without a key. */
  readonly scope: Scope | 'client' | 'anybody';
  readonly parameters?: readonly ZodOpenApiParameterObject[];
  readonly body?: { readonly schema: z.ZodType; readonly required: boolean };
  /** By the status of the answer. */
  readonly answers: Readonly<Record<number, z.ZodType>>;
  /** Besides those of every request with a key. */
  readonly problems?: readonly ProblemStatus[];
}

const toHeader = (name: string) => ({ $ref: `#/components/headers/${name}` });
const toProblem = (status: number) => ({ $ref: `#/components/responses/Problem${status}` });

const always = { 'X-Request-Id': toHeader('RequestId') };
const withKey = {
  ...always,
  RateLimit: toHeader('RateLimit'),
  'RateLimit-Policy': toHeader('RateLimitPolicy'),
};

const headersOf: Partial<Record<ProblemStatus, Readonly<Record<string, { $ref: string }>>>> = {
  401: { ...always, 'WWW-Authenticate': toHeader('Challenge') },
  // Perhaps before the client was known.
  500: always,
  503: always,
  429: { ...withKey, 'Retry-After': toHeader('RetryAfter') },
};

/** What any request with a key may be refused with, and one whose client needs a scope. */
const problemsWithKey: readonly ProblemStatus[] = [401, 429, 500, 503];
const problemsWithScope: readonly ProblemStatus[] = [...problemsWithKey, 403];

const header = (description: string, type: 'string' | 'integer') => ({ description, schema: { type } });

/** What operations refer to. */
export const components: ZodOpenApiComponentsObject = {
  securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: t('api.docs.key') } },
  schemas: { Problem: problemAnswer },
  headers: {
    RateLimit: header(t('api.docs.headers.rateLimit'), 'string'),
    RateLimitPolicy: header(t('api.docs.headers.rateLimitPolicy'), 'string'),
    RetryAfter: header(t('api.docs.headers.retryAfter'), 'integer'),
    RequestId: header(t('api.docs.headers.requestId'), 'string'),
    Challenge: header(t('api.docs.headers.challenge'), 'string'),
  },
  responses: Object.fromEntries(
    statuses.map((status) => [
      `Problem${status}`,
      {
        description: t(`api.docs.statuses.${status}`),
        headers: headersOf[status] ?? withKey,
        content: { 'application/problem+json': { schema: problemAnswer } },
      },
    ]),
  ),
};

/** An operation, with what any request of its kind may be refused with. */
export function operation(described: Described): ZodOpenApiOperationObject {
  const { id, tag, summary, scope, parameters = [], body, answers, problems = [] } = described;
  const open = scope === 'anybody';
  const general = scope === 'client' ? problemsWithKey : problemsWithScope;
  const refused = [...new Set([...(open ? [] : general), ...problems])].sort((a, b) => a - b);
  const answered = Object.entries(answers).map(([status, schema]) => [
    status,
    {
      description: summary,
      headers: open ? always : withKey,
      content: { 'application/json': { schema } },
    },
  ]);
  return {
    operationId: id,
    tags: [t(`api.docs.tags.${tag}`)],
    summary,
    description: t(`api.docs.operationsAbout.${id}`),
    security: open ? [] : [{ apiKey: [] }],
    // A key of HTTP has no scopes in OpenAPI; those of OAuth mean another thing.
    ...(open || scope === 'client' ? {} : { 'x-scope': scope }),
    parameters: [...parameters],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: body.required,
            content: { 'application/json': { schema: body.schema } },
          },
        }),
    responses: Object.fromEntries([...answered, ...refused.map((status) => [status, toProblem(status)])]),
  };
}
