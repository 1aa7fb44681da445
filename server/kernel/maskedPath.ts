/** What follows the parts of a path that lead to one user; routes take them in any case. */
const ofUser = /(\/(?:admin|api\/+v1)\/+users\/+)[^/]+/i;
/** What looks like an address anywhere else, such as behind a part that was misspelled. */
const address = /@|%40/;

const masked = ':masked';

const maskWords = (text: string, secret: RegExp): string =>
  text.replace(/[^\s'"<>()]+/g, (word) => (secret.test(word) ? masked : word));

/** What somebody else said, without the mail addresses in it. */
export const withoutAddresses = (text: string): string => maskWords(text, address);

/** What somebody else said, as it is written down: without mail addresses, in one line that nothing turns, and cut. */
export const toldByOthers = (text: string, maxLength: number): string =>
  withoutAddresses(text.replace(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu, ' ')).slice(0, maxLength);

/** Folders of packages have an `@` before the name of their scope; addresses have something before it. */
const addressInFrame = /[^/]@|%40/;

/** The stack of an error. It repeats the message, in which somebody else's words may look like a frame. */
export const stackWithoutAddresses = ({ message, stack = '' }: Error): string =>
  maskWords(
    stack.replace(message, () => withoutAddresses(message)),
    addressInFrame,
  );

/**
 * The path of a URL without its query string, in which `state` and `auth_request_id` travel, and without identifiers:
 * what is written down outlives the users that are erased.
 */
export function maskedPath(url: string): string {
  const [path = ''] = url.split('?', 1);
  const ofNobody = path.replace(ofUser, '$1:identifier');
  if (!address.test(ofNobody)) return ofNobody;
  return ofNobody
    .split('/')
    .map((part) => (address.test(part) ? masked : part))
    .join('/');
}
