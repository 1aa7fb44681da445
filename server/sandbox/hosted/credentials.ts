import { randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import {
  type AuthorizationDetails,
  AuthorizationDetailsSchema,
} from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import { authorizedBy, type ConnectionType } from '../connectionTypes.js';
import type { Connection } from '../model.js';

/** How long a consent's access token lives before the provider wants it refreshed. */
export const accessTokenLifetimeMs = 60 * 60_000;

/** The fields of the credentials form, for the types of connections that have one. */
export const credentialFields = {
  API_KEY: [{ name: 'api_key', label: 'API key', secret: true }],
  BASIC: [
    { name: 'username', label: 'User name', secret: false },
    { name: 'password', label: 'Password', secret: true },
  ],
  BEARER: [{ name: 'token', label: 'Bearer token', secret: true }],
} satisfies Partial<Record<ConnectionType, readonly CredentialField[]>>;

export interface CredentialField {
  readonly name: string;
  readonly label: string;
  readonly secret: boolean;
}

const fieldsByType: Partial<Record<ConnectionType, readonly CredentialField[]>> = credentialFields;

/** The fields that a connection's form asks for. None where a consent stands in its place. */
export const fieldsOf = ({ type }: Connection): readonly CredentialField[] => fieldsByType[type] ?? [];

/** Tokens as a consent yields them. They are worthless, and their text says so. */
export function consentedTokens(connection: Connection): AuthorizationDetails {
  const value = {
    accessToken: `sandbox-access-token-not-real-${randomUUID()}`,
    refreshToken: `sandbox-refresh-token-not-real-${randomUUID()}`,
    scopes: [...connection.scopes],
  };
  return create(AuthorizationDetailsSchema, { details: { case: 'oauthToken', value } });
}

/** The credentials of an account that has none. */
export const emptyCredentials = (connection: Connection | undefined): AuthorizationDetails =>
  create(AuthorizationDetailsSchema, {
    details:
      connection !== undefined && authorizedBy(connection) === 'form'
        ? { case: 'staticAuth', value: {} }
        : { case: 'oauthToken', value: {} },
  });

/** Credentials as they were typed into the form. */
export function typedCredentials(details: Readonly<Record<string, string>>): AuthorizationDetails {
  return create(AuthorizationDetailsSchema, { details: { case: 'staticAuth', value: { details } } });
}

/** Credentials of the right kind for a connection, for accounts that were made without a page. Null where none are needed. */
export function sampleCredentials(connection: Connection): AuthorizationDetails | null {
  if (connection.type === 'GOOGLE_DWD') {
    return create(AuthorizationDetailsSchema, {
      details: { case: 'googleDwd', value: { subject: 'sandbox-subject-not-real' } },
    });
  }
  if (connection.type === 'TRUSTED_IDP') {
    return create(AuthorizationDetailsSchema, {
      details: { case: 'trustedIdp', value: { dbUser: 'sandbox-db-user-not-real' } },
    });
  }
  const kind = authorizedBy(connection);
  if (kind === 'nothing' || kind === 'sign_in') return null;
  if (kind !== 'form') return consentedTokens(connection);
  const samples = fieldsOf(connection).map(({ name }) => [name, `sandbox-${name}-not-real`]);
  return typedCredentials(Object.fromEntries(samples));
}

/** Whether the details hold credentials. An empty token means "not authorized yet". */
export function hasCredentials(authorization: AuthorizationDetails | undefined): boolean {
  const details = authorization?.details;
  switch (details?.case) {
    case 'oauthToken':
      return details.value.accessToken !== '';
    case 'staticAuth':
      return Object.keys(details.value.details ?? {}).length > 0;
    case 'googleDwd':
      return details.value.subject !== '' || details.value.accessToken !== '';
    case 'trustedIdp':
      return details.value.dbUser !== '' || details.value.accessKeyId !== '';
    default:
      return false;
  }
}
