import { json, type Request, type RequestHandler } from 'express';
import type { z } from 'zod';
import { bounded } from '../http/bodies.js';
import { badRequest } from '../http/commonErrors.js';
import { pathParam } from '../http/params.js';
import { DomainError } from '../kernel/errors.js';
import { identifierFault } from '../kernel/identifier.js';
import { isMailAddress } from '../kernel/mailAddress.js';
import type { OnboardingRequest } from '../onboarding/onboardingRequest.js';
import type { Confirmation } from '../onboarding/onboardingSessions.js';
import type { ListFilter } from '../onboarding/onboardingStore.js';
import { fieldsRefused, onboardingRefusal, type RequestFault } from '../onboarding/refusals.js';
import type { RetiredStore } from '../store/retiredStore.js';
import { say } from '../words/words.js';
import { confirmBody, createBody, listQuery } from './apiSchemas.js';
import { invitationBody } from './userApiSchemas.js';

const limit = 64 * 1024;

/** A compressed body is refused, so none swells. */
const parseJson = bounded(limit, json({ limit, inflate: false }));

function refusalOf(error: unknown): unknown {
  if (error instanceof DomainError) return error;
  switch ((error as { type?: unknown }).type) {
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return onboardingRefusal('content_type_unsupported');
    case 'entity.parse.failed':
      return onboardingRefusal('body_unreadable');
    default:
      return badRequest(error);
  }
}

/** Reads a body of JSON, at most 64 kB, and refuses any other. */
export const jsonBody: RequestHandler = (request, response, next) => {
  if (!request.is('application/json')) throw onboardingRefusal('content_type_unsupported');
  parseJson(request, response, (error?: unknown) => next(error === undefined ? undefined : refusalOf(error)));
};

/** As `jsonBody`, where there may also be none. */
export const jsonBodyIfAny: RequestHandler = (request, response, next) => {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers;
  if (coding === undefined && Number(length) === 0) return next();
  return jsonBody(request, response, next);
};

const toldFaults = 20;
const toldLength = 100;

/** `connections[0].name` */
const fieldOf = (path: readonly PropertyKey[]) =>
  path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('')
    .slice(0, toldLength);

const valueAt = (body: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, part) => (value as Record<PropertyKey, unknown> | undefined)?.[part], body);

function faultsIn(issue: z.core.$ZodIssue, body: unknown): RequestFault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: fieldOf([...issue.path, key]),
      code: 'field_unknown',
      detail: say('api.onboarding.fields.unknown'),
    }));
  }
  const field = fieldOf(issue.path);
  if (valueAt(body, issue.path) === undefined) {
    return [{ field, code: 'field_missing', detail: say('api.onboarding.fields.missing') }];
  }
  return [
    {
      field,
      code: 'field_invalid',
      detail: say('api.onboarding.fields.invalid', { why: issue.message.replace(/\.$/, '') }),
    },
  ];
}

function parse<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw onboardingRefusal('body_unreadable');
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw fieldsRefused(parsed.error.issues.flatMap((issue) => faultsIn(issue, body)).slice(0, toldFaults));
}

/**
 * Refuses parameters of the query that nobody reads: whoever misspelled one asks for something else.
 * @throws DomainError naming each
 */
export function refuseOtherParameters(request: Request, known: readonly string[]): void {
  const other = Object.keys(request.query).filter((name) => !known.includes(name));
  if (other.length === 0) return;
  const faults = other.map(
    (name): RequestFault => ({
      field: fieldOf([name]),
      code: 'field_unknown',
      detail: say('api.onboarding.fields.unknown'),
    }),
  );
  throw fieldsRefused(faults.slice(0, toldFaults));
}

/** What a request asks for. @throws DomainError naming each field at fault */
export function onboardingRequestOf(request: Request): OnboardingRequest {
  const body = parse(createBody, request.body);
  return {
    identifier: request.canonical(body.identifier),
    displayName: body.display_name ?? null,
    connections: body.connections,
    returnUrl: body.return_url,
    confirmUrl: body.confirm_url ?? null,
    refreshUrl: body.refresh_url ?? null,
    state: body.state ?? null,
    userCheck: body.user_check,
    openMinutes: body.open_minutes,
    // Left out where it was not sent, so that a request of an older version keeps its idempotency key.
    ...(body.locale == null ? {} : { locale: body.locale }),
    ...(body.metadata == null ? {} : { metadata: body.metadata }),
  };
}

const listParameters = ['status', 'identifier', 'limit', 'before'];

/** Which onboardings a list is to have. @throws DomainError naming each parameter at fault */
export function listAskedFor(request: Request): { readonly filter: ListFilter; readonly limit: number } {
  refuseOtherParameters(request, listParameters);
  const { before: _, ...asked } = request.query;
  const { status, identifier, limit } = parse(listQuery, asked);
  const filter = {
    status: status ?? null,
    identifier: identifier === undefined ? null : checkedIdentifier(request, identifier),
  };
  return { filter, limit };
}

/** What the other app says of its user. @throws DomainError naming each field at fault */
export function confirmationOf(request: Request): Confirmation {
  const { nonce, identifier } = parse(confirmBody, request.body);
  return { nonce, identifier: checkedIdentifier(request, identifier) };
}

function checkedIdentifier(request: Request, identifier: string): string {
  const fault = identifierFault(identifier);
  if (fault === null) return request.canonical(identifier);
  const detail = say(`api.onboarding.fields.identifier.${fault}`);
  throw fieldsRefused([{ field: 'identifier', code: `identifier_${fault}`, detail }]);
}

/** The user in the path of a request. @throws DomainError when nobody can have that identifier */
export const identifierOf = (request: Request): string =>
  checkedIdentifier(request, pathParam(request, 'identifier'));

/**
 * Refuses users who have another identifier now.
 * @throws DomainError `identifier_retired`
 */
export type RefuseRetired = (identifier: string) => Promise<void>;

export const createRefuseRetired =
  (retired: Pick<RetiredStore, 'has'>): RefuseRetired =>
  async (identifier) => {
    if (await retired.has(identifier)) throw onboardingRefusal('identifier_retired');
  };

/** Where a mail is to go, or null when that is not said. @throws DomainError when it is no address */
export function givenAddressOf(request: Request): string | null {
  const { address } = parse(invitationBody, request.body ?? {});
  if (address === undefined || address === null) return null;
  if (isMailAddress(address)) return address;
  throw fieldsRefused([
    { field: 'address', code: 'address_invalid', detail: say('api.users.fields.address') },
  ]);
}

/** The Idempotency-Key of a request, or null. @throws DomainError */
export function idempotencyKeyOf(request: Request): string | null {
  const key = request.get('Idempotency-Key');
  if (key === undefined) return null;
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) throw onboardingRefusal('idempotency_key_invalid');
  return key;
}
