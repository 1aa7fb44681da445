import { asFailure } from '../accounts/flow/failures.js';
import { DomainError } from '../kernel/errors.js';
import { say, type Words } from '../words/words.js';

export interface AdminFailureOptions {
  /** The page that asks before, where it can be tried again. */
  readonly repeatUrl: string;
  readonly back: { readonly label: Words; readonly url: string };
  /** What was done nevertheless. */
  readonly done?: Words;
}

/** What admins are told otherwise than users, by code. */
const outageWords: Readonly<Record<string, Words>> = {
  scalekit_slow: say('admin.actions.outages.scalekit_slow'),
  scalekit_unexpected: say('admin.actions.outages.scalekit_unexpected'),
};

/** An outage during an admin's action: what was done, what was not, and the next step. */
export function adminFailure(thrown: unknown, { repeatUrl, back, done }: AdminFailureOptions): unknown {
  const error = asFailure(thrown, null);
  if (!(error instanceof DomainError) || error.status < 500) return error;
  const detail = outageWords[error.code] ?? error.told.detail;
  return new DomainError({
    code: error.code,
    status: error.status,
    level: error.level,
    told: {
      heading: error.told.heading,
      detail: done === undefined ? detail : (t) => `${detail(t)}\n${done(t)}`,
    },
    nextSteps: (t) => [
      { label: t('common.actions.tryAgain'), url: repeatUrl, method: 'get', filled: true },
      { label: back.label(t), url: back.url, method: 'get', filled: false },
    ],
    headers: error.headers,
    cause: error.cause,
  });
}
