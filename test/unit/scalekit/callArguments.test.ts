import {
  checkAuthRequestId,
  checkConnectionName,
  checkIdentifier,
  checkLinkRequest,
} from '../../../server/scalekit/callArguments.js';
import { ScalekitError } from '../../../server/scalekit/scalekitError.js';
import { describe, expect, it } from '../../support/jest.js';

const method = 'listConnectedAccounts';

describe('the check of an identifier', () => {
  it.each([
    ['a name', 'maria'],
    ['an address', "maria.o'neil+test@example.com"],
    ['inner blanks', 'maria de la cruz'],
    ['other scripts', '王小明'],
    ['markup', '<script>alert(1)</script>'],
    ['100 letters', 'x'.repeat(100)],
    ['100 characters that take two units each', '😀'.repeat(100)],
  ])('takes %s', (_, identifier) => {
    expect(() => checkIdentifier(method, identifier)).not.toThrow();
  });

  it.each([
    ['nothing', ''],
    ['a blank', ' '],
    ['blanks of several kinds', '\t\u00a0\u2003\n'],
    ['a leading blank', ' maria'],
    ['a trailing line feed', 'maria\n'],
    ['a trailing next-line, which only some languages trim', 'maria\u0085'],
    ['a leading byte order mark, which only some languages trim', '\ufeffmaria'],
    ['a NUL', 'mar\0ia'],
    ['half of a surrogate pair', 'maria\ud83d'],
    ['101 characters', 'x'.repeat(101)],
    ['101 characters that take two units each', '😀'.repeat(101)],
  ])('refuses %s', (_, identifier) => {
    expect(() => checkIdentifier(method, identifier)).toThrow(ScalekitError);
  });

  it('keeps the identifier out of the message', () => {
    expect(() => checkIdentifier(method, ' maria')).toThrow(
      /^listConnectedAccounts: invalid: identifier refused before sending$/,
    );
  });
});

describe('the check of a connection name', () => {
  it.each(['gmail', 'slack-prod', 'Team: Sales_2', 'x'.repeat(400)])('takes %s', (name) => {
    expect(() => checkConnectionName(method, name)).not.toThrow();
  });

  it.each(['', ' ', ' gmail', 'gmail ', 'gmail\n', 'g/mail', 'gmäil', 'x'.repeat(401)])(
    'refuses %j',
    (name) => {
      expect(() => checkConnectionName(method, name)).toThrow(ScalekitError);
    },
  );
});

describe('the checks of a link request and an auth request id', () => {
  const request = { connectionName: 'gmail', identifier: 'maria' };

  it('take what is within the limits', () => {
    expect(() =>
      checkLinkRequest('getAuthorizationLink', {
        ...request,
        state: 's'.repeat(512),
        userVerifyUrl: 'https://app.example/user/verify',
      }),
    ).not.toThrow();
    expect(() => checkAuthRequestId('verifyConnectedAccountUser', 'areq_1')).not.toThrow();
  });

  it.each([
    { ...request, connectionName: 'g/mail' },
    { ...request, identifier: '' },
    { ...request, state: 's'.repeat(513) },
    { ...request, state: '' },
    { ...request, userVerifyUrl: `https://app.example/${'x'.repeat(2048)}` },
  ])('refuse a part that is outside of them', (bad) => {
    expect(() => checkLinkRequest('getAuthorizationLink', bad)).toThrow(ScalekitError);
  });

  it.each(['', ' ', 'areq_1 ', 'areq\0', 'x'.repeat(5000)])('refuse the auth request id %j', (id) => {
    expect(() => checkAuthRequestId('verifyConnectedAccountUser', id)).toThrow(ScalekitError);
  });
});
