import { z } from 'zod';
import type { Scope } from '../identity/clients/apiClient.js';
import { english as t } from '../words/dictionary.js';
import { problemAnswer } from './apiSchemas.js';
import type { ApiResponse, JsonSchema, Operation, Parameter, Reference } from './openApiTypes.js';

/** What operations are grouped by, in their order. */
export const tags = ['users', 'onboarding', 'client'] as const;

/** With what status a request may be refused. */
const statuses = [400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 502, 503, 504] as const;
export type ProblemStatus = (typeof statuses)[number];

/** One thing that can be asked. */
export interface Described {
  readonly id: string;
  readonly tag: (typeof tags)[number];
  readonly summary: string;
  /** `client` for any client, `anybody` without a key. */
  readonly scope: Scope | 'client' | 'anybody';
  readonly parameters?: readonly Parameter[];
  readonly body?: { readonly schema: z.ZodType; readonly required: boolean };
  /** By the status of the answer. */
  readonly answers: Readonly<Record<number, z.ZodType>>;
  /** Besides those of every request with a key. */
  readonly problems?: readonly ProblemStatus[];
}

/** @param io `input` for what is sent to us, where defaults may be left out */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest as JsonSchema;
}

const toHeader = (name: string): Reference => ({ $ref: `#/components/headers/${name}` });
const toProblem = (status: number): Reference => ({ $ref: `#/components/responses/Problem${status}` });

const always = { 'X-Request-Id': toHeader('RequestId') };
const withKey = {
  ...always,
  RateLimit: toHeader('RateLimit'),
  'RateLimit-Policy': toHeader('RateLimitPolicy'),
};

const headersOf: Partial<Record<ProblemStatus, ApiResponse['headers']>> = {
  401: { ...always, 'WWW-Authenticate': toHeader('Challenge') },
  // Perhaps before anybody knew who asks.
  500: always,
  503: always,
  429: { ...withKey, 'Retry-After': toHeader('RetryAfter') },
};

/** What any request with a key may be refused with, and one whose client needs a scope. */
const problemsWithKey: readonly ProblemStatus[] = [401, 429, 500, 503];
const problemsWithScope: readonly ProblemStatus[] = [...problemsWithKey, 403];

const header = (description: string, schema: JsonSchema) => ({ description, schema });

/** What operations refer to. */
export const components = {
  securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: t('api.docs.key') } },
  schemas: { Problem: schemaOf(problemAnswer, 'output') },
  headers: {
    RateLimit: header(t('api.docs.headers.rateLimit'), { type: 'string' }),
    RateLimitPolicy: header(t('api.docs.headers.rateLimitPolicy'), { type: 'string' }),
    RetryAfter: header(t('api.docs.headers.retryAfter'), { type: 'integer' }),
    RequestId: header(t('api.docs.headers.requestId'), { type: 'string' }),
    Challenge: header(t('api.docs.headers.challenge'), { type: 'string' }),
  },
  responses: Object.fromEntries(
    statuses.map((status): [string, ApiResponse] => [
      `Problem${status}`,
      {
        description: t(`api.docs.statuses.${status}`),
        headers: headersOf[status] ?? withKey,
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  ),
};

export function operation(described: Described): Operation {
  const { id, tag, summary, scope, parameters = [], body, answers, problems = [] } = described;
  const open = scope === 'anybody';
  const general = scope === 'client' ? problemsWithKey : problemsWithScope;
  const refused = [...new Set([...(open ? [] : general), ...problems])].sort((a, b) => a - b);
  const answered = Object.entries(answers).map(([status, schema]): [string, ApiResponse] => [
    status,
    {
      description: summary,
      headers: open ? always : withKey,
      content: { 'application/json': { schema: schemaOf(schema, 'output') } },
    },
  ]);
  return {
    operationId: id,
    tags: [t(`api.docs.tags.${tag}`)],
    summary,
    security: open ? [] : [{ apiKey: scope === 'client' ? [] : [scope] }],
    parameters,
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: body.required,
            content: { 'application/json': { schema: schemaOf(body.schema, 'input') } },
          },
        }),
    responses: Object.fromEntries([...answered, ...refused.map((status) => [status, toProblem(status)])]),
  };
}
