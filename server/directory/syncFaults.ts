import { en } from '../words/texts.js';

const faults: Readonly<Record<string, string>> = en.admin.overview.faults;

/** Why a full sync came to nothing, in words. @param fault a kind of `ScalekitError` */
export const faultText = (fault: string): string => faults[fault] ?? en.admin.overview.faults.other;
