import { withoutUnseen } from './unseen.js';

/*
 * Cleans what others have written before a page or a mail shows it: names of users, other apps, connections and the
 * product, and their descriptions. Nothing else cleans them. Addresses and identifiers that are used as such stay as they are.
 */

const nameMaxLength = 80;

/** Characters that make a name look like an address. An ampersand between blanks is a word. */
const ofAddresses = /(?:[/\\:<>@?#=%]|(?<!\s)&|&(?!\s))+/gu;

/** A text on one line that can't reverse or break the text around it. Empty when it has no visible character. */
export const inOneLine = (text: string): string => withoutUnseen(text).trim();

/** A name for pages and mails, which can neither be a link nor turn the text around it; null when nothing is left. */
export function plainName(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const plain = withoutUnseen(value)
    .replace(ofAddresses, ' ')
    // `example.com` becomes a link in a mail; `J.R.R.` does not.
    .replace(/(?<=[\p{L}\p{N}]{2})\.(?=[\p{L}\p{N}]{2})/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
  return plain === '' ? null : [...plain].slice(0, nameMaxLength).join('');
}

/** The title of a connection that is not in the catalogue: its name at Scalekit. */
export const unlistedTitle = (connectionName: string): string =>
  plainName(connectionName) ?? inOneLine(connectionName);
