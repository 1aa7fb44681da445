import { Code, ConnectError } from '@connectrpc/connect';
import { ErrorInfoSchema } from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/errdetails/errdetails_pb.js';

/** One fault of a request: the field by its name on the wire, and what is wrong with it. */
export interface FieldViolation {
  readonly field: string;
  readonly description: string;
  readonly constraint?: string;
}

/** An RPC's error with the `ErrorInfo` detail that the SDK reads its error code from. */
export function rpcError(
  code: Code,
  errorCode: string,
  message: string,
  fieldViolations: readonly FieldViolation[] = [],
): ConnectError {
  const info = {
    errorCode,
    ...(fieldViolations.length > 0 && {
      validationErrorInfo: { fieldViolations: fieldViolations.map((violation) => ({ ...violation })) },
    }),
  };
  return new ConnectError(message, code, undefined, [{ desc: ErrorInfoSchema, value: info }]);
}

export function invalidFields(violations: readonly FieldViolation[]): ConnectError {
  const message = violations.map(({ field, description }) => `${field}: ${description}`).join('; ');
  return rpcError(Code.InvalidArgument, 'INVALID_ARGUMENT', message, violations);
}

export const invalidField = (field: string, description: string): ConnectError =>
  invalidFields([{ field, description }]);

export const accountNotFound = (): ConnectError =>
  rpcError(Code.NotFound, 'CONNECTED_ACCOUNT_NOT_FOUND', 'connected account not found');

export const accountNotActive = (status: string): ConnectError =>
  rpcError(
    Code.FailedPrecondition,
    'CONNECTED_ACCOUNT_NOT_ACTIVE',
    `connected account is not active: ${status}`,
  );

export const toolNotFound = (name: string): ConnectError =>
  rpcError(Code.NotFound, 'TOOL_NOT_FOUND', `tool not found: ${name}`);

export const connectionNotFound = (): ConnectError =>
  rpcError(Code.NotFound, 'CONNECTION_NOT_FOUND', 'connection not found');

export const connectionDisabled = (): ConnectError =>
  rpcError(Code.FailedPrecondition, 'CONNECTION_DISABLED', 'connection is disabled or not fully configured');

export const noAccountsOfType = (type: string): ConnectError =>
  rpcError(
    Code.FailedPrecondition,
    'CONNECTION_TYPE_NOT_SUPPORTED',
    `${type} connections have no connected accounts`,
  );

export const noLinkForType = (type: string): ConnectError =>
  rpcError(
    Code.FailedPrecondition,
    'AUTHORIZATION_LINK_NOT_APPLICABLE',
    `accounts of ${type} connections are not authorized by a link`,
  );

export const accountExists = (): ConnectError =>
  rpcError(
    Code.AlreadyExists,
    'CONNECTED_ACCOUNT_ALREADY_EXISTS',
    'connected account with the same identifier already exists',
  );

export const authRequestNotFound = (): ConnectError =>
  rpcError(Code.NotFound, 'AUTH_REQUEST_NOT_FOUND', 'auth request not found or no longer valid');

export const identifierMismatch = (): ConnectError =>
  rpcError(Code.PermissionDenied, 'IDENTIFIER_MISMATCH', 'identifier mismatch');
