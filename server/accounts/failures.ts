import { DomainError, type LogLevel, type NextStep } from '../errors.js';
import { paths } from '../paths.js';
import { ScalekitError } from '../scalekit/scalekitError.js';
import { en } from '../web/texts.js';

/** Everything that can go wrong while a user connects an account. */
export type FailureCode = keyof typeof en.failures;

/** The one next step that a failure offers: start the same connection again, or look at the accounts. */
type NextStepKind = 'try_again' | 'back';

interface FailureRow {
  /** The status of the page, where the failure is a page and not the end of a flow. */
  readonly status: number;
  readonly level: LogLevel;
  readonly next: NextStepKind;
}

/** The one table of failures. Their words are in the texts under `failures`. */
export const failureTable: Readonly<Record<FailureCode, FailureRow>> = {
  consent_denied: { status: 200, level: 'info', next: 'try_again' },
  link_expired: { status: 200, level: 'info', next: 'try_again' },
  never_returned: { status: 200, level: 'info', next: 'try_again' },
  wrong_user: { status: 403, level: 'warn', next: 'back' },
  session_gone: { status: 403, level: 'warn', next: 'back' },
  state_unknown: { status: 404, level: 'warn', next: 'back' },
  provider_error: { status: 502, level: 'warn', next: 'try_again' },
  permission_missing: { status: 502, level: 'warn', next: 'try_again' },
  exchange_failed: { status: 502, level: 'warn', next: 'try_again' },
  approval_expired: { status: 502, level: 'warn', next: 'try_again' },
  finished_elsewhere: { status: 200, level: 'info', next: 'back' },
  unverified_activation: { status: 409, level: 'error', next: 'back' },
  disconnected_meanwhile: { status: 409, level: 'info', next: 'try_again' },
  scalekit_unreachable: { status: 503, level: 'error', next: 'try_again' },
  scalekit_slow: { status: 504, level: 'error', next: 'back' },
  scalekit_rate_limited: { status: 503, level: 'warn', next: 'try_again' },
  operator_credentials: { status: 503, level: 'error', next: 'back' },
  scalekit_unexpected: { status: 502, level: 'error', next: 'back' },
  connection_unknown: { status: 404, level: 'info', next: 'back' },
  connection_not_offered: { status: 404, level: 'info', next: 'back' },
  flow_unknown: { status: 404, level: 'info', next: 'back' },
  addressed_to_other: { status: 403, level: 'warn', next: 'back' },
};

/** Whether a stored word is a failure of this version. */
export const isFailureCode = (word: string | null): word is FailureCode =>
  word !== null && Object.hasOwn(failureTable, word);

/** The connection that a failure is about, as its words need it. */
export interface FailureSubject {
  readonly connectionName: string;
  readonly title: string;
  /** Where the user was going, for another try. */
  readonly returnTo?: string | null;
}

/** The next steps of a failure: its own first, and always a way back. */
export function nextStepsOf(code: FailureCode, subject: FailureSubject | null): NextStep[] {
  const back: NextStep = {
    label: en.actions.backToAccounts,
    url: paths.connections,
    method: 'get',
    filled: false,
  };
  if (failureTable[code].next === 'back' || subject === null) return [{ ...back, filled: true }];
  const again: NextStep = {
    label: en.actions.tryAgain,
    url: paths.startConnect(subject.connectionName, subject.returnTo),
    method: 'post',
    filled: true,
  };
  return [again, back];
}

/** Doing the same request again, where that is what "Try again" means. */
const repeating = (url: string): NextStep[] => [
  { label: en.actions.tryAgain, url, method: 'get', filled: true },
  { label: en.actions.backToAccounts, url: paths.connections, method: 'get', filled: false },
];

export interface FailureOptions {
  readonly cause?: unknown;
  /** The address of a GET that can be repeated as it was. */
  readonly repeatUrl?: string;
}

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A failure as an error that ends a request with its page. */
export function failure(
  code: FailureCode,
  subject: FailureSubject | null,
  { cause, repeatUrl }: FailureOptions = {},
): DomainError {
  const row = failureTable[code];
  const words = en.failures[code];
  const say = (text: (title: string) => string) =>
    subject === null ? capitalized(text(en.unnamedService)) : text(subject.title);
  return new DomainError({
    code,
    status: row.status,
    level: row.level,
    heading: say(words.heading),
    sentences: [say(words.sentence)],
    nextSteps: repeatUrl === undefined ? nextStepsOf(code, subject) : repeating(repeatUrl),
    cause,
  });
}

/** The failure that a call to Scalekit ended in. */
export function failureCodeOf(error: ScalekitError): FailureCode {
  switch (error.kind) {
    case 'unreachable':
    case 'busy':
      return 'scalekit_unreachable';
    case 'timeout':
      return 'scalekit_slow';
    case 'rate_limited':
      return 'scalekit_rate_limited';
    case 'credentials':
      return 'operator_credentials';
    case 'not_found':
    case 'already_exists':
    case 'forbidden':
    case 'invalid':
    case 'unexpected':
      return 'scalekit_unexpected';
  }
}

/** Turns a `ScalekitError` into the failure that has words for it; any other error stays what it is. */
export function asFailure(
  error: unknown,
  subject: FailureSubject | null,
  options: Omit<FailureOptions, 'cause'> = {},
): unknown {
  if (!(error instanceof ScalekitError)) return error;
  return failure(failureCodeOf(error), subject, { ...options, cause: error });
}
