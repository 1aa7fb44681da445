import { createDictionary, defaultLanguage } from './words.js';

/** The messages of this app. */
export const dictionary = createDictionary();

/** For those who are always told in English: developers of other apps, and operators at a command line. */
export const english = dictionary.in(defaultLanguage);
