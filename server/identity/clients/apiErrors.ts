import { DomainError } from '../../kernel/errors.js';
import { told } from '../../words/words.js';
import type { Scope } from './apiClient.js';

const challenge = 'Bearer realm="api"';

/** The request carries no key. RFC 6750, 3.1: then no error code is told. */
export const apiKeyRequired = () =>
  new DomainError({
    code: 'api_key_required',
    status: 401,
    level: 'info',
    told: told('api.errors.api_key_required'),
    headers: { 'WWW-Authenticate': challenge },
  });

/** The key is unknown, wrong, expired or revoked. The answer does not say which. */
export const apiKeyInvalid = () =>
  new DomainError({
    code: 'api_key_invalid',
    status: 401,
    level: 'warn',
    told: told('api.errors.api_key_invalid'),
    headers: { 'WWW-Authenticate': `${challenge}, error="invalid_token"` },
  });

/** The key is good, but its client may not do this. */
export const scopeRequired = (scope: Scope) =>
  new DomainError({
    code: 'insufficient_scope',
    status: 403,
    level: 'warn',
    told: told('api.errors.insufficient_scope', { scope }),
    headers: { 'WWW-Authenticate': `${challenge}, error="insufficient_scope", scope="${scope}"` },
  });
