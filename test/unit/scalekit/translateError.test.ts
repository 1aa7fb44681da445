import { describe, expect, it } from '@jest/globals';
import { ScalekitError } from '../../../server/scalekit/scalekitError.js';
import { TokenError } from '../../../server/scalekit/tokenError.js';
import { translateError } from '../../../server/scalekit/translateError.js';

const sdkError = (grpcStatus: number, extra: object = {}): object => ({
  grpcStatus,
  message: 'maria@example.com said secret',
  ...extra,
});

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
  ])('reads %s as the status %i says', (_, status, kind) => {
    expect(translateError('m', sdkError(status), undefined).kind).toBe(kind);
  });

  it('takes an error that it does not know as unexpected', () => {
    expect(translateError('m', new TypeError('x'), undefined)).toMatchObject({ kind: 'unexpected' });
    expect(translateError('m', undefined, undefined)).toMatchObject({ kind: 'unexpected' });
    expect(translateError('m', sdkError(99), undefined)).toMatchObject({ kind: 'unexpected' });
  });

  it('passes on what is translated already', () => {
    const error = new ScalekitError('busy', 'm');
    expect(translateError('m', error, undefined)).toBe(error);
  });

  it('keeps names and codes, and nothing that a message could give away', () => {
    const error = sdkError(5, { errorCode: 'AUTH_REQUEST_NOT_FOUND', cause: 'secret' });
    const translated = translateError('m', error, { code: 5, cause: { code: 'state=secret' } });
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
    expect(translateError('m', sdkError(13), { code: 13, cause })).toMatchObject({ kind: 'unreachable' });
  });

  it.each([
    ['a reset', { code: 'ECONNRESET', syscall: 'read' }],
    ['a silent peer', { code: 'ETIMEDOUT', syscall: 'read' }],
    ['a closed pipe', { code: 'EPIPE', syscall: 'write' }],
    ['a stream that ended early', { code: 'ERR_HTTP2_STREAM_ERROR', message: 'NGHTTP2_INTERNAL_ERROR' }],
  ])('knows that %s half-way leaves the outcome open, whatever its status', (_, cause) => {
    for (const code of [10, 13, 14]) {
      expect(translateError('m', sdkError(code), { code, cause })).toMatchObject({ kind: 'timeout' });
    }
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
    expect(translateError('m', error, undefined)).toMatchObject({
      kind,
      message: `m: ${kind}: token endpoint: HTTP ${status}`,
    });
  });

  it('reads no answer as unreachable', () => {
    const refused = TokenError.from({ code: 'ECONNREFUSED', message: 'secret' });
    expect(refused).toMatchObject({ kind: 'unreachable', message: 'token endpoint: ECONNREFUSED' });
    expect(TokenError.from(new Error('secret'))).toMatchObject({ kind: 'unreachable' });
  });
});
