/** What follows the parts of a path that lead to one user; routes take them in any case. */
const ofUser = /(\/(?:admin|api\/+v1)\/+users\/+)[^/]+/i;
/** What looks like an address anywhere else, such as behind a part that was misspelled; also in other letters. */
const address = /[@\uFE6B\uFF20]|%(?:25)*40/;

const masked = ':masked';

const maskWords = (text: string, secret: RegExp): string =>
  text.replace(/[^\s'"<>()]+/g, (word) => (secret.test(word) ? masked : word));

/** A foreign text without its mail addresses. */
export const withoutAddresses = (text: string): string => maskWords(text, address);

/** What follows the path of a URL may be a secret. */
const queries = /\?[^\s'"<>()]+/g;

/** A foreign text as the log keeps it: without mail addresses and what URLs carry, on one line, without bidirectional marks, and cut. */
export const toldByOthers = (text: string, maxLength: number): string =>
  withoutAddresses(
    text.replace(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu, ' ').replace(queries, `?${masked}`),
  ).slice(0, maxLength);

/** A package's folder has nothing before the `@` of its scope. A mail address has. */
const addressInFrame = /[^/]@|[\uFE6B\uFF20]|%(?:25)*40/;

/** The stack of an error without its message, whose foreign words could look like a frame. */
export const stackWithoutAddresses = ({ message, stack = '' }: Error): string =>
  maskWords(
    stack.replace(message, () => withoutAddresses(message)),
    addressInFrame,
  );

/**
 * The path of a URL without its query string, which carries `state` and `auth_request_id`, and without identifiers: the
 * log outlives users who were erased.
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
