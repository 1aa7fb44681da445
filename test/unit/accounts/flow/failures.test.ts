import {
  type FailureCode,
  failureTable,
  isFailureCode,
} from '../../../../server/accounts/flow/failureCodes.js';
import { asFailure, failure, failureCodeOf, nextStepsOf } from '../../../../server/accounts/flow/failures.js';
import { DomainError } from '../../../../server/kernel/errors.js';
import { ScalekitError, type ScalekitErrorKind } from '../../../../server/scalekit/scalekitError.js';
import { english as t } from '../../../../server/words/dictionary.js';
import { describe, expect, it } from '../../../support/jest.js';

const codes = Object.keys(failureTable) as FailureCode[];
const subject = { connectionName: 'team: drive 2', title: 'Google Drive', returnTo: '/next?step=2' };

describe('the table of failures', () => {
  it.each(codes)('says for %s, in whole sentences, what happened and one next step', (code) => {
    const error = failure(code, subject);
    expect(error.told.heading(t)).toMatch(/\S/);
    expect(error.told.detail(t)).toMatch(/^[A-Z].*\.$/);
    expect(error.nextSteps(t).filter((step) => step.filled)).toHaveLength(1);
    expect(error.status).toBe(failureTable[code].status);
  });

  it.each(codes)('reads well for %s when nobody knows which connection it was about', (code) => {
    const { heading, detail } = failure(code, null).told;
    for (const text of [heading(t), detail(t)]) {
      expect(text).toMatch(/^\S/);
      expect(text).not.toMatch(/ {2}| [.,]|undefined|null/);
    }
  });

  it.each(codes)('always offers a way back from %s', (code) => {
    expect(nextStepsOf(t, code, subject).map((step) => step.url)).toContain('/connections');
  });

  it('starts the same connection again with its return address', () => {
    expect(nextStepsOf(t, 'consent_denied', subject)[0]).toMatchObject({
      method: 'post',
      url: '/connections/team%3A%20drive%202/connect?return_to=%2Fnext%3Fstep%3D2',
    });
  });

  it('repeats a GET where that is what "Try again" means', () => {
    const error = failure('scalekit_unreachable', subject, { repeatUrl: '/somewhere?x=1' });
    expect(error.nextSteps(t)[0]).toMatchObject({ method: 'get', url: '/somewhere?x=1', filled: true });
  });

  it.each(['', 'toString', '__proto__', 'constructor', 'CONSENT_DENIED'])(
    'does not know the word %j',
    (word) => {
      expect(isFailureCode(word)).toBe(false);
    },
  );
});

describe('what a call to Scalekit ended in', () => {
  const expected: Record<ScalekitErrorKind, FailureCode> = {
    unreachable: 'scalekit_unreachable',
    busy: 'scalekit_unreachable',
    timeout: 'scalekit_slow',
    rate_limited: 'scalekit_rate_limited',
    credentials: 'operator_credentials',
    not_found: 'scalekit_unexpected',
    already_exists: 'scalekit_unexpected',
    forbidden: 'scalekit_unexpected',
    invalid: 'scalekit_unexpected',
    unexpected: 'scalekit_unexpected',
  };

  it.each(Object.entries(expected))('is for %s the failure %s', (kind, code) => {
    expect(failureCodeOf(new ScalekitError(kind as ScalekitErrorKind, 'listConnections'))).toBe(code);
  });

  it('keeps its cause for the log', () => {
    const cause = new ScalekitError('timeout', 'listConnections');
    const error = asFailure(cause, subject);
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject({ code: 'scalekit_slow', cause });
  });

  it('leaves any other error as it is', () => {
    const error = new TypeError('a fault of ours');
    expect(asFailure(error, subject)).toBe(error);
  });
});
