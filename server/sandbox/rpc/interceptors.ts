import { createValidator } from '@bufbuild/protovalidate';
import { Code, type ConnectError, type Interceptor } from '@connectrpc/connect';
import type { FaultError } from '../control/faults.js';
import type { Environment } from '../environment.js';
import { leave, pause } from '../pause.js';
import { type CallName, callNames } from './calls.js';
import { invalidFields, rpcError } from './rpcErrors.js';
import type { TokenIssuer } from './tokens.js';

const unauthenticated = () =>
  rpcError(
    Code.Unauthenticated,
    'UNAUTHENTICATED',
    'the access token is missing, malformed or no longer valid',
  );

/** Refuses calls without a token of this sandbox. */
export function requireToken(tokens: TokenIssuer, environment: Environment): Interceptor {
  return (next) => (request) => {
    const [, token] = /^Bearer (\S+)$/.exec(request.header.get('authorization') ?? '') ?? [];
    if (token !== undefined && tokens.isValid(token)) return next(request);
    environment.calls.refused();
    throw unauthenticated();
  };
}

const faultAnswers: Readonly<Record<FaultError, () => ConnectError>> = {
  unavailable: () => rpcError(Code.Unavailable, 'UNAVAILABLE', 'simulated: unavailable'),
  rate_limited: () => rpcError(Code.ResourceExhausted, 'RATE_LIMITED', 'simulated: too many requests'),
  internal: () => rpcError(Code.Internal, 'INTERNAL', 'simulated: internal error'),
  deadline: () => rpcError(Code.DeadlineExceeded, 'DEADLINE_EXCEEDED', 'simulated: deadline exceeded'),
  credentials: unauthenticated,
};

const isCallName = (name: string): name is CallName => (callNames as readonly string[]).includes(name);

/** Counts each call and applies the requested faults to it. */
export function observeAndStrike(environment: Environment, closing: AbortSignal): Interceptor {
  return (next) => async (request) => {
    const call = request.method.name;
    if (!isCallName(call)) return next(request);
    const done = environment.calls.arrived(call, identifierIn(request.message));
    try {
      const strike = environment.faults.take(call);
      await pause(strike.latencyMs, closing);
      if (strike.error) throw faultAnswers[strike.error]();
      const response = await next(request);
      environment.calls.carriedOut(call);
      if (strike.lostAnswer) await leave(AbortSignal.any([request.signal, closing]));
      return response;
    } finally {
      done();
    }
  };
}

const identifierIn = (message: object): string =>
  'identifier' in message && typeof message.identifier === 'string' ? message.identifier : '';

/** Holds each request against the rules that the service's own descriptors carry. */
export function validateRequests(): Interceptor {
  const validator = createValidator();
  return (next) => (request) => {
    if (request.stream) return next(request);
    const result = validator.validate(request.method.input, request.message);
    if (result.kind === 'error') throw result.error;
    if (result.kind === 'invalid') {
      throw invalidFields(
        result.violations.map((violation) => ({
          field: violation.field.map((part) => ('name' in part ? part.name : '')).join('.') || 'request',
          description: violation.message,
          constraint: violation.ruleId,
        })),
      );
    }
    return next(request);
  };
}
