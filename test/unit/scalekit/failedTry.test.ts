import { create } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { ErrorInfoSchema } from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/errdetails/errdetails_pb.js';
import { isNotCarriedOut, TokenError, translateError } from '../../../server/scalekit/failedTry.js';
import { ScalekitError } from '../../../server/scalekit/scalekitError.js';
import { describe, expect, it } from '../../support/jest.js';

const answered = (status: Code, cause?: unknown): ConnectError =>
  new ConnectError('maria@example.com said secret', status, undefined, undefined, cause);

describe('the translation of an error', () => {
  it.each([
    ['canceled', 1, 'timeout'],
    ['unknown', 2, 'unexpected'],
    ['invalid_argument', 3, 'invalid'],
    ['deadline_exceeded', 4, 'timeout'],
    ['not_found', 5, 'not_found'],
    ['already_exists', 6, 'already_exists'],
    ['permission_denied', 7, 'forbidden'],
    ['resource_exhausted', 8, 'rate_limited'],
    ['failed_precondition', 9, 'invalid'],
    ['aborted', 10, 'timeout'],
    ['out_of_range', 11, 'invalid'],
    ['unimplemented', 12, 'unexpected'],
    ['internal', 13, 'unexpected'],
    ['unavailable', 14, 'unreachable'],
    ['data_loss', 15, 'unexpected'],
    ['unauthenticated', 16, 'credentials'],
  ])('reads %s as the status %i says', (name, status, kind) => {
    expect(translateError('m', answered(status)).kind).toBe(kind);
    expect(translateError('m', answered(status)).message).toBe(`m: ${kind}: ${name}`);
  });

  it('takes an error that it does not know as unexpected', () => {
    expect(translateError('m', new TypeError('x'))).toMatchObject({ kind: 'unexpected' });
    expect(translateError('m', undefined)).toMatchObject({ kind: 'unexpected' });
    expect(translateError('m', answered(99 as Code))).toMatchObject({ kind: 'unexpected' });
  });

  it('passes on what is translated already', () => {
    const error = new ScalekitError('busy', 'm');
    expect(translateError('m', error)).toBe(error);
  });

  it('keeps names and codes, and nothing that a message could give away', () => {
    const error = answered(Code.NotFound, { code: 'state=secret' });
    const detail = create(ErrorInfoSchema, { errorCode: 'AUTH_REQUEST_NOT_FOUND' });
    const { typeUrl, value } = anyPack(ErrorInfoSchema, detail);
    error.details.push({ type: typeUrl.replace(/.*\//, ''), value });
    const translated = translateError('m', error);
    expect(translated.message).toBe('m: not_found: not_found AUTH_REQUEST_NOT_FOUND');
    expect(translated.cause).toBeUndefined();
  });

  it.each([
    ['a refused connection', { code: 'ECONNREFUSED', syscall: 'connect' }],
    ['a host without an address', { code: 'ENOTFOUND', syscall: 'getaddrinfo' }],
    ['a network without a route', { code: 'EHOSTUNREACH', syscall: 'connect' }],
    ['a certificate that is not trusted', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }],
    ['a refused stream', { code: 'ERR_HTTP2_STREAM_ERROR', message: 'NGHTTP2_REFUSED_STREAM' }],
  ])('knows that %s carried nothing out, whatever its status', (_, cause) => {
    expect(translateError('m', answered(Code.Internal, cause))).toMatchObject({ kind: 'unreachable' });
  });

  it.each([
    ['a reset', { code: 'ECONNRESET', syscall: 'read' }],
    ['a silent peer', { code: 'ETIMEDOUT', syscall: 'read' }],
    ['a closed pipe', { code: 'EPIPE', syscall: 'write' }],
    ['a stream that ended early', { code: 'ERR_HTTP2_STREAM_ERROR', message: 'NGHTTP2_INTERNAL_ERROR' }],
  ])('knows that %s half-way leaves the outcome open, whatever its status', (_, cause) => {
    for (const code of [Code.Aborted, Code.Internal, Code.Unavailable]) {
      expect(translateError('m', answered(code, cause))).toMatchObject({ kind: 'timeout' });
    }
  });
});

describe('an answer of what stands before Scalekit', () => {
  it('leaves the outcome open where the call was passed on and then lost', () => {
    for (const status of [502, 504]) {
      const error = new ConnectError(`HTTP ${status}`, Code.Unavailable);
      expect(isNotCarriedOut(error)).toBe(false);
      expect(translateError('m', error)).toMatchObject({ kind: 'timeout', outcomeUnknown: true });
    }
  });

  it('is believed when it says that Scalekit is not there', () => {
    const error = new ConnectError('HTTP 503', Code.Unavailable);
    expect(isNotCarriedOut(error)).toBe(true);
    expect(translateError('m', error)).toMatchObject({ kind: 'unreachable', outcomeUnknown: false });
  });
});

describe('the translation of a failed token request', () => {
  it.each([
    [400, 'credentials'],
    [401, 'credentials'],
    [429, 'rate_limited'],
    [500, 'unreachable'],
    [503, 'unreachable'],
    [404, 'unexpected'],
  ])('reads HTTP %i', (status, kind) => {
    const error = TokenError.from({
      response: { status, data: 'secret' },
      config: { data: 'client_secret' },
    });
    expect(translateError('m', error)).toMatchObject({
      kind,
      message: `m: ${kind}: token endpoint: HTTP ${status}`,
    });
  });

  it('reads no answer as unreachable', () => {
    const refused = TokenError.from({ code: 'ECONNREFUSED', message: 'secret' });
    expect(refused).toMatchObject({ kind: 'unreachable', message: 'token endpoint: ECONNREFUSED' });
    expect(TokenError.from(new Error('secret'))).toMatchObject({ kind: 'unreachable' });
    const late = TokenError.from({ code: 'ERR_CANCELED', message: 'secret' });
    expect(late.message).toBe('token endpoint: no answer');
  });
});
