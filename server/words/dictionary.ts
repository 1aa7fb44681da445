import { createDictionary, defaultLanguage, readMessages } from './words.js';

/** For readers who always get English: developers of other apps, and operators at a command line. */
export const english = createDictionary(readMessages(undefined, [defaultLanguage])).in(defaultLanguage);
