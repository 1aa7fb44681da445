import { createDictionary, defaultLanguage } from './words.js';

/** The messages of this app. */
export const dictionary = createDictionary();

/** For readers who always get English: developers of other apps, and operators at a command line. */
export const english = dictionary.in(defaultLanguage);
