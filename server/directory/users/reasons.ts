import { type FailureCode, failureTable } from '../../accounts/flow/failureCodes.js';
import type { Translate } from '../../words/words.js';

const isFailureCode = (code: string): code is FailureCode => Object.hasOwn(failureTable, code);

/** Why something connected nothing, in words; a code of another version is shown as it is. */
export const reasonOf = (t: Translate, code: string): string =>
  isFailureCode(code) ? t(`admin.reasons.${code}`) : code;
