import { failureCodes } from '../accounts/flow/failureCodes.js';
import { fieldCodes, refusalCodes } from '../onboarding/refusals.js';

/** What any request may be refused with. */
const ofAnyRequest = [
  'api_key_required',
  'api_key_invalid',
  'insufficient_scope',
  'bad_request',
  'not_found',
  'too_large',
  'too_many_requests',
  'foreign_host',
  'database_unavailable',
  // While a user is erased whose accounts come back.
  'accounts_come_back',
  'internal',
] as const;

/** The failures that are the connection service's, and not a flow's. */
const ofScalekit = failureCodes.filter(
  (code) => code.startsWith('scalekit_') || code === 'operator_credentials' || code === 'pair_busy',
);

/** Each `code` of a refusal that other apps can get. */
export const problemCodes = [
  ...new Set([...ofAnyRequest, ...ofScalekit, ...refusalCodes, ...fieldCodes]),
] as readonly string[] as readonly [string, ...string[]];
