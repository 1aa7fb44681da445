import { identifierMaxLength } from '../kernel/identifier.js';
import { apiRoutes as routes } from '../paths.js';
import { en } from '../words/texts.js';
import {
  clientAnswer,
  confirmBody,
  confirmedAnswer,
  createBody,
  createdAnswer,
  descriptionAnswer,
  keysAnswer,
  sessionAnswer,
} from './apiSchemas.js';
import { components, type Described, operation } from './openApiOperation.js';
import type { Parameter, Paths } from './openApiTypes.js';
import { erasureAnswer, invitationAnswer, invitationBody, statusAnswer } from './userApiSchemas.js';

const words = { ...en.onboardingApi.operations, ...en.userApi.operations };
const { id, identifier, name } = en.apiDocs;

/** `/a/:id` → `/a/{id}` */
const template = (route: string) => route.replace(/:(\w+)/g, '{$1}');

const inPath = (parameter: string, description: string, maxLength: number): Parameter => ({
  name: parameter,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string', minLength: 1, maxLength },
});

const sessionId = inPath('id', id, 400);
const userIdentifier = inPath('identifier', identifier, identifierMaxLength);

const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: words.idempotencyKey,
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

const connectionsAsked: Parameter = {
  name: 'connections',
  in: 'query',
  required: false,
  description: en.userApi.about.connectionsAsked,
  schema: { type: 'string', maxLength: 8192 },
};

/** What becomes of a request when Scalekit does not answer it, or not in time. */
const outages = [502, 503, 504] as const;

const ofUser = { tag: 'users', scope: 'users:write' } as const;
const ofSession = { tag: 'onboarding', scope: 'onboarding', parameters: [sessionId] } as const;
const forAnybody = { tag: 'client', scope: 'anybody' } as const;

const operations = {
  status: {
    ...ofUser,
    id: 'readUserConnections',
    summary: words.status,
    scope: 'status:read',
    parameters: [userIdentifier, connectionsAsked],
    answers: { 200: statusAnswer },
    problems: [400, ...outages],
  },
  invite: {
    ...ofUser,
    id: 'inviteUser',
    summary: words.invite,
    parameters: [userIdentifier, inPath('name', name, 400), idempotencyKey],
    body: { schema: invitationBody, required: false },
    answers: { 200: invitationAnswer, 202: invitationAnswer },
    problems: [400, 404, 409, 413, 415, 422, ...outages],
  },
  erase: {
    ...ofUser,
    id: 'eraseUser',
    summary: words.erase,
    parameters: [userIdentifier],
    answers: { 200: erasureAnswer },
    problems: [400, 409, ...outages],
  },
  create: {
    ...ofSession,
    id: 'createOnboardingSession',
    summary: words.create,
    parameters: [idempotencyKey],
    body: { schema: createBody, required: true },
    answers: { 201: createdAnswer },
    problems: [400, 413, 415, 422, ...outages],
  },
  read: {
    ...ofSession,
    id: 'readOnboardingSession',
    summary: words.read,
    answers: { 200: sessionAnswer },
    problems: [400, 404],
  },
  cancel: {
    ...ofSession,
    id: 'cancelOnboardingSession',
    summary: words.cancel,
    answers: { 200: sessionAnswer },
    problems: [400, 404],
  },
  confirm: {
    ...ofSession,
    id: 'confirmOnboardingSession',
    summary: words.confirm,
    body: { schema: confirmBody, required: true },
    answers: { 200: confirmedAnswer },
    problems: [400, 404, 409, 413, 415],
  },
  ownClient: {
    tag: 'client',
    scope: 'client',
    id: 'readOwnClient',
    summary: words.ownClient,
    answers: { 200: clientAnswer },
  },
  keys: {
    ...forAnybody,
    id: 'readResultKeys',
    summary: words.resultKeys,
    answers: { 200: keysAnswer },
    problems: [500, 503],
  },
  description: {
    ...forAnybody,
    id: 'readDescription',
    summary: words.description,
    answers: { 200: descriptionAnswer },
  },
} as const satisfies Record<string, Described>;

const paths: Paths = {
  [template(routes.userConnections)]: { get: operation(operations.status) },
  [template(routes.userInvitations)]: { post: operation(operations.invite) },
  [template(routes.user)]: { delete: operation(operations.erase) },
  [routes.onboardingSessions]: { post: operation(operations.create) },
  [template(routes.onboardingSession)]: {
    get: operation(operations.read),
    delete: operation(operations.cancel),
  },
  [template(routes.confirmOnboarding)]: { post: operation(operations.confirm) },
  [routes.ownClient]: { get: operation(operations.ownClient) },
  [routes.resultKeys]: { get: operation(operations.keys) },
  [routes.openApi]: { get: operation(operations.description) },
};

/**
 * The OpenAPI 3.1 description of the API, made of the schemas that requests are checked with.
 * @param publicUrl the origin that browsers see
 */
export const openApiDocument = (publicUrl: string, title: string) => ({
  openapi: '3.1.0',
  info: { title, version: '1' },
  servers: [{ url: publicUrl }],
  externalDocs: { url: publicUrl + routes.docs },
  tags: Object.values(en.apiDocs.tags).map((tag) => ({ name: tag })),
  paths,
  components,
});

export type ApiDescription = ReturnType<typeof openApiDocument>;
