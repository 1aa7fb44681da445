import {
  isKnownProviderCode,
  readProviderError,
  whoMustAct,
} from '../../../../server/accounts/flow/providerErrors.js';
import { describe, expect, it } from '../../../support/jest.js';

const trace =
  '\r\nTrace ID: 7c839d05-4806-48f2-ba40-bf4128382500\r\nCorrelation ID: b94f5bce-b15e-48c6-a713-fc07c5c41a77\r\nTimestamp: 2026-08-28 11:25:19Z';

type Case = readonly [error: string, description: string, code: string | null];

/** What providers send, in their own words. */
const cases: Readonly<Record<string, readonly Case[]>> = {
  consent_denied: [
    ['access_denied', '', 'access_denied'],
    ['access_denied', 'The user has denied your application access.', 'access_denied'],
    ['access_denied', `AADSTS65004: User declined to consent to access the app.${trace}`, 'AADSTS65004'],
    ['consent_required', `AADSTS65004: User declined to consent to access the app.${trace}`, 'AADSTS65004'],
    [
      'access_denied',
      'The user has denied access to the scope requested by the client application.',
      'access_denied',
    ],
    ['access_denied', 'end-user denied authorization', 'access_denied'],
    ['access_denied', 'The resource owner or authorization server denied the request', 'access_denied'],
    ['user_cancelled_login', 'The user cancelled LinkedIn login', 'user_cancelled_login'],
    ['Access-Denied', '', 'access_denied'],
    ['access denied', '', 'access_denied'],
    ['access%5Fdenied', '', 'access_denied'],
    ['signin_cancelled', '', 'signin_cancelled'],
  ],
  organization_blocked: [
    [
      'access_denied',
      `AADSTS65001: The user or administrator has not consented to use the application with ID 'x' named 'Acme'.${trace}`,
      'AADSTS65001',
    ],
    [
      'interaction_required',
      `AADSTS65001: Send an interactive authorization request.${trace}`,
      'AADSTS65001',
    ],
    [
      'access_denied',
      `AADSTS90094: Acme needs permission to access resources in your organization that only an admin can grant.${trace}`,
      'AADSTS90094',
    ],
    ['access_denied', `AADSTS90095: Admin consent was requested.${trace}`, 'AADSTS90095'],
    [
      'invalid_grant',
      `AADSTS50105: Your administrator has configured the application to block users.${trace}`,
      'AADSTS50105',
    ],
    [
      'access_denied',
      `AADSTS53003: Access has been blocked by Conditional Access policies.${trace}`,
      'AADSTS53003',
    ],
    ['server_error', 'aadsts90094: lower case', 'AADSTS90094'],
    ['AADSTS650052', '', 'AADSTS650052'],
    ['access_denied', 'AADSTS65001%3a+The+user', 'AADSTS65001'],
    ['admin_policy_enforced', '', 'admin_policy_enforced'],
    ['org_internal', 'This client is restricted to users within its organization.', 'org_internal'],
    ['consent_required', '', 'consent_required'],
    ['access_not_configured', '', 'access_not_configured'],
    ['app_approval_request_pending', '', 'app_approval_request_pending'],
    ['OAUTH_APP_BLOCKED', 'this app is blocked by admin', 'oauth_app_blocked'],
    ['OAUTH_EC_APP_NOT_FOUND', 'External client app is not installed in this org', 'oauth_ec_app_not_found'],
    ['invalid_grant', 'user is not admin approved to access this app', 'invalid_grant'],
    ['access_denied', 'User is not assigned to the client application.', 'access_denied'],
    [
      'access_denied',
      'Policy evaluation failed for this request, please check the policy configurations.',
      'access_denied',
    ],
    [
      'access_denied',
      'Although you appear to have the correct authorization credentials, the `acme` organization has enabled OAuth App access restrictions',
      'access_denied',
    ],
    [
      'access_denied',
      'You are not allowed to access this app. To request access, contact an admin.',
      'access_denied',
    ],
    ['access_denied', 'Resource protected by organization SAML enforcement.', 'access_denied'],
    ['access_denied', 'This app has not been approved by your workspace', 'access_denied'],
    [
      'unauthorized_client',
      'This app has not been approved by your account administrator',
      'unauthorized_client',
    ],
    ['workspace_policy_violation', '', 'workspace_policy_violation'],
    ['tenant_restricted', '', 'tenant_restricted'],
  ],
  operator_setup: [
    ['unauthorized_client', '', 'unauthorized_client'],
    [
      'unauthorized_client',
      `AADSTS700016: Application with identifier 'x' was not found in the directory. This can happen if the application has not been installed by the administrator of the tenant.${trace}`,
      'AADSTS700016',
    ],
    ['invalid_client', 'The OAuth client was not found.', 'invalid_client'],
    ['invalid_client', `AADSTS7000215: Invalid client secret provided.${trace}`, 'AADSTS7000215'],
    [
      'invalid_client',
      `AADSTS7000222: The provided client secret keys are expired.${trace}`,
      'AADSTS7000222',
    ],
    [
      'redirect_uri_mismatch',
      'The redirect_uri MUST match the registered callback URL for this application.',
      'redirect_uri_mismatch',
    ],
    [
      'invalid_request',
      `AADSTS50011: The redirect URI specified in the request does not match.${trace}`,
      'AADSTS50011',
    ],
    [
      'application_suspended',
      'Your application has been suspended. Contact support@github.com.',
      'application_suspended',
    ],
    [
      'access_denied',
      'Acme has not completed the Google verification process. The app is currently being tested, and can only be accessed by developer-approved testers.',
      'access_denied',
    ],
    ['invalid_team_for_non_distributed_app', '', 'invalid_team_for_non_distributed_app'],
    ['invalid_request', '', 'invalid_request'],
    ['app_not_published', '', 'app_not_published'],
  ],
  permission_missing: [
    ['invalid_scope', 'Some requested scopes were invalid.', 'invalid_scope'],
    [
      'invalid_scope',
      `AADSTS70011: The provided value for the input parameter 'scope' is not valid.${trace}`,
      'AADSTS70011',
    ],
    [
      'unauthorized_scope_error',
      'Scope "r_emailaddress" is not authorized for your application',
      'unauthorized_scope_error',
    ],
    ['scope_not_granted', '', 'scope_not_granted'],
  ],
  exchange_failed: [
    ['failed_to_exchange', '', 'failed_to_exchange'],
    ['failed_to_exchange_token', 'The authorization code could not be exchanged', 'failed_to_exchange_token'],
    ['bad_verification_code', 'The code passed is incorrect or expired.', 'bad_verification_code'],
    ['invalid_grant', '', 'invalid_grant'],
  ],
  sign_in_needed: [
    ['login_required', '', 'login_required'],
    ['interaction_required', '', 'interaction_required'],
    ['interaction_required', `AADSTS50076: You must use multi-factor authentication.${trace}`, 'AADSTS50076'],
    [
      'access_denied',
      `AADSTS50020: User account '{EmailHidden}' does not exist in tenant 'Acme'.${trace}`,
      'AADSTS50020',
    ],
    ['account_selection_required', '', 'account_selection_required'],
    ['access_denied', 'Your session has expired.', 'access_denied'],
    ['session_missing', '', 'session_missing'],
  ],
  browser_refused: [['disallowed_useragent', '', 'disallowed_useragent']],
  provider_error: [
    ['temporarily_unavailable', '', 'temporarily_unavailable'],
    ['server_error', '', 'server_error'],
    ['server_error', 'Please contact your administrator if the permission problem persists', 'server_error'],
    ['temporarily_unavailable', `AADSTS90033: A transient error has occurred.${trace}`, 'AADSTS90033'],
    ['rate_limit_exceeded', '', 'rate_limit_exceeded'],
    ['upstream_timed_out', '', 'upstream_timed_out'],
  ],
  provider_refused: [
    ['a_riddle', '', 'a_riddle'],
    ['access_granted_never', 'AADSTS9999999: of tomorrow', 'AADSTS9999999'],
    ['', '', null],
    ['__proto__', '', null],
    ['toString', '', 'tostring'],
    ['<script>alert("x")</script>', '', null],
    ['visit evil.example and call 555', '', null],
    ['\u202eenohp a llac', '', null],
  ],
};

const all = Object.entries(cases).flatMap(([failure, rows]) => rows.map((row) => [failure, ...row] as const));

describe('an error of a provider', () => {
  it.each(all)('means %s: %s, %j', (failure, error, description, code) => {
    expect(readProviderError(error, description)).toEqual({ failure, code });
  });

  it('is understood whatever case its description has', () => {
    for (const [failure, error, description] of all) {
      expect(readProviderError(error.toUpperCase(), description.toUpperCase()).failure).toBe(failure);
    }
  });

  it('is understood, and bounded, however long it is', () => {
    for (const part of ['a', 'admin ', 'AADSTS', 'AADSTS65', '%', '%41', ' approved by your', '﷽']) {
      const { failure, code } = readProviderError(part.repeat(20_000), part.repeat(20_000));
      expect(whoMustAct(failure)).not.toBeNull();
      expect(code?.length ?? 0).toBeLessThanOrEqual(40);
    }
  });

  it('gives a code of nothing but letters, digits and underscores', () => {
    for (const [, error, description] of all) {
      expect(readProviderError(error, description).code ?? 'none').toMatch(/^[A-Za-z][A-Za-z0-9_]*$/);
    }
  });

  it('is known for certain only where a provider is known to send it', () => {
    expect(['admin_policy_enforced', 'AADSTS65001'].every(isKnownProviderCode)).toBe(true);
    expect(['admin_says_call_555', 'AADSTS', 'AADSTS65001x', '', 'toString'].some(isKnownProviderCode)).toBe(
      false,
    );
  });

  it('says who can do something about it', () => {
    expect(whoMustAct('organization_blocked')).toBe('organization');
    expect(whoMustAct('operator_setup')).toBe('operator');
    expect(whoMustAct('consent_denied')).toBe('user');
    expect(whoMustAct('provider_error')).toBe('nobody');
    expect(whoMustAct('wrong_user')).toBeNull();
  });
});
