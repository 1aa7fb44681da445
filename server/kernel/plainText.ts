import { withoutUnseen } from './unseen.js';

/*
 * The one place that cleans what somebody else has written before it is shown or mailed: names of users, other apps,
 * connections and the product, and what is said of them. Addresses and identifiers that are used as such stay as they are.
 */

const nameMaxLength = 80;

/** Characters that make a name look like an address. An ampersand between blanks is a word. */
const ofAddresses = /(?:[/\\:<>@?#=%]|(?<!\s)&|&(?!\s))+/gu;

/** A text in one line, which can't turn or break the text around it. Empty when nothing of it can be seen. */
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

/** What a connection is called that nobody lists: by its name at Scalekit. */
export const unlistedTitle = (connectionName: string): string =>
  plainName(connectionName) ?? inOneLine(connectionName);
