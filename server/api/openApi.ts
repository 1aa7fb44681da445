import { createDocument, type ZodOpenApiParameterObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { identifierMaxLength } from '../kernel/identifier.js';
import { onboardingStatuses } from '../onboarding/onboardingSession.js';
import { apiRoutes as routes } from '../paths.js';
import { english as t } from '../words/dictionary.js';
import {
  clientAnswer,
  confirmBody,
  confirmedAnswer,
  createBody,
  createdAnswer,
  descriptionAnswer,
  exampleIdentifier,
  exampleSessionId,
  keysAnswer,
  sessionAnswer,
  sessionsAnswer,
} from './apiSchemas.js';
import { connectionsAnswer } from './connectionsApiSchemas.js';
import { withExamples } from './openApiExamples.js';
import { components, type Described, operation, tags } from './openApiOperation.js';
import type { ApiDescription } from './openApiTypes.js';
import { erasureAnswer, invitationAnswer, invitationBody, statusAnswer } from './userApiSchemas.js';
import { describedWebhooks } from './webhooks/webhookSchemas.js';

/** `/a/:id` → `/a/{id}` */
const template = (route: string) => route.replace(/:(\w+)/g, '{$1}');

const inPath = (
  parameter: string,
  description: string,
  maxLength: number,
  example: string,
): ZodOpenApiParameterObject => ({
  name: parameter,
  in: 'path',
  required: true,
  description,
  example,
  schema: { type: 'string', minLength: 1, maxLength },
});

const sessionId = inPath('id', t('api.docs.id'), 400, exampleSessionId);
const userIdentifier = inPath('identifier', t('api.docs.identifier'), identifierMaxLength, exampleIdentifier);

const idempotencyKey: ZodOpenApiParameterObject = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: t('api.onboarding.operations.idempotencyKey'),
  schema: { type: 'string', minLength: 1, maxLength: 255 },
  example: '5f0c7a3e-8d2b-4c1a-9e6f-2b7d1c4a9e35',
};

const inQuery = (
  name: string,
  description: string,
  schema: {
    readonly type: 'string' | 'integer';
    readonly enum?: string[];
    readonly default?: number;
  } & Partial<Record<'minimum' | 'maximum' | 'maxLength', number>>,
  example: string | number,
): ZodOpenApiParameterObject => ({ name, in: 'query', required: false, description, schema, example });

const connectionsAsked = inQuery(
  'connections',
  t('api.users.about.connectionsAsked'),
  { type: 'string', maxLength: 8192 },
  'gmail,exa',
);

/** The answers when Scalekit does not answer, or not in time. */
const outages = [502, 503, 504] as const;

const ofUser = { tag: 'users', scope: 'users:write' } as const;
const ofSession = { tag: 'onboarding', scope: 'onboarding', parameters: [sessionId] } as const;
const forAnybody = { tag: 'client', scope: 'anybody' } as const;

const operations = {
  status: {
    ...ofUser,
    id: 'readUserConnections',
    summary: t('api.users.operations.status'),
    scope: 'status:read',
    parameters: [userIdentifier, connectionsAsked],
    answers: { 200: statusAnswer },
    problems: [400, 409, ...outages],
  },
  invite: {
    ...ofUser,
    id: 'inviteUser',
    summary: t('api.users.operations.invite'),
    parameters: [userIdentifier, inPath('name', t('api.docs.name'), 400, 'gmail'), idempotencyKey],
    body: { schema: invitationBody, required: false },
    answers: { 200: invitationAnswer, 202: invitationAnswer },
    problems: [400, 404, 409, 413, 415, 422, ...outages],
  },
  erase: {
    ...ofUser,
    id: 'eraseUser',
    summary: t('api.users.operations.erase'),
    parameters: [userIdentifier],
    answers: { 200: erasureAnswer },
    problems: [400, 409, ...outages],
  },
  list: {
    ...ofSession,
    id: 'listOnboardingSessions',
    summary: t('api.onboarding.operations.list'),
    parameters: [
      inQuery(
        'status',
        t('api.onboarding.about.listStatus'),
        { type: 'string', enum: [...onboardingStatuses] },
        'complete',
      ),
      inQuery(
        'identifier',
        t('api.onboarding.about.listIdentifier'),
        { type: 'string', maxLength: identifierMaxLength },
        exampleIdentifier,
      ),
      inQuery(
        'limit',
        t('api.onboarding.about.limit'),
        { type: 'integer', minimum: 1, maximum: 100, default: 50 },
        50,
      ),
      inQuery(
        'before',
        t('api.onboarding.about.before'),
        { type: 'string', maxLength: 100 },
        '1773324125000.obs_7c0f2d9a4b',
      ),
    ],
    answers: { 200: sessionsAnswer },
    problems: [400],
  },
  create: {
    ...ofSession,
    id: 'createOnboardingSession',
    summary: t('api.onboarding.operations.create'),
    parameters: [idempotencyKey],
    body: { schema: createBody, required: true },
    answers: { 201: createdAnswer },
    problems: [400, 409, 413, 415, 422, ...outages],
  },
  read: {
    ...ofSession,
    id: 'readOnboardingSession',
    summary: t('api.onboarding.operations.read'),
    answers: { 200: sessionAnswer },
    problems: [400, 404],
  },
  cancel: {
    ...ofSession,
    id: 'cancelOnboardingSession',
    summary: t('api.onboarding.operations.cancel'),
    answers: { 200: sessionAnswer },
    problems: [400, 404],
  },
  confirm: {
    ...ofSession,
    id: 'confirmOnboardingSession',
    summary: t('api.onboarding.operations.confirm'),
    body: { schema: confirmBody, required: true },
    answers: { 200: confirmedAnswer },
    problems: [400, 404, 409, 413, 415],
  },
  connections: {
    tag: 'client',
    scope: 'client',
    id: 'listConnections',
    summary: t('api.connections.operations.list'),
    parameters: [
      inQuery('locale', t('api.connections.about.locale'), { type: 'string', maxLength: 35 }, 'ja'),
    ],
    answers: { 200: connectionsAnswer },
    problems: [400, ...outages],
  },
  ownClient: {
    tag: 'client',
    scope: 'client',
    id: 'readOwnClient',
    summary: t('api.users.operations.ownClient'),
    answers: { 200: clientAnswer },
  },
  keys: {
    ...forAnybody,
    id: 'readResultKeys',
    summary: t('api.users.operations.resultKeys'),
    answers: { 200: keysAnswer },
    problems: [500, 503],
  },
  description: {
    ...forAnybody,
    id: 'readDescription',
    summary: t('api.users.operations.description'),
    answers: { 200: descriptionAnswer },
  },
} as const satisfies Record<string, Described>;

const paths: ZodOpenApiPathsObject = {
  [template(routes.userConnections)]: { get: operation(operations.status) },
  [template(routes.userInvitations)]: { post: operation(operations.invite) },
  [template(routes.user)]: { delete: operation(operations.erase) },
  [routes.onboardingSessions]: { get: operation(operations.list), post: operation(operations.create) },
  [template(routes.onboardingSession)]: {
    get: operation(operations.read),
    delete: operation(operations.cancel),
  },
  [template(routes.confirmOnboarding)]: { post: operation(operations.confirm) },
  [routes.connections]: { get: operation(operations.connections) },
  [routes.ownClient]: { get: operation(operations.ownClient) },
  [routes.resultKeys]: { get: operation(operations.keys) },
  [routes.openApi]: { get: operation(operations.description) },
};

/**
 * The OpenAPI 3.1 description of the API, made of the schemas that requests are checked with.
 * @param publicUrl the origin that browsers see
 */
export function openApiDocument(publicUrl: string, title: string): ApiDescription {
  const { components: made = {}, ...document } = createDocument({
    openapi: '3.1.0',
    info: { title, version: '1', description: t('api.docs.info'), contact: { name: title, url: publicUrl } },
    servers: [{ url: publicUrl }],
    externalDocs: { url: publicUrl + routes.docs },
    tags: tags.map((tag) => ({
      name: t(`api.docs.tags.${tag}`),
      description: t(`api.docs.tagsAbout.${tag}`),
    })),
    paths,
    webhooks: describedWebhooks,
    components,
  });
  const { securitySchemes, schemas, headers, responses } = made;
  // In the library's types each part of OpenAPI may be missing.
  const bare = { ...document, components: { securitySchemes, schemas, headers, responses } };
  const description = bare as unknown as ApiDescription;
  return { ...description, ...withExamples(description, description.components.schemas) };
}
