import { ConnectorType } from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import { ConnectionType as WireType } from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connections/connections_pb.js';

/**
 * How an account of a connection becomes active.
 * - `consent`: the user consents at the provider.
 * - `form`: the user types credentials into Scalekit's form.
 * - `nothing`: there is nothing to authorize, so an account is active as soon as it exists.
 * - `backend`: the operator's backend brings the credentials.
 * - `sign_in`: never. The connection belongs to another product of Scalekit's.
 */
export type AuthorizedBy = 'consent' | 'form' | 'nothing' | 'backend' | 'sign_in';

interface TypeFacts {
  readonly authorizedBy: AuthorizedBy;
  /** The number of the connection's type on the wire. */
  readonly wire: WireType;
  /** The number of the same type in messages about accounts, which have an enum of their own. */
  readonly ofAccounts: ConnectorType;
}

const { CONNECTION_TYPE_UNSPECIFIED: unspecified } = ConnectorType;

/** A number that no SDK of today knows. */
const unknownType: number = 999;

/** Every type of connection. `UNKNOWN` stands for those that Scalekit may add tomorrow. */
export const typesOfConnections = {
  OAUTH: { authorizedBy: 'consent', wire: WireType.OAUTH, ofAccounts: ConnectorType.OAUTH },
  OIDC: { authorizedBy: 'consent', wire: WireType.OIDC, ofAccounts: ConnectorType.OAUTH },
  TRELLO_OAUTH1: {
    authorizedBy: 'consent',
    wire: WireType.TRELLO_OAUTH1,
    ofAccounts: ConnectorType.TRELLO_OAUTH1,
  },
  SMART_FHIR: { authorizedBy: 'consent', wire: WireType.SMART_FHIR, ofAccounts: ConnectorType.SMART_FHIR },
  API_KEY: { authorizedBy: 'form', wire: WireType.API_KEY, ofAccounts: ConnectorType.API_KEY },
  BASIC: { authorizedBy: 'form', wire: WireType.BASIC, ofAccounts: ConnectorType.BASIC },
  BEARER: { authorizedBy: 'form', wire: WireType.BEARER, ofAccounts: ConnectorType.BEARER_TOKEN },
  NO_AUTH: { authorizedBy: 'nothing', wire: WireType.NO_AUTH, ofAccounts: ConnectorType.NO_AUTH },
  GOOGLE_DWD: { authorizedBy: 'backend', wire: WireType.GOOGLE_DWD, ofAccounts: ConnectorType.GOOGLE_DWD },
  TRUSTED_IDP: { authorizedBy: 'backend', wire: WireType.TRUSTED_IDP, ofAccounts: ConnectorType.TRUSTED_IDP },
  OAUTH_M2M: { authorizedBy: 'backend', wire: WireType.OAUTH_M2M, ofAccounts: ConnectorType.OAUTH_M2M },
  SAML: { authorizedBy: 'sign_in', wire: WireType.SAML, ofAccounts: unspecified },
  PASSWORD: { authorizedBy: 'sign_in', wire: WireType.PASSWORD, ofAccounts: unspecified },
  PASSWORDLESS: { authorizedBy: 'sign_in', wire: WireType.PASSWORDLESS, ofAccounts: unspecified },
  WEBAUTHN: { authorizedBy: 'sign_in', wire: WireType.WEBAUTHN, ofAccounts: unspecified },
  UNKNOWN: {
    authorizedBy: 'consent',
    wire: unknownType as WireType,
    ofAccounts: unknownType as ConnectorType,
  },
} satisfies Record<string, TypeFacts>;

export type ConnectionType = keyof typeof typesOfConnections;

export const connectionTypes = Object.keys(typesOfConnections) as [ConnectionType, ...ConnectionType[]];

export const authorizedBy = ({ type }: { readonly type: ConnectionType }): AuthorizedBy =>
  typesOfConnections[type].authorizedBy;

/** The type of a connection as webhooks about its accounts spell it. */
export function authorizationTypeName(type: ConnectionType): string {
  const { ofAccounts } = typesOfConnections[type];
  return ConnectorType[ofAccounts] ?? String(ofAccounts);
}
