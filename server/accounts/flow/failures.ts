import { DomainError, type DomainErrorOptions, type NextStep } from '../../kernel/errors.js';
import { ScalekitError } from '../../scalekit/scalekitError.js';
import type { Translate } from '../../words/words.js';
import { type FailureCode, failureTable } from './failureCodes.js';
import { type FlowPlace, userPlace, wayHome } from './flowPlace.js';

/** The connection that a failure is about. */
export interface FailureSubject {
  readonly connectionName: string;
  readonly title: string;
  /** The return address, for another try. */
  readonly returnTo?: string | null;
}

/** The next steps of a failure: its own first, and a way back wherever there is one. */
export function nextStepsOf(
  t: Translate,
  code: FailureCode,
  subject: FailureSubject | null,
  place: FlowPlace = userPlace,
): NextStep[] {
  if (place.elsewhere.includes(code)) return [];
  if (failureTable[code].next === 'back' || subject === null) return [wayHome(t, place, true)];
  const again: NextStep = {
    label: t('common.actions.tryAgain'),
    url: place.startConnect(subject.connectionName, subject.returnTo ?? null),
    method: 'post',
    filled: true,
  };
  return [again, wayHome(t, place)];
}

/** Doing the same request again, where that is what "Try again" means. */
const repeating = (t: Translate, url: string, place: FlowPlace): NextStep[] => [
  { label: t('common.actions.tryAgain'), url, method: 'get', filled: true },
  wayHome(t, place),
];

export interface FailureOptions {
  readonly cause?: unknown;
  /** The address of a GET that can be repeated as it was. */
  readonly repeatUrl?: string;
}

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function detailsOf(
  code: FailureCode,
  subject: FailureSubject | null,
  { cause, repeatUrl }: FailureOptions,
  place: FlowPlace,
): DomainErrorOptions {
  const { status, level, isRefusal = false, retryAfterS } = failureTable[code];
  const toldOf = (t: Translate) => place.failure(code, subject?.title ?? t('flow.unnamedService'));
  const begun = (text: string) => (subject === null ? capitalized(text) : text);
  return {
    code,
    status,
    level,
    told: { heading: (t) => begun(toldOf(t).heading(t)), detail: (t) => begun(toldOf(t).detail(t)) },
    nextSteps: (t) =>
      repeatUrl === undefined ? nextStepsOf(t, code, subject, place) : repeating(t, repeatUrl, place),
    wayBack: !place.elsewhere.includes(code),
    isRefusal,
    headers: retryAfterS === undefined ? {} : { 'Retry-After': String(retryAfterS) },
    cause,
  };
}

/** A failure as an error that ends a request with its page. */
export class Failure extends DomainError {
  constructor(
    private readonly failureCode: FailureCode,
    private readonly subject: FailureSubject | null,
    private readonly options: FailureOptions,
    place: FlowPlace,
  ) {
    super(detailsOf(failureCode, subject, options, place));
  }

  /** The same failure, as another place tells it. */
  at(place: FlowPlace): Failure {
    return new Failure(this.failureCode, this.subject, this.options, place);
  }
}

/** A failure as signed-in users are told of it. */
export const failure = (
  code: FailureCode,
  subject: FailureSubject | null,
  options: FailureOptions = {},
): Failure => new Failure(code, subject, options, userPlace);

/** Lets a failure speak for a place. Any other error stays as it is. */
export const toldAt = (error: unknown, place: FlowPlace): unknown =>
  error instanceof Failure ? error.at(place) : error;

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
