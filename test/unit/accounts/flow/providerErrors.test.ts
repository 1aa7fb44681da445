import {
  codeOfProviderError,
  failureOfProviderError,
} from '../../../../server/accounts/flow/providerErrors.js';
import { describe, expect, it } from '../../../support/jest.js';

const kindOf = (error: string, description = '') => failureOfProviderError({ error, description });

describe('what a provider says', () => {
  it.each([
    ['access_denied', 'The user denied access to your application'],
    ['access_denied', ''],
    ['access_denied', 'AADSTS65004: User declined to consent to access the app.'],
    ['user_cancelled_login', 'The user cancelled LinkedIn login'],
    ['ACCESS_DENIED', 'The resource owner or authorization server denied the request'],
  ])('is the user’s own no: %s, %s', (error, description) => {
    expect(kindOf(error, description)).toBe('consent_denied');
  });

  it.each([
    [
      'access_denied',
      "AADSTS65001: The user or administrator has not consented to use the application with ID '1' named 'App'.",
    ],
    [
      'access_denied',
      'AADSTS90094: The grant requires admin permission. An administrator of Contoso has set a policy.',
    ],
    [
      'access_denied',
      "AADSTS50105: Your administrator has configured the application App ('1') to block users.",
    ],
    [
      'access_denied',
      'AADSTS90095: Admin consent is required for the permissions requested by this application.',
    ],
    ['server_error', 'AADSTS53003: Access has been blocked by Conditional Access policies.'],
    [
      'interaction_required',
      'AADSTS650052: The app needs access to a service that your organization has not subscribed to.',
    ],
    ['consent_required', ''],
    [
      'admin_policy_enforced',
      'Access to your account data is restricted by policies within your organization.',
    ],
    ['org_internal', 'Acme is restricted to users within its organization.'],
    ['access_denied', 'This app requires approval from a workspace owner'],
    ['access_denied', 'The app has been blocked by your admin'],
    [
      'access_denied',
      'Although you appear to have the correct authorization, the acme organization has enabled OAuth App access restrictions',
    ],
    ['access_denied', 'Resource protected by organization SAML enforcement'],
    ['OAUTH_APP_BLOCKED', 'this app is blocked by admin'],
    ['access_denied', 'user is not admin approved to access this app'],
    ['app_not_approved', ''],
  ])('is an organization that blocks or must approve: %s, %s', (error, description) => {
    expect(kindOf(error, description)).toBe('organization_blocked');
  });

  it.each([
    ['unauthorized_client', 'The client does not exist or is not enabled for consumers.'],
    ['invalid_client', 'The OAuth client was not found.'],
    [
      'redirect_uri_mismatch',
      'The redirect_uri MUST match the registered callback URL for this application.',
    ],
    [
      'access_denied',
      'Acme has not completed the Google verification process. The app is currently being tested.',
    ],
    ['access_denied', 'This app is in development mode'],
    [
      'unauthorized_client',
      "AADSTS700016: Application with identifier '1' was not found in the directory 'Contoso'.",
    ],
    [
      'invalid_request',
      "AADSTS50011: The redirect URI 'https://x' does not match the redirect URIs configured.",
    ],
    ['application_suspended', 'Your application has been suspended.'],
    ['deleted_client', ''],
  ])('is the operator’s own set-up: %s, %s', (error, description) => {
    expect(kindOf(error, description)).toBe('operator_setup');
  });

  it.each([
    ['temporarily_unavailable', 'provider_error'],
    ['server_error', 'provider_error'],
    ['login_required', 'sign_in_needed'],
    ['interaction_required', 'sign_in_needed'],
    ['account_selection_required', 'sign_in_needed'],
    ['disallowed_useragent', 'sign_in_needed'],
    ['invalid_scope', 'permission_missing'],
    ['failed_to_exchange_token', 'exchange_failed'],
    ['something_of_tomorrow', 'provider_error'],
    ['', 'provider_error'],
    ['constructor', 'provider_error'],
    ['__proto__', 'provider_error'],
  ])('%s alone is %s', (error, kind) => {
    expect(kindOf(error)).toBe(kind);
  });

  it('is read within a bound, however long or hostile', () => {
    expect(kindOf('x'.repeat(1_000_000), 'admin '.repeat(200_000))).toBe('provider_error');
    expect(kindOf('access_denied', `${' '.repeat(3000)}AADSTS65001`)).toBe('consent_denied');
  });

  it('gives an administrator a code, and nothing that could be words of somebody’s own', () => {
    const code = (error: string, description = '') => codeOfProviderError({ error, description });
    expect(code('access_denied', 'AADSTS65001: The user')).toBe('AADSTS65001');
    expect(code('consent_required')).toBe('consent_required');
    expect(code('OAUTH_APP_BLOCKED')).toBe('OAUTH_APP_BLOCKED');
    for (const odd of [
      '',
      'call 555 0100',
      'a@b.example',
      '<b>',
      'https://evil.example',
      'x'.repeat(70),
      '日本',
    ]) {
      expect(code(odd)).toBeNull();
    }
  });
});
