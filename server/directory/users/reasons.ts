import type { FailureCode } from '../../accounts/flow/failureCodes.js';
import { en } from '../../words/texts.js';

const reasons: Readonly<Record<FailureCode, string>> = en.admin.reasons;

/** Why something connected nothing, in words; a code of another version is shown as it is. */
export const reasonOf = (code: string): string =>
  Object.hasOwn(reasons, code) ? reasons[code as FailureCode] : code;
