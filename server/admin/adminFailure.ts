import { type FailureCode, isFailureCode } from '../accounts/flow/failureCodes.js';
import { asFailure } from '../accounts/flow/failures.js';
import { DomainError, type NextStep } from '../kernel/errors.js';
import { en } from '../words/texts.js';

export interface AdminFailureOptions {
  /** The page that asks before, where it can be tried again. */
  readonly repeatUrl: string;
  readonly back: Pick<NextStep, 'label' | 'url'>;
  /** What was done nevertheless. */
  readonly done?: string;
}

const words: Partial<Record<FailureCode, string>> = en.admin.actions.outages;

/** An outage on the way of an admin's action: what was and was not done, and where to go on. */
export function adminFailure(thrown: unknown, { repeatUrl, back, done }: AdminFailureOptions): unknown {
  const error = asFailure(thrown, null);
  if (!(error instanceof DomainError) || error.status < 500) return error;
  const own = isFailureCode(error.code) ? words[error.code] : undefined;
  return new DomainError({
    code: error.code,
    status: error.status,
    level: error.level,
    heading: error.heading,
    sentences: [...(own === undefined ? error.sentences : [own]), ...(done === undefined ? [] : [done])],
    nextSteps: [
      { label: en.actions.tryAgain, url: repeatUrl, method: 'get', filled: true },
      { ...back, method: 'get', filled: false },
    ],
    headers: error.headers,
    cause: error.cause,
  });
}
