import type { LogLevel } from '../../kernel/errors.js';

/** The one next step that a failure offers: start the same connection again, or look at the accounts. */
type NextStepKind = 'try_again' | 'back';

interface FailureRow {
  /** The status of the page, where the failure is a page and not the end of a flow. */
  readonly status: number;
  readonly level: LogLevel;
  readonly next: NextStepKind;
  /** The user's own no. It is no fault, so nobody asks for help with it. */
  readonly isRefusal?: boolean;
  /** After how many seconds another try is worth while, where that is known. */
  readonly retryAfterS?: number;
}

/** The table of failures. Their words are in `words/`, under `flow.failures`. */
const rows = {
  consent_denied: { status: 200, level: 'info', next: 'try_again', isRefusal: true },
  link_expired: { status: 200, level: 'info', next: 'try_again' },
  never_returned: { status: 200, level: 'info', next: 'try_again' },
  wrong_user: { status: 403, level: 'warn', next: 'back' },
  session_gone: { status: 403, level: 'warn', next: 'back' },
  state_unknown: { status: 404, level: 'warn', next: 'back' },
  provider_error: { status: 502, level: 'warn', next: 'try_again' },
  organization_blocked: { status: 403, level: 'warn', next: 'try_again' },
  operator_setup: { status: 502, level: 'error', next: 'back' },
  sign_in_needed: { status: 200, level: 'info', next: 'try_again' },
  browser_refused: { status: 200, level: 'info', next: 'try_again' },
  provider_refused: { status: 502, level: 'warn', next: 'try_again' },
  permission_missing: { status: 502, level: 'warn', next: 'try_again' },
  exchange_failed: { status: 502, level: 'warn', next: 'try_again' },
  approval_expired: { status: 502, level: 'warn', next: 'try_again' },
  finished_elsewhere: { status: 200, level: 'info', next: 'back' },
  unverified_activation: { status: 409, level: 'error', next: 'back' },
  disconnected_meanwhile: { status: 409, level: 'info', next: 'try_again' },
  pair_busy: { status: 503, level: 'warn', next: 'back', retryAfterS: 5 },
  scalekit_unreachable: { status: 503, level: 'error', next: 'try_again' },
  scalekit_slow: { status: 504, level: 'error', next: 'back' },
  scalekit_rate_limited: { status: 503, level: 'warn', next: 'try_again' },
  operator_credentials: { status: 503, level: 'error', next: 'back' },
  scalekit_unexpected: { status: 502, level: 'error', next: 'back' },
  connection_unknown: { status: 404, level: 'info', next: 'back' },
  connection_not_offered: { status: 404, level: 'info', next: 'back' },
  flow_unknown: { status: 404, level: 'info', next: 'back' },
  addressed_to_other: { status: 403, level: 'warn', next: 'back' },
} as const satisfies Readonly<Record<string, FailureRow>>;

/** Everything that can go wrong while a user connects an account. */
export type FailureCode = keyof typeof rows;

export const failureCodes = Object.keys(rows) as readonly FailureCode[] as readonly [
  FailureCode,
  ...FailureCode[],
];

export const failureTable: Readonly<Record<FailureCode, FailureRow>> = rows;

/** Whether a stored code is a failure that this version knows. */
export const isFailureCode = (word: string | null): word is FailureCode =>
  word !== null && Object.hasOwn(failureTable, word);
