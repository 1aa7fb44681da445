import { z } from 'zod';
import { apiRoutes as routes } from '../paths.js';
import { en } from '../web/texts.js';
import {
  confirmBody,
  confirmedAnswer,
  createBody,
  createdAnswer,
  problemAnswer,
  sessionAnswer,
} from './apiSchemas.js';

const words = en.onboardingApi.operations;

/** `/a/:id` → `/a/{id}` */
const template = (route: string) => route.replace(/:(\w+)/g, '{$1}');

/** @param io `input` for what is sent to us, where defaults may be left out */
function schemaOf(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}

const problem = {
  description: words.problem,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

interface Operation {
  readonly summary: string;
  readonly parameters?: readonly object[];
  readonly body?: z.ZodType;
  readonly status: number;
  readonly answer: z.ZodType;
}

const operation = ({ summary, parameters = [], body, status, answer }: Operation) => ({
  summary,
  parameters,
  ...(body === undefined
    ? {}
    : {
        requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } },
      }),
  responses: {
    [status]: {
      description: summary,
      content: { 'application/json': { schema: schemaOf(answer, 'output') } },
    },
    default: problem,
  },
});

const idParameter = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };
const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: words.idempotencyKey,
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

/**
 * The OpenAPI 3.1 description of the API, made of the schemas that requests are checked with.
 * @param publicUrl the origin that browsers see
 */
export const openApiDocument = (publicUrl: string, title: string) => ({
  openapi: '3.1.0',
  info: { title, version: '1' },
  servers: [{ url: publicUrl }],
  security: [{ apiKey: [] }],
  paths: {
    [routes.onboardingSessions]: {
      post: operation({
        summary: words.create,
        parameters: [idempotencyKey],
        body: createBody,
        status: 201,
        answer: createdAnswer,
      }),
    },
    [template(routes.onboardingSession)]: {
      parameters: [idParameter],
      get: operation({ summary: words.read, status: 200, answer: sessionAnswer }),
      delete: operation({ summary: words.cancel, status: 200, answer: sessionAnswer }),
    },
    [template(routes.confirmOnboarding)]: {
      parameters: [idParameter],
      post: operation({ summary: words.confirm, body: confirmBody, status: 200, answer: confirmedAnswer }),
    },
  },
  components: {
    securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } },
    schemas: { Problem: schemaOf(problemAnswer, 'output') },
  },
});
