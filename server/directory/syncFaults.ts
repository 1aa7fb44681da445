import type { Translate } from '../words/words.js';

const faults = ['unreachable', 'timeout', 'rate_limited', 'credentials', 'other'] as const;

/** Why a full sync came to nothing, in words. @param fault a kind of `ScalekitError` */
export const faultText = (t: Translate, fault: string): string =>
  t(`adminOverview.faults.${faults.find((known) => known === fault) ?? 'other'}`);
